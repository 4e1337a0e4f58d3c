using System.Numerics;
using Apache.Arrow.Memory;
using Apache.Arrow.Types;

namespace Apache.Arrow;

/// <summary>Does the work of a builder of byte strings, which every call returns, whatever the width of the offsets.</summary>
internal sealed class BytesCollector<TOffset, TBuilder>(TBuilder builder)
    where TOffset : unmanaged, IBinaryInteger<TOffset>
{
    /// <summary>The number of strings so far.</summary>
    internal int Length => Validity.Length;

    /// <summary>Where strings start, and behind the last where it ends.</summary>
    internal ArrowBuffer.Builder<TOffset> Offsets { get; } = new ArrowBuffer.Builder<TOffset>().Append(TOffset.Zero);

    /// <summary>The bytes so far.</summary>
    internal ArrowBuffer.Builder<byte> Bytes { get; } = new();

    /// <summary>The validity so far.</summary>
    internal ArrowBuffer.BitmapBuilder Validity { get; } = new();

    /// <summary>Adds a string of bytes.</summary>
    internal TBuilder Append(ReadOnlySpan<byte> span)
    {
        Bytes.Append(span);
        return Close(valid: true);
    }

    /// <summary>Adds a string of bytes or a null.</summary>
    internal TBuilder Append(IEnumerable<byte>? value)
    {
        if (value is null)
        {
            return AppendNull();
        }

        Bytes.AppendRange(value);
        return Close(valid: true);
    }

    /// <summary>Adds a string of one byte for each byte.</summary>
    internal TBuilder AppendRange(IEnumerable<byte> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        foreach (byte value in values)
        {
            Append([value]);
        }

        return builder;
    }

    /// <summary>Adds strings of bytes and nulls.</summary>
    internal TBuilder AppendRange(IEnumerable<byte[]?> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        foreach (byte[]? value in values)
        {
            Append((IEnumerable<byte>?)value);
        }

        return builder;
    }

    /// <summary>Adds a null.</summary>
    internal TBuilder AppendNull() => Close(valid: false);

    /// <summary>Makes room for so many more strings.</summary>
    internal TBuilder Reserve(int capacity)
    {
        Offsets.Reserve(capacity);
        Validity.Reserve(capacity);
        return builder;
    }

    /// <summary>Drops the strings behind <paramref name="length"/>, or adds nulls.</summary>
    internal TBuilder Resize(int length)
    {
        while (Length < length)
        {
            AppendNull();
        }

        Validity.Resize(length);
        Offsets.Resize(length + 1);
        Bytes.Resize(int.CreateTruncating(Offsets.Span[length]));
        return builder;
    }

    /// <summary>Forgets all strings.</summary>
    internal TBuilder Clear()
    {
        Offsets.Clear().Append(TOffset.Zero);
        Bytes.Clear();
        Validity.Clear();
        return builder;
    }

    /// <summary>Makes the parts of an array.</summary>
    internal ArrayData Build(IArrowType dataType, MemoryAllocator? allocator)
    {
        ArrowBuffer[] buffers = [Validity.BuildValidity(allocator), Offsets.Build(allocator), Bytes.Build(allocator)];
        return new ArrayData(dataType, Length, Validity.UnsetBitCount, 0, buffers);
    }

    private TBuilder Close(bool valid)
    {
        Offsets.Append(TOffset.CreateTruncating(Bytes.Length));
        Validity.Append(valid);
        return builder;
    }
}
