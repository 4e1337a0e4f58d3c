using System.Numerics;
using System.Runtime.InteropServices;

namespace Apache.Arrow;

/// <summary>The offsets of arrays of strings and lists, of 32 or 64 bits.</summary>
internal static class Offsets
{
    /// <summary>Where the items of an array start, and behind the last where it ends.</summary>
    internal static ReadOnlySpan<TOffset> Of<TOffset>(Array array)
        where TOffset : unmanaged =>
        MemoryMarshal.Cast<byte, TOffset>(array.Data.Buffers[1].Span).Slice(array.Offset, array.Length + 1);

    /// <summary>The length of an item; 0 where it is null.</summary>
    internal static int GetLength<TOffset>(Array array, int index)
        where TOffset : unmanaged, IBinaryInteger<TOffset>
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, array.Length);
        if (array.IsNull(index))
        {
            return 0;
        }

        ReadOnlySpan<TOffset> offsets = Of<TOffset>(array);
        return int.CreateChecked(offsets[index + 1] - offsets[index]);
    }
}
