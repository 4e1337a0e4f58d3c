namespace Apache.Arrow;

/// <summary>Collects times of day, or counts of the unit.</summary>
public abstract class TimeArrayBuilder<TUnderlying, TArray, TBuilder>
    : DelegatingArrayBuilder<TUnderlying, TArray, TBuilder>, IArrowArrayBuilder<TimeOnly, TArray, TBuilder>
    where TArray : IArrowArray
    where TBuilder : class, IArrowArrayBuilder<TArray>
{
    /// <summary>Stands before the builder of the counts.</summary>
    protected TimeArrayBuilder(IArrowArrayBuilder<TUnderlying, TArray, IArrowArrayBuilder<TArray>> innerBuilder)
        : base(innerBuilder)
    {
    }

    /// <inheritdoc/>
    public TBuilder Append(TimeOnly value) => Add(Convert(value));

    /// <inheritdoc/>
    public TBuilder Append(ReadOnlySpan<TimeOnly> span) => AddRange(span, Convert);

    /// <inheritdoc/>
    public TBuilder AppendRange(IEnumerable<TimeOnly> values) => AddRange(values, Convert);

    /// <inheritdoc/>
    public TBuilder Set(int index, TimeOnly value) => Replace(index, Convert(value));

    /// <summary>Adds a count.</summary>
    public TBuilder Append(TUnderlying value) => Add(value);

    /// <summary>Adds counts.</summary>
    public TBuilder Append(ReadOnlySpan<TUnderlying> values)
    {
        InnerBuilder.Append(values);
        return Instance;
    }

    /// <summary>Adds counts.</summary>
    public TBuilder AppendRange(IEnumerable<TUnderlying> values)
    {
        InnerBuilder.AppendRange(values);
        return Instance;
    }

    /// <summary>Replaces a count.</summary>
    public TBuilder Set(int index, TUnderlying value) => Replace(index, value);

    /// <inheritdoc/>
    public override TBuilder AppendNull()
    {
        InnerBuilder.AppendNull();
        return Instance;
    }

    /// <inheritdoc/>
    public TBuilder Swap(int i, int j)
    {
        InnerBuilder.Swap(i, j);
        return Instance;
    }

    /// <summary>The count from midnight, cut to the unit.</summary>
    protected abstract TUnderlying Convert(TimeOnly time);
}
