using Apache.Arrow.Memory;

namespace Apache.Arrow;

/// <summary>Collects numbers for an array.</summary>
public abstract class PrimitiveArrayBuilder<T, TArray, TBuilder> : IArrowArrayBuilder<T, TArray, TBuilder>
    where T : struct
    where TArray : IArrowArray
    where TBuilder : class, IArrowArrayBuilder<TArray>
{
    /// <summary>Starts without numbers.</summary>
    public PrimitiveArrayBuilder()
    {
    }

    /// <inheritdoc/>
    public int Length => ValueBuffer.Length;

    /// <summary>This builder in its own type.</summary>
    protected TBuilder Instance => (this as TBuilder)!;

    /// <summary>The values so far.</summary>
    protected ArrowBuffer.Builder<T> ValueBuffer { get; } = new();

    /// <summary>The validity of the values so far.</summary>
    protected ArrowBuffer.BitmapBuilder ValidityBuffer { get; } = new();

    /// <summary>The number of nulls so far.</summary>
    protected int NullCount => ValidityBuffer.UnsetBitCount;

    /// <inheritdoc/>
    public TBuilder Append(T value)
    {
        ValueBuffer.Append(value);
        ValidityBuffer.Append(true);
        return Instance;
    }

    /// <summary>Adds a value or a null.</summary>
    public TBuilder Append(T? value) => value.HasValue ? Append(value.GetValueOrDefault()) : AppendNull();

    /// <inheritdoc/>
    public TBuilder Append(ReadOnlySpan<T> span)
    {
        ValueBuffer.Append(span);
        ValidityBuffer.AppendRange(true, span.Length);
        return Instance;
    }

    /// <inheritdoc/>
    public TBuilder AppendRange(IEnumerable<T> values)
    {
        ValueBuffer.AppendRange(values);
        ValidityBuffer.AppendRange(true, ValueBuffer.Length - ValidityBuffer.Length);
        return Instance;
    }

    /// <inheritdoc/>
    public TBuilder AppendNull()
    {
        ValueBuffer.Append(default(T));
        ValidityBuffer.Append(false);
        return Instance;
    }

    /// <inheritdoc/>
    public TBuilder Reserve(int capacity)
    {
        ValueBuffer.Reserve(capacity);
        ValidityBuffer.Reserve(capacity);
        return Instance;
    }

    /// <inheritdoc/>
    public TBuilder Resize(int length)
    {
        ValueBuffer.Resize(length);
        ValidityBuffer.Resize(length);
        return Instance;
    }

    /// <inheritdoc/>
    public TBuilder Set(int index, T value)
    {
        ValidityBuffer.Set(index, true);
        ValueBuffer.Span[index] = value;
        return Instance;
    }

    /// <inheritdoc/>
    public TBuilder Swap(int i, int j)
    {
        ValidityBuffer.Swap(i, j);
        Span<T> values = ValueBuffer.Span;
        (values[i], values[j]) = (values[j], values[i]);
        return Instance;
    }

    /// <inheritdoc/>
    public TBuilder Clear()
    {
        ValueBuffer.Clear();
        ValidityBuffer.Clear();
        return Instance;
    }

    /// <inheritdoc/>
    public TArray Build(MemoryAllocator? allocator = default) => Build(
        ValueBuffer.Build(allocator),
        ValidityBuffer.BuildValidity(allocator),
        Length,
        NullCount,
        offset: 0);

    /// <summary>Makes the array from its buffers.</summary>
    protected abstract TArray Build(
        ArrowBuffer valueBuffer, ArrowBuffer nullBitmapBuffer, int length, int nullCount, int offset);
}
