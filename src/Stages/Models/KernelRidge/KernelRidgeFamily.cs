using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Engine;
using Pipeline.Engine.Planning;
using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Models.Kernels;
using Pipeline.Stages.Models.Ridge;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Models.KernelRidge;

/// <summary>Kernel ridge regression over widths × λ: one decomposition of each calibration set and width answers every λ.</summary>
/// <remarks>
/// A setting has one value, λ; the width is part of its name, <c>lambda at width 4</c>. So leaderboards, keys and files of
/// settings need no second column that all other families would leave empty.
/// </remarks>
public sealed class KernelRidgeFamily : ICandidateFamily
{
    /// <summary>The most penalties that may be asked for.</summary>
    public const int LambdasMax = 100;

    private const string SettingName = "lambda at width ";
    private const double LambdaMin = 1e-15;
    private const double LambdaMax = 1e6;

    /// <summary>Seconds that one fit takes however small it is.</summary>
    private const double SecondsPerFit = 1e-4;

    private readonly Dictionary<ModelSetting, (double Width, double Lambda)> _parameters = [];

    /// <summary>A grid of distinct widths and distinct λ, each from the strongest smoothing to the weakest.</summary>
    public KernelRidgeFamily(ImmutableArray<double> widths, ImmutableArray<double> lambdas)
    {
        KernelWidths.Require(widths, "Kernel ridge");
        if (lambdas.IsDefaultOrEmpty || lambdas.Length > LambdasMax || lambdas.Distinct().Count() != lambdas.Length)
        {
            throw Refusal($"takes 1 to {LambdasMax} distinct penalties, found {(lambdas.IsDefault ? 0 : lambdas.Length)}, or one of them twice.");
        }

        foreach (double lambda in lambdas)
        {
            if (lambda is not (>= LambdaMin and <= LambdaMax))
            {
                throw Refusal(string.Create(
                    CultureInfo.InvariantCulture, $"takes penalties from {LambdaMin} to {LambdaMax}, found {lambda}."));
            }
        }

        var settings = ImmutableArray.CreateBuilder<ModelSetting>(widths.Length * lambdas.Length);
        foreach (double width in widths.OrderDescending())
        {
            foreach (double lambda in lambdas.OrderDescending())
            {
                var setting = new ModelSetting(SettingName + KernelWidths.Text(width), lambda);
                settings.Add(setting);
                _parameters.Add(setting, (width, lambda));
            }
        }

        Settings = settings.MoveToImmutable();
    }

    /// <summary>The usual widths, in median distances: below 1 a spectrum sees few others, far above it the kernel is a straight line.</summary>
    public static ImmutableArray<double> DefaultWidths { get; } = [1, 2, 4, 8];

    /// <summary>The usual penalties; on fat of meat the best pairs of width and λ run from (1, 1e-3) to (8, 1e-6).</summary>
    public static ImmutableArray<double> DefaultGrid { get; } = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7];

    /// <inheritdoc/>
    public string Name => "krr";

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public ImmutableArray<ModelSetting> Settings { get; }

    /// <summary>Such as <c>width 4, λ=1e-4</c>.</summary>
    public string Describe(ModelSetting setting)
    {
        (double width, double lambda) = Parameters(setting);
        return $"width {KernelWidths.Text(width)}, λ={RidgeFamily.Scientific(lambda)}";
    }

    /// <summary>Every setting, from 2 samples on: a single one has no distance.</summary>
    public ImmutableArray<ModelSetting> SettingsFor(int calibrationSamples, int variables) =>
        calibrationSamples >= 2 && variables >= 1 ? Settings : [];

    /// <inheritdoc/>
    public IFittedModel Restore(ImmutableArray<NamedArray> learnt, int variables) => FittedExpansion.Restore(learnt, variables);

    /// <inheritdoc/>
    public IModel Model(ModelSetting setting)
    {
        (double width, double lambda) = Parameters(setting);
        return new KernelRidgeRegression(width, lambda);
    }

    /// <summary>m²p for the products, 4m³/3 for each width and m² for each setting, m samples, each at the rate of its kind.</summary>
    public Cost EstimateFit(int calibrationSamples, int heldOutSamples, int variables, ImmutableArray<ModelSetting> settings, int outputs)
    {
        double m = calibrationSamples;
        double products = (m * m * variables) + (2.0 * heldOutSamples * m * (variables + settings.Length));
        return new Cost(
            SecondsPerFit + (products / MatrixProducts.FlopsPerSecond) + KernelCalibration.Seconds(m, Widths(settings), settings.Length),
            CentredCalibration.SizeBytes(calibrationSamples, variables)
                + (sizeof(double) * calibrationSamples * ((long)variables + settings.Length + 8))
                + KernelCalibration.SizeBytesWithGram(calibrationSamples));
    }

    /// <summary>
    /// Seconds of all folds at once where the full spectrum is all that is asked, else of the plain order; bytes of whichever of these needs
    /// more.
    /// </summary>
    public Cost Estimate(SpectralAxis axis, Folds folds, ImmutableArray<ISubset> subsets, ImmutableArray<ModelSetting> settings, int outputs)
    {
        Cost plain = CrossValidationCost.Of(this, axis, folds, subsets, settings, outputs);
        double seconds = subsets.All(subset => subset is FullSpectrum)
            ? subsets.Length * (SecondsPerFit + KernelFolds.Seconds(folds, axis.Count, Widths(settings), settings.Length))
            : plain.CpuSeconds;
        return new Cost(seconds, Math.Max(plain.PeakBytes, KernelFolds.SizeBytes(folds, settings.Length)));
    }

    /// <summary>One set of distances for all settings, one decomposition for each width.</summary>
    public ISettingPath FitPath(MatrixView x, MatrixView y, ImmutableArray<ModelSetting> settings)
    {
        using CentredCalibration calibration = CentredCalibration.Of(x, y);
        KernelWeights weights = KernelRidgeRegression.Solve(KernelCalibration.Of(calibration), Parameters(settings));
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

        (double, double)[] parameters = Parameters(settings);
        KernelFolds.Predict(
            data,
            folds,
            settings.Length,
            calibration => KernelRidgeRegression.Solve(calibration, parameters),
            predictions,
            cancellation);
    }

    private int Widths(ImmutableArray<ModelSetting> settings) => settings.Select(setting => Parameters(setting).Width).Distinct().Count();

    private (double Width, double Lambda)[] Parameters(ImmutableArray<ModelSetting> settings) => [.. settings.Select(Parameters)];

    private (double Width, double Lambda) Parameters(ModelSetting setting) =>
        _parameters.TryGetValue(setting, out (double, double) parameters)
            ? parameters
            : throw new ArgumentException($"This kernel ridge has no setting {setting.Name} = {setting.Value}.", nameof(setting));

    private static StageException Refusal(string message) => new(FailureKind.InvalidRequest, "Kernel ridge " + message);
}
