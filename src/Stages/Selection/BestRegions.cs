using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Engine;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Selection;

/// <summary>Windows of the axis whose variables correlate best with the response.</summary>
/// <remarks>
/// <c>region(50,25;2)</c> is the second best window of width 50 whose neighbours start 25 apart, <c>regions(50,25;3)</c>
/// the union of the best three. Width and step are in the axis's unit: nm, cm⁻¹, or channels.
/// Windows are half-open, [start, start + width); the first starts at the smallest position, and starts rise while they
/// lie below the largest. Windows without variables, or whose variables do not vary, are skipped. A window's score is the
/// mean of |Pearson r| over its variables and the responses, those without variance left out, on the calibration rows
/// handed in. Higher scores go first, of equal ones the lower start. Windows may overlap; the union takes each variable
/// once. Time O(npq), memory p(q + 1) doubles; several of them on the same spectra share the correlations.
/// </remarks>
public sealed record BestRegions : ISubset
{
    /// <summary>The most windows on an axis; more mean that width and step are not in the axis's unit.</summary>
    public const int WindowsMax = 100_000;

    /// <summary>Windows of one width and step.</summary>
    /// <param name="width">Width of a window.</param>
    /// <param name="step">Distance between the starts of neighbouring windows.</param>
    /// <param name="best">The rank of the window, or how many of the best, from 1 on.</param>
    /// <param name="combined">True for the union of the best, false for the one of that rank.</param>
    public BestRegions(double width, double step, int best, bool combined)
    {
        if (!(width > 0 && step > 0) || !double.IsFinite(width) || !double.IsFinite(step) || best < 1)
        {
            throw new StageException(
                FailureKind.InvalidData,
                $"Regions need a width and a step above 0 and a rank from 1 on, found width {SpectralAxis.Format(width)}, "
                + $"step {SpectralAxis.Format(step)}, rank {best}. Example: {(combined ? "regions(50,25;3)" : "region(50,25;2)")}.");
        }

        Width = width;
        Step = step;
        Best = best;
        Combined = combined;
    }

    /// <summary>Width of a window in the axis's unit.</summary>
    public double Width { get; }

    /// <summary>Distance between starts in the axis's unit.</summary>
    public double Step { get; }

    /// <summary>The rank, or how many of the best.</summary>
    public int Best { get; }

    /// <summary>True for the union of the best windows.</summary>
    public bool Combined { get; }

    /// <inheritdoc/>
    public string Notation =>
        string.Create(CultureInfo.InvariantCulture, $"{(Combined ? "regions" : "region")}({Width},{Step};{Best})");

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public bool UsesImportance => false;

    /// <inheritdoc/>
    public int VariablesMax(SpectralAxis axis)
    {
        int[] counts = [.. Windows(axis).Select(window => window.Count).OrderDescending()];
        if (counts.Length < Best)
        {
            throw new StageException(
                FailureKind.InvalidData,
                $"{Notation} asks for {Best} windows, the axis has {counts.Length}. Ask for fewer, or use a smaller step.");
        }

        return Math.Min(axis.Count, counts.Take(Combined ? Best : 1).Sum());
    }

    /// <inheritdoc/>
    public int[] Select(MatrixView x, MatrixView y, SpectralAxis axis, ReadOnlySpan<double> importance)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(x.Columns, axis.Count);
        return Select(Correlation.AbsoluteMeans(x, y), axis);
    }

    /// <summary>The same from the correlations of the p variables with the responses (<see cref="Correlation.AbsoluteMeans"/>).</summary>
    internal int[] Select(ReadOnlySpan<double> correlations, SpectralAxis axis)
    {
        Window[] ranked = Ranked(correlations, axis);
        if (ranked.Length < Best)
        {
            throw new StageException(
                FailureKind.InvalidData,
                $"{Notation} asks for {Best} windows, but the axis has {ranked.Length} with variables that vary together "
                + "with a response that varies. Ask for fewer, or use a smaller step.");
        }

        return VariablesOf(Chosen(ranked));
    }

    /// <summary>The starts of the windows, best first, and their variables; null where there are too few windows.</summary>
    internal (ImmutableArray<double> Starts, int[] Variables)? TryChoose(ReadOnlySpan<double> correlations, SpectralAxis axis)
    {
        Window[] ranked = Ranked(correlations, axis);
        return ranked.Length < Best ? null : ([.. Chosen(ranked).Select(window => window.Start)], VariablesOf(Chosen(ranked)));
    }

    private static int[] VariablesOf(IEnumerable<Window> windows) =>
        [.. windows.SelectMany(window => Enumerable.Range(window.First, window.Count)).Distinct().Order()];

    private IEnumerable<Window> Chosen(Window[] ranked) => Combined ? ranked.Take(Best) : [ranked[Best - 1]];

    private Window[] Ranked(ReadOnlySpan<double> correlations, SpectralAxis axis)
    {
        List<Window> scored = Windows(axis);
        for (int w = 0; w < scored.Count; w++)
        {
            scored[w] = scored[w] with { Score = Score(scored[w], correlations) };
        }

        return
        [
            .. scored
                .Where(window => !double.IsNaN(window.Score))
                .OrderByDescending(window => window.Score)
                .ThenBy(window => window.Start),
        ];
    }

    private static double Score(Window window, ReadOnlySpan<double> correlations)
    {
        double sum = 0;
        int count = 0;
        for (int j = window.First; j < window.First + window.Count; j++)
        {
            if (!double.IsNaN(correlations[j]))
            {
                sum += correlations[j];
                count++;
            }
        }

        return count == 0 ? double.NaN : sum / count;
    }

    private List<Window> Windows(SpectralAxis axis)
    {
        double low = Math.Min(axis.Positions[0], axis.Positions[^1]);
        double high = Math.Max(axis.Positions[0], axis.Positions[^1]);
        if ((high - low) / Step > WindowsMax)
        {
            throw new StageException(
                FailureKind.InvalidData,
                $"{Notation} makes more than {WindowsMax} windows on an axis from {SpectralAxis.Format(low)} to "
                + $"{SpectralAxis.Format(high)} {axis.UnitSymbol}. Use a larger step.");
        }

        var windows = new List<Window>();
        for (int i = 0; i == 0 || low + (i * Step) < high; i++)
        {
            double start = low + (i * Step);
            var window = Inside(axis, start, start + Width);
            if (window.Count > 0)
            {
                windows.Add(window);
            }
        }

        return windows;
    }

    private static Window Inside(SpectralAxis axis, double start, double end)
    {
        bool rising = axis.MeanStep > 0;
        int fromLow = CountBelow(axis, start);
        int toLow = CountBelow(axis, end);
        return new Window(start, rising ? fromLow : axis.Count - toLow, toLow - fromLow, 0);
    }

    /// <summary>Number of positions below a limit, by bisection.</summary>
    private static int CountBelow(SpectralAxis axis, double limit)
    {
        bool rising = axis.MeanStep > 0;
        int low = 0;
        int high = axis.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (axis.Positions[rising ? middle : axis.Count - 1 - middle] < limit)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private readonly record struct Window(double Start, int First, int Count, double Score);
}
