using System.Collections.Immutable;
using System.Globalization;

namespace Pipeline.Stages.Splitting.Ordered;

/// <summary>Contiguous blocks: an order of the groups is cut into K runs, each held out once.</summary>
/// <remarks>
/// <c>contiguous(10; by day)</c>, <c>contiguous(10)</c>. By a time each block is predicted from those before and after it:
/// samples that drift together lie on one side. By the response each block is a range that the calibration does not
/// cover, which asks for extrapolation. Without a column the order is that of ids, as in <see cref="VenetianFolds"/>. Numbers of
/// groups per block differ by at most one. Membership follows from groups and places; the order of samples does not matter.
/// </remarks>
public sealed record ContiguousFolds : IFoldCount, IOrderedFolds
{
    private readonly ImmutableArray<double> _places;

    /// <summary>K blocks.</summary>
    /// <param name="count">K.</param>
    /// <param name="by">The column whose order counts; null for the order of ids.</param>
    public ContiguousFolds(int count, string? by)
        : this(count, by, [])
    {
    }

    private ContiguousFolds(int count, string? by, ImmutableArray<double> places)
    {
        Count = RandomFolds.AtLeastTwo(count);
        By = by;
        _places = places;
    }

    /// <summary>Number of folds, K.</summary>
    public int Count { get; }

    /// <summary>The column whose order counts; null for the order of ids.</summary>
    public string? By { get; }

    /// <inheritdoc/>
    public string Notation => string.Create(CultureInfo.InvariantCulture, $"contiguous({Count}{GroupOrder.Clause(By)})");

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public ISplitter With(ImmutableArray<double> places) => new ContiguousFolds(Count, By, places);

    /// <inheritdoc/>
    public ISplitter Outer(int count) => new ContiguousFolds(count, By, _places);

    /// <inheritdoc/>
    public Folds Split(SampleGroups groups)
    {
        ArgumentNullException.ThrowIfNull(groups);
        int[] ordered = GroupOrder.Of(groups, _places);
        RandomFolds.RefuseFewer(ordered.Length, Count, Notation);
        return GroupOrder.Deal(groups, ordered, Count, i => (int)((long)i * Count / ordered.Length));
    }
}
