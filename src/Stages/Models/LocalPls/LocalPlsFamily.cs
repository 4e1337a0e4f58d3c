using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Engine;
using Pipeline.Engine.Planning;
using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Models.LocalPls;

/// <summary>Local PLS over numbers of neighbours × components: each spectrum orders its neighbours once, and one fit answers all component counts.</summary>
/// <remarks>A setting has one value, the components; the neighbours are part of its name.</remarks>
public sealed class LocalPlsFamily : ICandidateFamily
{
    /// <summary>The most components that may be asked for.</summary>
    public const int ComponentsMax = 100;

    /// <summary>The most neighbours that may be asked for.</summary>
    public const int NeighboursMax = 10_000;

    /// <summary>The most numbers of neighbours.</summary>
    public const int CountMax = 20;

    /// <summary>Operations per second of products of a matrix with a vector, one core, rounded down; feeds the estimate alone.</summary>
    private const double FlopsPerSecond = 4e9;

    private const double SecondsPerSpectrum = 1e-5;

    private readonly Dictionary<ModelSetting, LocalPlsSetting> _parameters = [];

    /// <summary>1 to the given number of components, with distinct numbers of neighbours.</summary>
    public LocalPlsFamily(int componentsMax, ImmutableArray<int> neighbours)
    {
        if (componentsMax is < 1 or > ComponentsMax)
        {
            throw Refusal($"1 to {ComponentsMax} components, found {componentsMax}.");
        }

        if (neighbours.IsDefaultOrEmpty || neighbours.Length > CountMax || neighbours.Distinct().Count() != neighbours.Length)
        {
            throw Refusal($"1 to {CountMax} distinct numbers of neighbours, found {(neighbours.IsDefault ? 0 : neighbours.Length)}, or one of them twice.");
        }

        foreach (int count in neighbours)
        {
            if (count is < 3 or > NeighboursMax)
            {
                throw Refusal($"3 to {NeighboursMax} neighbours, found {count}.");
            }
        }

        // Many neighbours are nearer to one model for all.
        foreach (int count in neighbours.OrderDescending())
        {
            for (int a = 1; a <= Math.Min(componentsMax, count - 1); a++)
            {
                _parameters.Add(
                    new ModelSetting(string.Create(CultureInfo.InvariantCulture, $"components of {count} neighbours"), a),
                    new LocalPlsSetting(a, count));
            }
        }

        Settings = [.. _parameters.Keys];
    }

    /// <summary>The usual numbers of neighbours.</summary>
    public static ImmutableArray<int> DefaultNeighbours { get; } = [100, 50];

    /// <inheritdoc/>
    public string Name => "localpls";

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public ImmutableArray<ModelSetting> Settings { get; }

    /// <summary>Such as <c>6 LV of 50 neighbours</c>.</summary>
    public string Describe(ModelSetting setting)
    {
        LocalPlsSetting one = Parameters(setting);
        return string.Create(CultureInfo.InvariantCulture, $"{one.Components} LV of {one.Neighbours} neighbours");
    }

    /// <summary>Settings of no more neighbours than samples, and no more components than variables.</summary>
    public ImmutableArray<ModelSetting> SettingsFor(int calibrationSamples, int variables) =>
        [.. Settings.Where(setting => Parameters(setting).FailureFor(calibrationSamples, variables) is null)];

    /// <inheritdoc/>
    public IFittedModel Restore(ImmutableArray<NamedArray> learnt, int variables) => FittedLocalPls.Restore(learnt, variables);

    /// <inheritdoc/>
    public IModel Model(ModelSetting setting)
    {
        LocalPlsSetting one = Parameters(setting);
        return new LocalPlsRegression(one.Components, one.Neighbours);
    }

    /// <summary>For each held-out spectrum 2mp for distances and 4kp for each component of each number of neighbours, at a fixed rate.</summary>
    public Cost EstimateFit(int calibrationSamples, int heldOutSamples, int variables, ImmutableArray<ModelSetting> settings, int outputs)
    {
        long m = calibrationSamples;
        LocalPlsSetting[] some = [.. settings.Select(Parameters)];
        long k = Math.Min(m, some.Select(one => one.Neighbours).DefaultIfEmpty(0).Max());
        long components = some.Select(one => one.Components).DefaultIfEmpty(0).Max();
        double neighbours = some.Select(one => Math.Min(m, one.Neighbours)).Distinct().Sum();
        double flops = heldOutSamples * ((2.0 * m * variables) + (4.0 * neighbours * variables * components) + (20.0 * m * NaturalLogarithm.Base2(m + 2)));
        return new Cost(
            (SecondsPerSpectrum * heldOutSamples) + ((flops + (4.0 * m * variables)) / FlopsPerSecond),
            CentredCalibration.SizeBytes(m, variables)
                + (sizeof(double) * ((m * (variables + 4L)) + LocalFit.DoubleCount(k, variables, components) + (4L * variables)))
                + (256L * (heldOutSamples + settings.Length)));
    }

    /// <summary>The plain order and what importance takes, with as many folds at once as there are lanes.</summary>
    public Cost Estimate(SpectralAxis axis, Folds folds, ImmutableArray<ISubset> subsets, ImmutableArray<ModelSetting> settings, int outputs)
    {
        Cost plain = CrossValidationCost.Of(this, axis, folds, subsets, settings, outputs);
        int widest = subsets.Max(subset => subset.VariablesMax(axis));
        Cost fit = EstimateFit(folds.SampleCount - folds.HeldOutMin, folds.HeldOutMax, widest, settings, outputs);
        long rows = sizeof(double) * (long)folds.SampleCount * (widest + outputs);
        int asked = subsets.Count(subset => subset.UsesImportance);
        double importance = asked == 0
            ? 0
            : asked * (folds.Count + 1) * ImportanceSeconds(folds.SampleCount - (folds.SampleCount / folds.Count), axis.Count, settings);
        return new Cost(
            plain.CpuSeconds + importance,
            plain.PeakBytes + ((Math.Min(FoldLanes.Max, folds.Count) - 1) * (fit.PeakBytes + rows)) + rows);
    }

    /// <summary>Distances and a fit around each of the samples that importance looks at, for every setting.</summary>
    private double ImportanceSeconds(long samples, long variables, ImmutableArray<ModelSetting> settings) =>
        settings.Select(Parameters).Sum(one => Math.Min(LocalCalibration.LookedAtMax, samples)
            * ((2.0 * samples * variables) + (4.0 * Math.Min(samples, one.Neighbours) * variables * one.Components)) / FlopsPerSecond);

    /// <summary>Copies the calibration set; its answers are computed when spectra are predicted.</summary>
    public ISettingPath FitPath(MatrixView x, MatrixView y, ImmutableArray<ModelSetting> settings)
    {
        using CentredCalibration calibration = CentredCalibration.Of(x, y);
        return new LocalPlsPath(new LocalCalibration(calibration, y), [.. settings.Select(Parameters)]);
    }

    /// <summary>Fold after fold, in lanes that run side by side.</summary>
    public void PredictFolds(
        SharedSpectra data,
        ImmutableArray<int> folds,
        ImmutableArray<ModelSetting> settings,
        FoldPredictions predictions,
        CancellationToken cancellation) =>
        FoldLanes.Run(
            folds,
            data.Runner,
            k =>
            {
                FoldSpectra rows = data.Rows(new FoldSplit(k));
                ISettingPath path = FitPath(rows.X.View, rows.Y.View, settings);
                var columns = new Matrix(rows.HeldOut.Rows, settings.Length);
                path.Predict(rows.HeldOut.View, columns.Span);
                var yHat = new Matrix(settings.Length, rows.HeldOut.Rows);
                string?[] failures = new string?[settings.Length];
                for (int s = 0; s < failures.Length; s++)
                {
                    columns.View.CopyColumn(s, yHat.Row(s));
                    failures[s] = path.FailureOf(s);
                }

                return new FoldAnswers(yHat, failures);
            },
            (k, answers) => answers.WriteTo(predictions, k),
            (k, reason) => FoldAnswers.FailAll(predictions, k, settings.Length, reason),
            cancellation);

    private LocalPlsSetting Parameters(ModelSetting setting) =>
        _parameters.TryGetValue(setting, out LocalPlsSetting parameters)
            ? parameters
            : throw new ArgumentException($"This local PLS has no setting {setting.Name} = {setting.Value}.", nameof(setting));

    private static StageException Refusal(string message) => new(FailureKind.InvalidRequest, "Local PLS takes " + message);
}
