using Pipeline.Engine.Planning;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Selection.Selectors;

/// <summary>Interval PLS: equal intervals of the axis, added or dropped one by one while the inner RMSECV improves.</summary>
/// <remarks>
/// <para>
/// <c>ipls(20)</c> starts with the best of 20 intervals and adds the one that lowers RMSECV most, until none does;
/// <c>ipls(20; backward)</c> starts with all and drops. p variables make intervals of equal number, the first p mod m of
/// them with one more. RMSECV is that of PLS with the best of 1 to A components in 5 folds inside the calibration
/// samples (<see cref="SelectorSamples"/>). Of equal scores the lower interval is taken. Up to m(m + 1)/2 scores, each from
/// cross-products that are made once (<see cref="IntervalScores"/>).
/// </para>
/// <para>
/// Nørgaard, Saudland, Wagner, Nielsen, Munck and Engelsen (2000), Applied Spectroscopy 54, 413-419 (intervals);
/// Leardi and Nørgaard (2004), J. Chemometrics 18, 486-497 (backward).
/// </para>
/// </remarks>
public sealed record IntervalPls : ISubset
{
    /// <summary>The most intervals that may be asked for.</summary>
    public const int IntervalsMax = 100;

    /// <summary>The usual number of intervals.</summary>
    public const int UsualIntervals = 20;

    internal const string Name = "ipls";

    /// <summary>Interval PLS.</summary>
    /// <param name="intervals">Number of intervals, m.</param>
    /// <param name="isBackward">True where intervals are dropped, false where they are added.</param>
    /// <param name="componentsMax">Components at most, A.</param>
    /// <param name="seed">The seed of the inner folds.</param>
    public IntervalPls(int intervals, bool isBackward, int componentsMax, ulong seed)
    {
        Intervals = SelectorNotation.Within("Interval PLS", "intervals", intervals, 2, IntervalsMax);
        ComponentsMax = SelectorNotation.CheckedComponents(componentsMax);
        IsBackward = isBackward;
        Seed = seed;
    }

    /// <summary>Number of intervals, m.</summary>
    public int Intervals { get; }

    /// <summary>True where intervals are dropped.</summary>
    public bool IsBackward { get; }

    /// <summary>Components at most, A.</summary>
    public int ComponentsMax { get; }

    /// <summary>The seed of the inner folds.</summary>
    public ulong Seed { get; }

    /// <inheritdoc/>
    public string Notation => SelectorNotation.Format(Name, Intervals, IsBackward, ComponentsMax, Seed);

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public bool UsesImportance => false;

    /// <inheritdoc/>
    public int VariablesMax(SpectralAxis axis) => axis.Count >= Intervals
        ? axis.Count
        : throw SelectorSamples.Refusal(
            Notation, $"needs at least one variable for each interval, found {axis.Count} variables. Ask for fewer intervals.");

    /// <summary>As if a third of the intervals were taken or dropped before RMSECV rises.</summary>
    public Cost EstimateSelect(int samples, SpectralAxis axis)
    {
        int p = axis.Count;
        Cost shared = IntervalScores.EstimateShared(samples, p, Intervals);
        Func<int, Cost> alone = InnerPls.Estimates(samples, ComponentsMax);
        double seconds = shared.CpuSeconds;
        for (int step = 0; step <= Intervals / 3; step++)
        {
            int some = (int)((long)p * (IsBackward ? Intervals - step : step + 1) / Intervals);
            seconds += (Intervals - step) * IntervalScores.EstimateSeconds(samples, p, Intervals, some, ComponentsMax, alone);
        }

        long copy = sizeof(double) * (long)samples * (p + 2);
        return new Cost(seconds, copy + shared.PeakBytes + alone(p).PeakBytes);
    }

    /// <inheritdoc/>
    public int[] Select(MatrixView x, MatrixView y, SpectralAxis axis, ReadOnlySpan<double> importance)
    {
        VariablesMax(axis);
        var samples = SelectorSamples.Of(Notation, x, y, axis, Seed);
        using var scores = new IntervalScores(new InnerPls(samples, ComponentsMax), Cut(axis.Count));
        List<int> chosen = IsBackward ? Drop(scores) : Add(scores);
        return chosen.Count > 0
            ? scores.Variables(chosen)
            : throw SelectorSamples.Refusal(
                Notation, "found no interval whose variables vary in every inner fold. Check the spectra, or use fewer intervals.");
    }

    /// <summary>The intervals of so many variables.</summary>
    internal Range[] Cut(int variables)
    {
        var intervals = new Range[Intervals];
        int start = 0;
        for (int i = 0; i < intervals.Length; i++)
        {
            int end = start + (variables / Intervals) + (i < variables % Intervals ? 1 : 0);
            intervals[i] = start..end;
            start = end;
        }

        return intervals;
    }

    private List<int> Add(IntervalScores scores)
    {
        List<int> chosen = [];
        double best = double.PositiveInfinity;
        while (chosen.Count < Intervals)
        {
            List<int>? next = null;
            for (int i = 0; i < Intervals; i++)
            {
                if (!chosen.Contains(i))
                {
                    List<int> tried = [.. chosen.Append(i).Order()];
                    next = Better(scores, tried, ref best) ? tried : next;
                }
            }

            if (next is null)
            {
                break;
            }

            chosen = next;
        }

        return chosen;
    }

    private List<int> Drop(IntervalScores scores)
    {
        List<int> chosen = [.. Enumerable.Range(0, Intervals)];
        double best = double.PositiveInfinity;
        if (!Better(scores, chosen, ref best))
        {
            return [];
        }

        while (chosen.Count > 1)
        {
            List<int>? next = null;
            foreach (int i in chosen)
            {
                List<int> tried = [.. chosen.Where(other => other != i)];
                next = Better(scores, tried, ref best) ? tried : next;
            }

            if (next is null)
            {
                break;
            }

            chosen = next;
        }

        return chosen;
    }

    /// <summary>Whether a union is better than the best so far, which it then is.</summary>
    private static bool Better(IntervalScores scores, List<int> tried, ref double best)
    {
        double rmsecv = scores.Score(tried).Rmsecv;
        bool isBetter = rmsecv < best;
        best = isBetter ? rmsecv : best;
        return isBetter;
    }
}
