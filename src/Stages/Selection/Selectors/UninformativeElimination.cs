using System.Globalization;
using Pipeline.Engine.Planning;
using Pipeline.Stages.Models;
using Pipeline.Stages.Models.Pls.Dual;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Selection.Selectors;

/// <summary>Elimination of uninformative variables (UVE): what is no steadier than noise goes.</summary>
/// <remarks>
/// <para>
/// <c>uve(100)</c>. PLS with the number of components that is best in 5 folds inside the calibration samples is fitted
/// again and again, each time without a part of the samples: 100 parts, or each sample alone (and those identical to it)
/// where there are no more, as published. A variable's steadiness is |mean(b)| / sd(b) over these fits. As many variables of
/// standard normal noise have theirs, and what is no steadier than the steadiest of them is left out.
/// </para>
/// <para>
/// Noise is published as scaled to 1e-10, so that it changes no model; here it changes none at all: a fit is held by the
/// weights α of its samples, b = Xᵀα, and noise N has Nᵀα, which steadiness does not know the scale of
/// (<see cref="SampleWeights"/>). Several responses: the steadiest counts, of noise too. A variable without variance has
/// steadiness 0. Time n²p for n below 2p, 2n²A for each fit, 4np for each fit's b; memory 2np + n² doubles.
/// </para>
/// <para>Centner, Massart, de Noord, de Jong, Vandeginste and Sterna (1996), Analytical Chemistry 68, 3851-3858.</para>
/// </remarks>
public sealed record UninformativeElimination : ISubset
{
    /// <summary>The most parts that may be asked for.</summary>
    public const int PartsMax = 1000;

    /// <summary>The usual number of parts.</summary>
    public const int UsualParts = 100;

    internal const string Name = "uve";

    /// <summary>Operations per second of products, one core, rounded down; feeds the estimate alone.</summary>
    private const double FlopsPerSecond = 1e10;

    /// <summary>Seconds of one normal number.</summary>
    private const double SecondsPerDraw = 2e-8;

    /// <summary>Elimination of uninformative variables.</summary>
    /// <param name="parts">Fits, each without one part of the samples.</param>
    /// <param name="componentsMax">Components at most, A.</param>
    /// <param name="seed">The seed of the noise, of the parts and of the inner folds.</param>
    public UninformativeElimination(int parts, int componentsMax, ulong seed)
    {
        Parts = SelectorNotation.Within("Elimination of uninformative variables", "parts", parts, 3, PartsMax);
        ComponentsMax = SelectorNotation.CheckedComponents(componentsMax);
        Seed = seed;
    }

    /// <summary>Fits, each without one part of the samples.</summary>
    public int Parts { get; }

    /// <summary>Components at most, A.</summary>
    public int ComponentsMax { get; }

    /// <summary>The seed of the noise, of the parts and of the inner folds.</summary>
    public ulong Seed { get; }

    /// <inheritdoc/>
    public string Notation => SelectorNotation.Format(Name, Parts, isBackward: false, ComponentsMax, Seed);

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public bool UsesImportance => false;

    /// <inheritdoc/>
    public int VariablesMax(SpectralAxis axis) => axis.Count;

    /// <inheritdoc/>
    public Cost EstimateSelect(int samples, SpectralAxis axis)
    {
        double n = samples;
        double p = axis.Count;
        double fits = Math.Min(Parts, n);
        Cost full = InnerPls.Estimates(samples, ComponentsMax)(axis.Count);
        double flops = (n * n * p) + (2 * fits * ComponentsMax * n * Math.Min(n, 2 * p)) + (4 * fits * n * p);
        long spectra = sizeof(double) * (long)samples * (axis.Count + 2);
        long steadiness = 2L * sizeof(double) * (long)fits * (axis.Count + samples);
        long making = CentredCalibration.SizeBytes(samples, axis.Count)
            + SampleWeights.SizeBytes(samples, axis.Count, (int)fits, ComponentsMax);
        return new Cost(
            full.CpuSeconds + (flops / FlopsPerSecond) + (n * p * SecondsPerDraw),
            (2 * spectra) + steadiness + Math.Max(full.PeakBytes, making));
    }

    /// <inheritdoc/>
    public int[] Select(MatrixView x, MatrixView y, SpectralAxis axis, ReadOnlySpan<double> importance)
    {
        var samples = SelectorSamples.Of(Notation, x, y, axis, Seed);
        int[] all = [.. Enumerable.Range(0, axis.Count)];
        InnerScore score = new InnerPls(samples, ComponentsMax).Score(all);
        if (score.Components == 0)
        {
            throw SelectorSamples.Refusal(Notation, "found no component of PLS in an inner fold. Check whether the spectra vary.");
        }

        (double[] steadiness, double[] ofNoise) = Steadiness(samples, score.Components);
        double limit = ofNoise.Max();
        int[] chosen = [.. all.Where(j => steadiness[j] > limit)];
        return chosen.Length > 0
            ? chosen
            : throw SelectorSamples.Refusal(
                Notation,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"found no variable that is steadier than {ofNoise.Length} variables of noise: {steadiness.Max():g3} against {limit:g3}. "
                    + $"Use full, or another choice of variables."));
    }

    /// <summary>|mean(b)| / sd(b) of p variables, and of p variables of noise.</summary>
    internal (double[] OfVariables, double[] OfNoise) Steadiness(SelectorSamples samples, int components)
    {
        Matrix noise = Noise(samples.X.Rows, samples.X.Columns);
        Folds parts = samples.Split(Parts);
        double[] ofVariables = new double[noise.Columns];
        double[] ofNoise = new double[noise.Columns];
        for (int l = 0; l < samples.Y.Columns; l++)
        {
            using CentredCalibration centred =
                CentredCalibration.Of(samples.X.View, samples.Y.View.Block(0, l, samples.Y.Rows, 1));
            Matrix weights = SampleWeights.Of(centred, parts, components);
            Raise(ofVariables, weights, centred.X);
            Raise(ofNoise, weights, noise.View);
        }

        return (ofVariables, ofNoise);
    }

    /// <summary>n × p standard normal numbers, row after row.</summary>
    internal Matrix Noise(int samples, int variables)
    {
        var random = new Pcg64(Seed);
        var noise = new Matrix(samples, variables);
        foreach (ref double value in noise.Values)
        {
            value = random.NextNormal();
        }

        return noise;
    }

    private static void Raise(double[] steadiness, Matrix weights, MatrixView variables)
    {
        var b = new Matrix(weights.Rows, variables.Columns);
        MatrixProducts.Times(weights.View, variables, b.Span);
        double[] means = ColumnMoments.Means(b.View);
        double[] deviations = ColumnMoments.StandardDeviations(b.View, means);
        for (int j = 0; j < means.Length; j++)
        {
            double one = deviations[j] > 0 ? Math.Abs(means[j]) / deviations[j] : 0;
            steadiness[j] = Math.Max(steadiness[j], one);
        }
    }
}
