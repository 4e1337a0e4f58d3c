using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Engine;

namespace Pipeline.Stages.Splitting.Ordered;

/// <summary>Time-ordered folds: K blocks in the order of a time, of which each but the first is predicted from those before it.</summary>
/// <remarks>
/// <c>time(5; by day)</c>. The window grows: block k is predicted by what was known when it came. Every calibration sample is
/// strictly earlier than every held-out one: samples of one time are not divided, nor is what lies between the first and the last sample
/// of a group. Such runs are dealt to blocks whose numbers of runs differ by at most one. The first block is never held out, and
/// no figure is over its samples. Membership follows from groups and places; the order of samples does not matter.
/// Tashman (2000), International Journal of Forecasting 16, 437-450.
/// </remarks>
public sealed record TimeOrderedFolds : IOrderedFolds
{
    private readonly ImmutableArray<double> _places;

    /// <summary>K blocks.</summary>
    /// <param name="count">K.</param>
    /// <param name="by">The column of times.</param>
    public TimeOrderedFolds(int count, string by)
        : this(count, by, [])
    {
    }

    private TimeOrderedFolds(int count, string by, ImmutableArray<double> places)
    {
        Count = RandomFolds.AtLeastTwo(count);
        By = by;
        _places = places;
    }

    /// <summary>Number of blocks, K.</summary>
    public int Count { get; }

    /// <summary>The column of times.</summary>
    public string By { get; }

    /// <inheritdoc/>
    public string Notation => string.Create(CultureInfo.InvariantCulture, $"time({Count}{GroupOrder.Clause(By)})");

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public ISplitter With(ImmutableArray<double> places) => new TimeOrderedFolds(Count, By, places);

    /// <inheritdoc/>
    public ISplitter Outer(int count) => new TimeOrderedFolds(count, By, _places);

    /// <inheritdoc/>
    public Folds Split(SampleGroups groups)
    {
        ArgumentNullException.ThrowIfNull(groups);
        ArgumentOutOfRangeException.ThrowIfNotEqual(groups.Count, _places.Length);
        var spans = groups.OfSample.Zip(_places)
            .GroupBy(pair => pair.First, pair => pair.Second)
            .Select(group => (Group: group.Key, First: group.Min(), Last: group.Max()))
            .OrderBy(span => span.First);
        int[] runOfGroup = new int[groups.GroupCount];
        int runs = 0;
        double last = double.NegativeInfinity;
        foreach ((int group, double first, double end) in spans)
        {
            runs += first > last ? 1 : 0;
            last = Math.Max(last, end);
            runOfGroup[group] = runs - 1;
        }

        return runs >= Count
            ? new Folds([.. groups.OfSample.Select(group => (int)((long)runOfGroup[group] * Count / runs))], Count, isForward: true)
            : throw new StageException(
                FailureKind.InvalidRequest,
                $"{Notation} needs at least {Count} times that can be told apart, there are {runs}: samples of one time stay together, and so does what lies "
                + "between the first and the last sample of a group. Ask for fewer blocks, or for another column.");
    }
}
