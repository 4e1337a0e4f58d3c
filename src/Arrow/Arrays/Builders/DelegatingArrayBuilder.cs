using Apache.Arrow.Memory;

namespace Apache.Arrow;

/// <summary>Collects values of several types that are all stored as numbers of one.</summary>
public abstract class DelegatingArrayBuilder<T, TArray, TBuilder> : IArrowArrayBuilder<TArray, TBuilder>
    where TArray : IArrowArray
    where TBuilder : class, IArrowArrayBuilder<TArray>
{
    /// <summary>Stands before <paramref name="innerBuilder"/>.</summary>
    protected DelegatingArrayBuilder(IArrowArrayBuilder<T, TArray, IArrowArrayBuilder<TArray>> innerBuilder)
    {
        ArgumentNullException.ThrowIfNull(innerBuilder);
        InnerBuilder = innerBuilder;
    }

    /// <inheritdoc/>
    public int Length => InnerBuilder.Length;

    /// <summary>The builder of the numbers.</summary>
    protected IArrowArrayBuilder<T, TArray, IArrowArrayBuilder<TArray>> InnerBuilder { get; }

    private protected TBuilder Instance => (this as TBuilder)!;

    /// <inheritdoc/>
    public abstract TBuilder AppendNull();

    /// <inheritdoc/>
    public TBuilder Reserve(int additionalCapacity)
    {
        InnerBuilder.Reserve(additionalCapacity);
        return Instance;
    }

    /// <inheritdoc/>
    public TBuilder Resize(int capacity)
    {
        InnerBuilder.Resize(capacity);
        return Instance;
    }

    /// <inheritdoc/>
    public TBuilder Clear()
    {
        InnerBuilder.Clear();
        return Instance;
    }

    /// <inheritdoc/>
    public TArray Build(MemoryAllocator? allocator = default) => InnerBuilder.Build(allocator);

    /// <summary>Adds a number.</summary>
    private protected TBuilder Add(T value)
    {
        InnerBuilder.Append(value);
        return Instance;
    }

    /// <summary>Adds the numbers that stand for values.</summary>
    private protected TBuilder AddRange<TValue>(ReadOnlySpan<TValue> span, Func<TValue, T> convert)
    {
        foreach (TValue value in span)
        {
            InnerBuilder.Append(convert(value));
        }

        return Instance;
    }

    /// <summary>Adds the numbers that stand for values.</summary>
    private protected TBuilder AddRange<TValue>(IEnumerable<TValue> values, Func<TValue, T> convert)
    {
        ArgumentNullException.ThrowIfNull(values);
        InnerBuilder.AppendRange(values.Select(convert));
        return Instance;
    }

    /// <summary>Replaces a number.</summary>
    private protected TBuilder Replace(int index, T value)
    {
        InnerBuilder.Set(index, value);
        return Instance;
    }
}
