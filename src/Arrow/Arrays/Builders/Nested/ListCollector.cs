using System.Numerics;
using Apache.Arrow.Memory;

namespace Apache.Arrow;

/// <summary>Does the work of a builder of lists, which every call returns: the values lie in builders of equal length.</summary>
internal sealed class ListCollector<TOffset, TBuilder>(
    TBuilder builder, params IArrowArrayBuilder<IArrowArray, IArrowArrayBuilder<IArrowArray>>[] values)
    where TOffset : unmanaged, IBinaryInteger<TOffset>
{
    private readonly ArrowBuffer.Builder<TOffset> _offsets = new();
    private readonly ArrowBuffer.BitmapBuilder _validity = new();

    /// <summary>The number of lists so far.</summary>
    internal int Length => _validity.Length;

    /// <summary>The number of nulls so far.</summary>
    internal int NullCount => _validity.UnsetBitCount;

    /// <summary>Announces a list, or a null: values that are added from here on are its.</summary>
    internal TBuilder Append(bool valid)
    {
        _offsets.Append(TOffset.CreateTruncating(values[0].Length));
        _validity.Append(valid);
        return builder;
    }

    /// <summary>Makes room for so many more lists.</summary>
    internal TBuilder Reserve(int capacity)
    {
        _offsets.Reserve(checked(capacity + 1));
        _validity.Reserve(capacity);
        return builder;
    }

    /// <summary>Drops the lists behind <paramref name="length"/> with their values, or adds nulls.</summary>
    internal TBuilder Resize(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (length < Length)
        {
            int start = int.CreateTruncating(_offsets.Span[length]);
            System.Array.ForEach(values, child => child.Resize(start));
            _offsets.Resize(length);
            _validity.Resize(length);
        }

        while (Length < length)
        {
            Append(valid: false);
        }

        return builder;
    }

    /// <summary>Forgets all lists and their values.</summary>
    internal TBuilder Clear()
    {
        _offsets.Clear();
        _validity.Clear();
        System.Array.ForEach(values, child => child.Clear());
        return builder;
    }

    /// <summary>Makes the buffers of an array.</summary>
    internal (ArrowBuffer Offsets, ArrowBuffer Validity) Build(MemoryAllocator? allocator)
    {
        ArrowBuffer validity = _validity.BuildValidity(allocator);
        ArrowBuffer offsets = _offsets.Append(TOffset.CreateTruncating(values[0].Length)).Build(allocator);
        _offsets.Resize(Length);
        return (offsets, validity);
    }
}
