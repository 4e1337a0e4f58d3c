using System.Numerics;
using System.Runtime.InteropServices;

namespace Apache.Arrow;

/// <summary>Arithmetic on bitmaps, least significant bit first.</summary>
public static class BitUtility
{
    /// <summary>The bit at a position.</summary>
    public static bool GetBit(ReadOnlySpan<byte> data, int index) => (data[index >> 3] >> (index & 7) & 1) != 0;

    /// <summary>Clears the bit at a position.</summary>
    public static void ClearBit(Span<byte> data, int index) => data[index >> 3] &= (byte)~(1 << (index & 7));

    /// <summary>Sets the bit at a position.</summary>
    public static void SetBit(Span<byte> data, int index) => data[index >> 3] |= (byte)(1 << (index & 7));

    /// <summary>Gives the bit at a position a value.</summary>
    public static void SetBit(Span<byte> data, int index, bool value)
    {
        if (value)
        {
            SetBit(data, index);
        }
        else
        {
            ClearBit(data, index);
        }
    }

    /// <summary>Inverts the bit at a position.</summary>
    public static void ToggleBit(Span<byte> data, int index) => data[index >> 3] ^= (byte)(1 << (index & 7));

    /// <summary>The number of set bits.</summary>
    public static int CountBits(ReadOnlySpan<byte> data)
    {
        int count = 0;
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(data);
        foreach (ulong word in words)
        {
            count += BitOperations.PopCount(word);
        }

        foreach (byte rest in data[(words.Length * sizeof(ulong))..])
        {
            count += BitOperations.PopCount(rest);
        }

        return count;
    }

    /// <summary>The number of set bits among <paramref name="length"/> from <paramref name="index"/>.</summary>
    public static int CountBits(ReadOnlySpan<byte> data, int index, int length)
    {
        int count = 0;
        int end = index + length;
        for (; index < end && (index & 7) != 0; index++)
        {
            count += GetBit(data, index) ? 1 : 0;
        }

        int bytes = (end - index) >> 3;
        count += CountBits(data.Slice(index >> 3, bytes));
        for (index += bytes << 3; index < end; index++)
        {
            count += GetBit(data, index) ? 1 : 0;
        }

        return count;
    }

    /// <summary>Copies bits to the start of an empty bitmap.</summary>
    internal static void CopyBits(ReadOnlySpan<byte> source, int index, int length, Span<byte> target)
    {
        int shift = index & 7;
        int bytes = ByteCount(length);
        ReadOnlySpan<byte> from = source.Slice(index >> 3, ByteCount(shift + length));
        if (shift == 0)
        {
            from.CopyTo(target);
        }
        else
        {
            for (int i = 0; i < bytes; i++)
            {
                int next = i + 1 < from.Length ? from[i + 1] : 0;
                target[i] = (byte)(from[i] >> shift | next << (8 - shift));
            }
        }

        if ((length & 7) != 0)
        {
            target[bytes - 1] &= (byte)((1 << (length & 7)) - 1);
        }
    }

    /// <summary>The smallest multiple of 64 that is not below <paramref name="n"/>.</summary>
    internal static long RoundUpToMultipleOf64(long n) => (n + 63) & ~63L;

    /// <summary>Bytes that hold so many bits.</summary>
    internal static int ByteCount(int bits) => (int)(((long)bits + 7) >> 3);
}
