using System.Runtime.InteropServices;
using Apache.Arrow.Types;

namespace Apache.Arrow.Ipc.Reading;

/// <summary>Joins dictionaries; their values have no children.</summary>
internal static class Concatenation
{
    /// <summary>An array without values.</summary>
    internal static ArrayData Empty(IArrowType type) => type is FixedWidthType
        ? new ArrayData(type, 0, 0, 0, [ArrowBuffer.Empty, ArrowBuffer.Empty], [])
        : new ArrayData(type, 0, 0, 0, [ArrowBuffer.Empty, new ArrowBuffer(new byte[sizeof(int)]), ArrowBuffer.Empty], []);

    /// <summary>The values of both, which start at offset 0.</summary>
    internal static ArrayData Join(ArrayData first, ArrayData second)
    {
        long length = (long)first.Length + second.Length;
        if (length > int.MaxValue)
        {
            throw new InvalidDataException($"An Arrow dictionary grows to {length} values.");
        }

        int nulls = first.GetNullCount() + second.GetNullCount();
        ArrowBuffer validity = nulls == 0 ? ArrowBuffer.Empty : JoinValidity(first, second);
        ArrowBuffer[] buffers = first.DataType switch
        {
            BooleanType => [validity, JoinBits(first.Buffers[1], first.Length, second.Buffers[1], second.Length)],
            FixedWidthType type => [validity, JoinValues(first, second, type.BitWidth / 8)],
            _ => [validity, .. JoinTexts(first, second)],
        };
        return new ArrayData(first.DataType, (int)length, nulls, 0, buffers, []);
    }

    private static ArrowBuffer JoinValidity(ArrayData first, ArrayData second) =>
        JoinBits(Bits(first), first.Length, Bits(second), second.Length);

    private static ArrowBuffer Bits(ArrayData data) => data.Buffers[0].IsEmpty
        ? new ArrowBuffer.BitmapBuilder().AppendRange(true, data.Length).Build()
        : data.Buffers[0];

    private static ArrowBuffer JoinBits(ArrowBuffer first, int firstLength, ArrowBuffer second, int secondLength) =>
        new ArrowBuffer.BitmapBuilder(firstLength + secondLength)
            .Append(first.Span, firstLength)
            .Append(second.Span, secondLength)
            .Build();

    private static ArrowBuffer JoinValues(ArrayData first, ArrayData second, int width) =>
        JoinBytes(first.Buffers[1].Span[..(first.Length * width)], second.Buffers[1].Span[..(second.Length * width)]);

    private static ArrowBuffer[] JoinTexts(ArrayData first, ArrayData second)
    {
        ReadOnlySpan<int> firstOffsets = MemoryMarshal.Cast<byte, int>(first.Buffers[1].Span)[..(first.Length + 1)];
        ReadOnlySpan<int> secondOffsets = MemoryMarshal.Cast<byte, int>(second.Buffers[1].Span)[..(second.Length + 1)];
        ReadOnlySpan<byte> firstBytes = first.Buffers[2].Span[firstOffsets[0]..firstOffsets[^1]];
        ReadOnlySpan<byte> secondBytes = second.Buffers[2].Span[secondOffsets[0]..secondOffsets[^1]];
        var offsets = new ArrowBuffer.Builder<int>(first.Length + second.Length + 1);
        foreach (int offset in firstOffsets)
        {
            offsets.Append(offset - firstOffsets[0]);
        }

        foreach (int offset in secondOffsets[1..])
        {
            offsets.Append(checked(firstBytes.Length + offset - secondOffsets[0]));
        }

        return [offsets.Build(), JoinBytes(firstBytes, secondBytes)];
    }

    private static ArrowBuffer JoinBytes(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        byte[] joined = new byte[checked(first.Length + second.Length)];
        first.CopyTo(joined);
        second.CopyTo(joined.AsSpan(first.Length));
        return new ArrowBuffer(joined);
    }
}
