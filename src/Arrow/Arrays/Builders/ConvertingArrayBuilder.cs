using Apache.Arrow.Memory;

namespace Apache.Arrow;

/// <summary>Collects values that are stored as numbers of another type.</summary>
public abstract class PrimitiveArrayBuilder<TFrom, TTo, TArray, TBuilder> : IArrowArrayBuilder<TFrom, TArray, TBuilder>
    where TTo : struct
    where TArray : IArrowArray
    where TBuilder : class, IArrowArrayBuilder<TArray>
{
    /// <summary>Puts a conversion before <paramref name="builder"/>.</summary>
    public PrimitiveArrayBuilder(IArrowArrayBuilder<TTo, TArray, IArrowArrayBuilder<TArray>> builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArrayBuilder = builder;
    }

    /// <inheritdoc/>
    public int Length => ArrayBuilder.Length;

    /// <summary>This builder in its own type.</summary>
    protected TBuilder Instance => (this as TBuilder)!;

    /// <summary>The builder of the numbers.</summary>
    protected IArrowArrayBuilder<TTo, TArray, IArrowArrayBuilder<TArray>> ArrayBuilder { get; }

    /// <inheritdoc/>
    public TBuilder Append(TFrom value)
    {
        ArrayBuilder.Append(ConvertTo(value));
        return Instance;
    }

    /// <inheritdoc/>
    public TBuilder Append(ReadOnlySpan<TFrom> span)
    {
        Reserve(span.Length);
        foreach (TFrom value in span)
        {
            Append(value);
        }

        return Instance;
    }

    /// <inheritdoc/>
    public TBuilder AppendRange(IEnumerable<TFrom> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArrayBuilder.AppendRange(values.Select(ConvertTo));
        return Instance;
    }

    /// <inheritdoc/>
    public TBuilder AppendNull()
    {
        ArrayBuilder.AppendNull();
        return Instance;
    }

    /// <inheritdoc/>
    public TBuilder Reserve(int capacity)
    {
        ArrayBuilder.Reserve(capacity);
        return Instance;
    }

    /// <inheritdoc/>
    public TBuilder Resize(int length)
    {
        ArrayBuilder.Resize(length);
        return Instance;
    }

    /// <inheritdoc/>
    public TBuilder Set(int index, TFrom value)
    {
        ArrayBuilder.Set(index, ConvertTo(value));
        return Instance;
    }

    /// <inheritdoc/>
    public TBuilder Swap(int i, int j)
    {
        ArrayBuilder.Swap(i, j);
        return Instance;
    }

    /// <inheritdoc/>
    public TBuilder Clear()
    {
        ArrayBuilder.Clear();
        return Instance;
    }

    /// <inheritdoc/>
    public TArray Build(MemoryAllocator? allocator = default) => ArrayBuilder.Build(allocator);

    /// <summary>The number that stands for a value.</summary>
    protected abstract TTo ConvertTo(TFrom value);
}
