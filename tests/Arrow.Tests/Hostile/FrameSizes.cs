using System.Buffers.Binary;

namespace Pipeline.Arrow.Tests.Hostile;

/// <summary>What compressed frames in some bytes can hold, found by code that shares nothing with the reader.</summary>
/// <remarks>
/// An LZ4 frame holds at most 255 times its bytes, and the buffers of a body together no more than its bytes can. A
/// Zstandard frame may hold 32,768 times its bytes, which would excuse anything; but it says how much that is, and a
/// reader that looks refuses a buffer that announces anything else. Only where a frame does not say, the reader has to
/// believe the announcement.
/// </remarks>
internal static class FrameSizes
{
    private const long BytesPerLz4Byte = 255;
    private const long BytesPerZstdByte = (128 << 10) / 4;
    private const uint ZstdMark = 0xFD2FB528;

    // Hostile metadata let several buffers be the same frame.
    private const long SharingMax = 4;

    /// <summary>Bytes that may come out of the frames.</summary>
    public static long Max(ReadOnlySpan<byte> bytes)
    {
        long sum = BytesPerLz4Byte * bytes.Length;
        for (int i = 0; i + 6 <= bytes.Length; i++)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[i..]) == ZstdMark)
            {
                sum += ContentBytes(bytes[(i + 4)..]) is long content
                    ? SharingMax * Math.Min(content, BytesPerZstdByte * bytes.Length)
                    : BytesPerZstdByte * bytes.Length;
            }
        }

        return sum;
    }

    /// <summary>The content's size out of a frame's header behind the mark, null where it does not say.</summary>
    private static long? ContentBytes(ReadOnlySpan<byte> header)
    {
        // Descriptor: size's size in bits 7-6, single segment in bit 5, size of the dictionary's number in bits 1-0.
        bool isSingle = (header[0] & 0x20) != 0;
        ReadOnlySpan<byte> dictionarySizes = [0, 1, 2, 4];
        int at = 1 + (isSingle ? 0 : 1) + dictionarySizes[header[0] & 3];
        int size = (header[0] >> 6) switch { 0 => isSingle ? 1 : 0, 1 => 2, 2 => 4, _ => 8 };
        if (size == 0 || at + size > header.Length)
        {
            return null;
        }

        Span<byte> number = stackalloc byte[sizeof(ulong)];
        number.Clear();
        header.Slice(at, size).CopyTo(number);
        ulong content = BinaryPrimitives.ReadUInt64LittleEndian(number) + (size == 2 ? 256u : 0u);
        return (long)Math.Min(content, long.MaxValue);
    }
}
