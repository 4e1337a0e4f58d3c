using Pipeline.Engine.Planning;
using Pipeline.Stages.Models;
using Pipeline.Stages.Models.Pls;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Selection.Selectors;

/// <summary>Competitive adaptive reweighted sampling (CARS): runs that leave fewer and fewer variables, of which the best set is taken.</summary>
/// <remarks>
/// <para>
/// <c>cars(50)</c>. Each run fits PLS to four fifths of the calibration samples, drawn anew, on the variables that are left;
/// keeps the r·p variables of largest |b|, r = a e^(-ki) falling from 1 in the first of N runs to 2/p in the last
/// (<see cref="RetainedCount"/>); and draws as many times with replacement among them by |b|: what was drawn is left.
/// Every set left is scored by RMSECV with the best of 1 to A components in 5 folds inside the calibration samples
/// (<see cref="InnerPls"/>); that number is also what the next run fits. The set of least RMSECV is the choice, of equal
/// ones the earliest. Spectra are centred, not scaled. Several responses: |b| is added up.
/// </para>
/// <para>
/// Time that of N + 1 inner cross-validations of PLS on p, p·r₁, p·r₂ … variables and of N fits.
/// Li, Liang, Xu and Cao (2009), Analytica Chimica Acta 648, 77-84.
/// </para>
/// </remarks>
public sealed record CompetitiveSampling : ISubset
{
    /// <summary>The most runs that may be asked for.</summary>
    public const int RunsMax = 1000;

    /// <summary>The usual number of runs.</summary>
    public const int UsualRuns = 50;

    internal const string Name = "cars";

    /// <summary>Variables that are needed for a number that falls to two.</summary>
    private const int VariablesMin = 3;

    /// <summary>Part of the calibration samples that a run fits.</summary>
    private const double SampledShare = 0.8;

    /// <summary>Operations per second of one fit, one core, rounded down; feeds the estimate alone.</summary>
    private const double FlopsPerSecond = 4e9;

    /// <summary>Competitive adaptive reweighted sampling.</summary>
    /// <param name="runs">Number of runs, N.</param>
    /// <param name="componentsMax">Components at most, A.</param>
    /// <param name="seed">The seed of the draws and of the inner folds.</param>
    public CompetitiveSampling(int runs, int componentsMax, ulong seed)
    {
        Runs = SelectorNotation.Within("Competitive sampling", "runs", runs, 2, RunsMax);
        ComponentsMax = SelectorNotation.CheckedComponents(componentsMax);
        Seed = seed;
    }

    /// <summary>Number of runs, N.</summary>
    public int Runs { get; }

    /// <summary>Components at most, A.</summary>
    public int ComponentsMax { get; }

    /// <summary>The seed of the draws and of the inner folds.</summary>
    public ulong Seed { get; }

    /// <inheritdoc/>
    public string Notation => SelectorNotation.Format(Name, Runs, isBackward: false, ComponentsMax, Seed);

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public bool UsesImportance => false;

    /// <inheritdoc/>
    public int VariablesMax(SpectralAxis axis) => axis.Count >= VariablesMin
        ? axis.Count
        : throw SelectorSamples.Refusal(
            Notation, $"needs at least {VariablesMin} variables, found {axis.Count}. Use full, or bring spectra of more variables.");

    /// <inheritdoc/>
    public Cost EstimateSelect(int samples, SpectralAxis axis)
    {
        Func<int, Cost> estimate = InnerPls.Estimates(samples, ComponentsMax);
        Cost full = estimate(axis.Count);
        double seconds = full.CpuSeconds;
        for (int run = 0; run < Runs; run++)
        {
            int some = RetainedCount(axis.Count, run);
            seconds += estimate(some).CpuSeconds + (4.0 * samples * some * ComponentsMax / FlopsPerSecond);
        }

        // The samples, those of a run, and these again with the variables that are left. Sets become smaller and smaller, and the
        // pool of scratch memory keeps something of every power of two.
        long copies = 3 * sizeof(double) * (long)samples * (axis.Count + 2);
        long fit = CentredCalibration.SizeBytes(samples, axis.Count) + (5L * sizeof(double) * axis.Count * ComponentsMax);
        return new Cost(seconds, copies + (2 * (fit + full.PeakBytes)));
    }

    /// <inheritdoc/>
    public int[] Select(MatrixView x, MatrixView y, SpectralAxis axis, ReadOnlySpan<double> importance)
    {
        VariablesMax(axis);
        var pls = new InnerPls(SelectorSamples.Of(Notation, x, y, axis, Seed), ComponentsMax);
        var random = new Pcg64(Seed);
        int[] left = [.. Enumerable.Range(0, axis.Count)];
        InnerScore score = pls.Score(left);
        InnerScore best = InnerScore.None;
        int[] chosen = [];
        for (int run = 0; run < Runs && score.Components > 0; run++)
        {
            double[] sizes = CoefficientSizes(pls.Samples, left, score.Components, random);
            left = Draw(left, sizes, RetainedCount(axis.Count, run), random);
            if (left.Length == 0)
            {
                break;
            }

            score = pls.Score(left);
            if (score.Rmsecv < best.Rmsecv)
            {
                (best, chosen) = (score, left);
            }
        }

        return chosen.Length > 0
            ? chosen
            : throw SelectorSamples.Refusal(
                Notation, "found no variables whose PLS has a component in every inner fold. Check whether the spectra vary.");
    }

    /// <summary>Variables that a run, from 0 on, keeps of p: p in the first, 2 in the last, in equal ratios between.</summary>
    internal int RetainedCount(int variables, int run) =>
        (int)Math.Round(variables * Exponential.Of(-run * NaturalLogarithm.Of(variables / 2.0) / (Runs - 1)));

    /// <summary>|b| of some variables, on samples drawn without replacement.</summary>
    private static double[] CoefficientSizes(SelectorSamples samples, int[] variables, int components, Pcg64 random)
    {
        int[] rows = [.. Enumerable.Range(0, samples.X.Rows)];
        random.Shuffle(rows.AsSpan());
        rows = rows[..(int)Math.Round(SampledShare * rows.Length)];
        Array.Sort(rows);
        Matrix x = samples.X.SelectRows(rows);
        x = variables.Length == x.Columns ? x : x.SelectColumns(variables);
        Matrix y = samples.Y.SelectRows(rows);
        double[] sizes = new double[variables.Length];
        for (int l = 0; l < y.Columns; l++)
        {
            using CentredCalibration calibration = CentredCalibration.Of(x.View, y.View.Block(0, l, y.Rows, 1));
            var fitted = new FittedPls(new KernelPls(calibration, components), components);
            ReadOnlySpan<double> b = fitted.Coefficients(components);
            for (int j = 0; j < sizes.Length; j++)
            {
                sizes[j] += Math.Abs(b[j]);
            }
        }

        return sizes;
    }

    /// <summary>The variables of largest size, as many as are retained; drawn as many times by size, each once in the end.</summary>
    private static int[] Draw(int[] variables, double[] sizes, int retained, Pcg64 random)
    {
        int[] places =
        [
            .. Enumerable.Range(0, variables.Length).OrderByDescending(j => sizes[j]).ThenBy(j => j).Take(retained).Order(),
        ];
        double[] sums = new double[places.Length];
        double total = 0;
        for (int i = 0; i < places.Length; i++)
        {
            total += sizes[places[i]];
            sums[i] = total;
        }

        if (!(total > 0) || !double.IsFinite(total))
        {
            return [];
        }

        bool[] isDrawn = new bool[places.Length];
        for (int draw = 0; draw < retained; draw++)
        {
            // The first sum above the number drawn: a variable of size 0 has none.
            int at = Array.BinarySearch(sums, random.NextDouble() * total);
            at = at < 0 ? ~at : at + 1;
            while (at < sums.Length - 1 && sizes[places[at]] == 0)
            {
                at++;
            }

            isDrawn[Math.Min(at, sums.Length - 1)] = true;
        }

        return [.. Enumerable.Range(0, places.Length).Where(i => isDrawn[i]).Select(i => variables[places[i]])];
    }
}
