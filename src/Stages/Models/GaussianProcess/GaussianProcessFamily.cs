using System.Collections.Immutable;
using Pipeline.Engine.Planning;
using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Models.Kernels;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Models.GaussianProcess;

/// <summary>Gaussian processes over a grid of widths: the noise of each is chosen by likelihood inside every calibration set.</summary>
public sealed class GaussianProcessFamily : ICandidateFamily
{
    /// <summary>The name of the setting.</summary>
    public const string SettingName = "width";

    /// <summary>Operations per second of products and reduction together, one core, rounded down; feeds the estimate alone.</summary>
    private const double FlopsPerSecond = 1e10;

    /// <summary>Seconds that one fit takes however small it is.</summary>
    private const double SecondsPerFit = 1e-4;

    /// <summary>Distinct widths, from the widest to the narrowest.</summary>
    public GaussianProcessFamily(ImmutableArray<double> widths)
    {
        KernelWidths.Require(widths, "A Gaussian process");
        Settings = [.. widths.OrderDescending().Select(width => new ModelSetting(SettingName, width))];
    }

    /// <summary>The usual widths, in median distances.</summary>
    public static ImmutableArray<double> DefaultWidths { get; } = [0.5, 1, 2, 4, 8, 16];

    /// <inheritdoc/>
    public string Name => "gp";

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public ImmutableArray<ModelSetting> Settings { get; }

    /// <summary>Such as <c>width 4</c>.</summary>
    public string Describe(ModelSetting setting) => $"width {KernelWidths.Text(Width(setting))}";

    /// <summary>Every width, from 2 samples on: a single one has no distance.</summary>
    public ImmutableArray<ModelSetting> SettingsFor(int calibrationSamples, int variables) =>
        calibrationSamples >= 2 && variables >= 1 ? Settings : [];

    /// <inheritdoc/>
    public IFittedModel Restore(ImmutableArray<NamedArray> learnt, int variables) => FittedExpansion.Restore(learnt, variables);

    /// <inheritdoc/>
    public IModel Model(ModelSetting setting) => new GaussianProcessRegression(Width(setting));

    /// <summary>m²p for the products and 4m³/3 for each width, m samples, at a fixed rate.</summary>
    public Cost EstimateFit(int calibrationSamples, int heldOutSamples, int variables, ImmutableArray<ModelSetting> settings, int outputs)
    {
        double m = calibrationSamples;
        double flops = (m * m * variables) + (settings.Length * ((4 * m * m * m / 3) + (8 * m * m) + (1000 * m)))
            + (2.0 * heldOutSamples * m * (variables + settings.Length));
        return new Cost(
            SecondsPerFit + (flops / FlopsPerSecond),
            CentredCalibration.SizeBytes(calibrationSamples, variables)
                + (sizeof(double) * calibrationSamples * ((long)variables + (2 * settings.Length) + 8))
                + KernelCalibration.SizeBytesWithGram(calibrationSamples));
    }

    /// <summary>Seconds of the plain order; bytes of it or of the computation of all folds at once, whichever are more.</summary>
    public Cost Estimate(SpectralAxis axis, Folds folds, ImmutableArray<ISubset> subsets, ImmutableArray<ModelSetting> settings, int outputs)
    {
        Cost plain = CrossValidationCost.Of(this, axis, folds, subsets, settings, outputs);
        return plain with { PeakBytes = Math.Max(plain.PeakBytes, KernelFolds.SizeBytes(folds, settings.Length)) };
    }

    /// <summary>One set of distances for all widths.</summary>
    public ISettingPath FitPath(MatrixView x, MatrixView y, ImmutableArray<ModelSetting> settings)
    {
        using CentredCalibration calibration = CentredCalibration.Of(x, y);
        KernelWeights weights = GaussianProcessRegression.Solve(KernelCalibration.Of(calibration), [.. settings.Select(Width)]);
        return new KernelPath(new KernelExpansion(calibration), weights.Alpha, weights.Factors, weights.Failures);
    }

    /// <inheritdoc/>
    public string? FormFor(Folds folds, int variables, int outputs, bool autoscales) => autoscales ? FoldForms.AloneName : "dual";

    /// <summary>All folds from shared distances; fold after fold where variables are scaled, which gives every fold distances of its own.</summary>
    public void PredictFolds(
        SharedSpectra data,
        ImmutableArray<int> folds,
        ImmutableArray<ModelSetting> settings,
        FoldPredictions predictions,
        CancellationToken cancellation)
    {
        if (data.Autoscales || !SharedRows.AreFinite(data))
        {
            NaiveFolds.Predict(this, data, folds, settings, predictions, cancellation);
            return;
        }

        double[] widths = [.. settings.Select(Width)];
        KernelFolds.Predict(
            data,
            folds,
            settings.Length,
            calibration => GaussianProcessRegression.Solve(calibration, widths),
            predictions,
            cancellation);
    }

    private static double Width(ModelSetting setting) =>
        setting.Name == SettingName
            ? setting.Value
            : throw new ArgumentException($"A Gaussian process expects the setting {SettingName}, found {setting.Name}.", nameof(setting));
}
