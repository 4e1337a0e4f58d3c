namespace Apache.Arrow;

/// <summary>Collects dates, given in any way that .NET knows.</summary>
public abstract class DateArrayBuilder<TUnderlying, TArray, TBuilder>
    : DelegatingArrayBuilder<TUnderlying, TArray, TBuilder>,
      IArrowArrayBuilder<DateTime, TArray, TBuilder>,
      IArrowArrayBuilder<DateTimeOffset, TArray, TBuilder>,
      IArrowArrayBuilder<DateOnly, TArray, TBuilder>
    where TArray : IArrowArray
    where TBuilder : class, IArrowArrayBuilder<TArray>
{
    /// <summary>Stands before the builder of the counts.</summary>
    protected DateArrayBuilder(IArrowArrayBuilder<TUnderlying, TArray, IArrowArrayBuilder<TArray>> innerBuilder)
        : base(innerBuilder)
    {
    }

    /// <inheritdoc/>
    public TBuilder Append(DateTime value) => Add(Convert(value));

    /// <inheritdoc/>
    public TBuilder Append(ReadOnlySpan<DateTime> span) => AddRange(span, Convert);

    /// <inheritdoc/>
    public TBuilder AppendRange(IEnumerable<DateTime> values) => AddRange(values, Convert);

    /// <inheritdoc/>
    public TBuilder Set(int index, DateTime value) => Replace(index, Convert(value));

    /// <inheritdoc/>
    public TBuilder Append(DateTimeOffset value) => Add(Convert(value));

    /// <inheritdoc/>
    public TBuilder Append(ReadOnlySpan<DateTimeOffset> span) => AddRange(span, Convert);

    /// <inheritdoc/>
    public TBuilder AppendRange(IEnumerable<DateTimeOffset> values) => AddRange(values, Convert);

    /// <inheritdoc/>
    public TBuilder Set(int index, DateTimeOffset value) => Replace(index, Convert(value));

    /// <inheritdoc/>
    public TBuilder Append(DateOnly value) => Add(Convert(value));

    /// <inheritdoc/>
    public TBuilder Append(ReadOnlySpan<DateOnly> span) => AddRange(span, Convert);

    /// <inheritdoc/>
    public TBuilder AppendRange(IEnumerable<DateOnly> values) => AddRange(values, Convert);

    /// <inheritdoc/>
    public TBuilder Set(int index, DateOnly value) => Replace(index, Convert(value));

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

    /// <summary>The count of the day, whatever the zone.</summary>
    protected abstract TUnderlying Convert(DateTime dateTime);

    /// <summary>The count of the day in UTC.</summary>
    protected abstract TUnderlying Convert(DateTimeOffset dateTimeOffset);

    /// <summary>The count of the day.</summary>
    protected abstract TUnderlying Convert(DateOnly date);
}
