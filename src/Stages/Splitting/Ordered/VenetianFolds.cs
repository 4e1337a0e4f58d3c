using System.Collections.Immutable;
using System.Globalization;

namespace Pipeline.Stages.Splitting.Ordered;

/// <summary>Venetian blinds: the i-th group in an order is held out in fold i mod K.</summary>
/// <remarks>
/// <c>venetian(10; by fat)</c>, <c>venetian(10)</c>. By the response every fold covers its whole range, without a seed; by a
/// time every fold covers the whole time, so neighbours lie on both sides. Without a column the order is that of ids (of groups with a
/// name of their own: of these names), ordinal, so that S10 comes before S2. Numbers of groups per fold differ by at most
/// one. Membership follows from groups and places; the order of samples does not matter.
/// </remarks>
public sealed record VenetianFolds : IFoldCount, IOrderedFolds
{
    private readonly ImmutableArray<double> _places;

    /// <summary>K folds.</summary>
    /// <param name="count">K.</param>
    /// <param name="by">The column whose order counts; null for the order of ids.</param>
    public VenetianFolds(int count, string? by)
        : this(count, by, [])
    {
    }

    private VenetianFolds(int count, string? by, ImmutableArray<double> places)
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
    public string Notation => string.Create(CultureInfo.InvariantCulture, $"venetian({Count}{GroupOrder.Clause(By)})");

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public ISplitter With(ImmutableArray<double> places) => new VenetianFolds(Count, By, places);

    /// <inheritdoc/>
    public ISplitter Outer(int count) => new VenetianFolds(count, By, _places);

    /// <inheritdoc/>
    public Folds Split(SampleGroups groups)
    {
        ArgumentNullException.ThrowIfNull(groups);
        int[] ordered = GroupOrder.Of(groups, _places);
        RandomFolds.RefuseFewer(ordered.Length, Count, Notation);
        return GroupOrder.Deal(groups, ordered, Count, i => i % Count);
    }
}
