using System.Collections;
using System.Runtime.InteropServices;

namespace Apache.Arrow;

/// <summary>An array of numbers, one behind the other in memory.</summary>
public abstract class PrimitiveArray<T> : Array, IReadOnlyList<T?>
    where T : struct, IEquatable<T>
{
    /// <summary>Makes an array over parts with two buffers.</summary>
    protected PrimitiveArray(ArrayData data)
        : base(data)
    {
        data.RequireBuffers(2, "validity and values");
    }

    /// <summary>The bytes of the values, those before the offset included.</summary>
    public ArrowBuffer ValueBuffer => Data.Buffers[1];

    /// <summary>The values; those that are null are undefined.</summary>
    public ReadOnlySpan<T> Values => MemoryMarshal.Cast<byte, T>(ValueBuffer.Span).Slice(Offset, Length);

    int IReadOnlyCollection<T?>.Count => Length;

    T? IReadOnlyList<T?>.this[int index] => GetValue(index);

    /// <summary>The value at a position, or null.</summary>
    public T? GetValue(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Length);
        return IsValid(index) ? Values[index] : null;
    }

    /// <inheritdoc/>
    IEnumerator<T?> IEnumerable<T?>.GetEnumerator() => Items.Enumerate(Length, GetValue);

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => ((IEnumerable<T?>)this).GetEnumerator();
}
