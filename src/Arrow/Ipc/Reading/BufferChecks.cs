using System.Numerics;
using System.Runtime.InteropServices;
using Apache.Arrow.Scalars;
using Apache.Arrow.Types;

namespace Apache.Arrow.Ipc.Reading;

/// <summary>Checks of what buffers say about other buffers, so that no later access can leave them.</summary>
internal static class BufferChecks
{
    private static readonly ArrowBuffer OneOffset = new(new byte[sizeof(int)]);
    private static readonly ArrowBuffer OneLargeOffset = new(new byte[sizeof(long)]);

    /// <summary>Offsets that rise and stay inside <paramref name="count"/> bytes or values; of no values at least the one that ends them.</summary>
    internal static ArrowBuffer Offsets(IpcField field, Layout layout, ArrowBuffer offsets, int length, int count)
    {
        bool isLarge = layout is Layout.LargeTexts or Layout.LargeLists;
        if (length == 0 && offsets.Length < (isLarge ? sizeof(long) : sizeof(int)))
        {
            // Some bytes, but not enough for an offset, may be there.
            offsets.Dispose();
            return isLarge ? OneLargeOffset : OneOffset;
        }

        if (isLarge)
        {
            RequireRising<long>(field, offsets.Span, length, count);
        }
        else
        {
            RequireRising<int>(field, offsets.Span, length, count);
        }

        return offsets;
    }

    /// <summary>Refuses a view that leads outside its buffer; those of nulls lead nowhere.</summary>
    internal static void RequireViews(
        IpcField field, ReadOnlySpan<byte> views, ReadOnlySpan<byte> validity, int length, ReadOnlySpan<ArrowBuffer> buffers)
    {
        ReadOnlySpan<int> words = MemoryMarshal.Cast<byte, int>(views);
        for (int i = 0; i < length; i++)
        {
            ReadOnlySpan<int> view = words.Slice(4 * i, 4);
            int bytes = view[0];
            if (bytes is >= 0 and <= BinaryView.MaxInlineLength || !IsValid(validity, i))
            {
                continue;
            }

            int buffer = view[2];
            int offset = view[3];
            if (bytes < 0 || buffer < 0 || buffer >= buffers.Length || offset < 0 || offset > buffers[buffer].Length - bytes)
            {
                throw Invalid(field, $"the view of row {i} leads to {bytes} bytes at {offset} of buffer {buffer} of {buffers.Length}");
            }
        }
    }

    /// <summary>Refuses an index outside a dictionary of <paramref name="count"/> values; those of nulls may be anything.</summary>
    internal static void RequireIndices(
        IpcField field, ArrowTypeId type, ReadOnlySpan<byte> indices, ReadOnlySpan<byte> validity, int length, int count)
    {
        int bad = type switch
        {
            ArrowTypeId.Int8 => FindOutside<sbyte>(indices, validity, length, count),
            ArrowTypeId.Int16 => FindOutside<short>(indices, validity, length, count),
            ArrowTypeId.Int32 => FindOutside<int>(indices, validity, length, count),
            ArrowTypeId.Int64 => FindOutside<long>(indices, validity, length, count),
            ArrowTypeId.UInt8 => FindOutside<byte>(indices, validity, length, count),
            ArrowTypeId.UInt16 => FindOutside<ushort>(indices, validity, length, count),
            ArrowTypeId.UInt32 => FindOutside<uint>(indices, validity, length, count),
            _ => FindOutside<ulong>(indices, validity, length, count),
        };
        if (bad >= 0)
        {
            throw Invalid(field, $"row {bad} leads outside its dictionary of {count} values");
        }
    }

    /// <summary>What is thrown at buffers that are not what their field says.</summary>
    internal static InvalidDataException Invalid(IpcField field, string what) =>
        new($"Arrow field '{field.Field.Name}': {what}.");

    private static void RequireRising<T>(IpcField field, ReadOnlySpan<byte> bytes, int length, int count)
        where T : struct, IBinaryInteger<T>
    {
        ReadOnlySpan<T> offsets = MemoryMarshal.Cast<byte, T>(bytes);
        if (offsets.Length <= length)
        {
            throw Invalid(field, $"{offsets.Length} offsets for {length} values");
        }

        T last = T.Zero;
        foreach (T offset in offsets[..(length + 1)])
        {
            if (offset < last)
            {
                throw Invalid(field, $"offset {offset} behind offset {last}");
            }

            last = offset;
        }

        if (last > T.CreateSaturating(count))
        {
            throw Invalid(field, $"offset {last} into {count} bytes or values");
        }
    }

    private static int FindOutside<T>(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> validity, int length, int count)
        where T : struct, IBinaryInteger<T>
    {
        ReadOnlySpan<T> indices = MemoryMarshal.Cast<byte, T>(bytes);
        for (int i = 0; i < length; i++)
        {
            long index = long.CreateSaturating(indices[i]);
            if ((index < 0 || index >= count) && IsValid(validity, i))
            {
                return i;
            }
        }

        return -1;
    }

    private static bool IsValid(ReadOnlySpan<byte> validity, int index) =>
        validity.IsEmpty || BitUtility.GetBit(validity, index);
}
