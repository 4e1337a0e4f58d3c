using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Engine;
using Pipeline.Engine.Planning;
using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Models.Ridge;

/// <summary>Ridge regression over a grid of λ: one decomposition of each calibration set answers all of them.</summary>
public sealed class RidgeFamily : IMomentsFamily
{
    /// <summary>The name of the setting.</summary>
    public const string SettingName = "lambda";

    private const double LambdaMin = 1e-100;
    private const double LambdaMax = 1e100;

    /// <summary>The most penalties that may be asked for.</summary>
    public const int LambdasMax = 1000;

    /// <summary>
    /// λ in parts of the trace from which moments tell as much as spectra: rounding of the cross-product, 2e-16 of the trace, is 2e-8 of
    /// such a λ, and what it moves of a prediction is a part of what λ itself does.
    /// </summary>
    private const double SoundLambdaMin = 1e-8;

    /// <summary>Operations per second of Gram products and the reduction together, one core, rounded down; feeds the estimate alone.</summary>
    private const double FlopsPerSecond = 1.6e10;

    /// <summary>Seconds that one fit takes however small it is.</summary>
    private const double SecondsPerFit = 5e-5;

    /// <summary>A grid of distinct λ, each above 0, from the strongest penalty to the weakest.</summary>
    public RidgeFamily(ImmutableArray<double> lambdas, RidgeScale scale)
    {
        if (lambdas.IsDefaultOrEmpty || lambdas.Length > LambdasMax)
        {
            throw Refusal($"takes 1 to {LambdasMax} penalties, found {(lambdas.IsDefault ? 0 : lambdas.Length)}.");
        }

        foreach (double lambda in lambdas)
        {
            if (lambda is not (>= LambdaMin and <= LambdaMax))
            {
                throw Refusal(string.Create(
                    CultureInfo.InvariantCulture, $"takes penalties above 0, from {LambdaMin} to {LambdaMax}, found {lambda}."));
            }
        }

        if (lambdas.Distinct().Count() != lambdas.Length)
        {
            throw Refusal("takes distinct penalties, found one of them twice.");
        }

        Scale = scale;
        Settings = [.. lambdas.Select(lambda => new ModelSetting(SettingName, lambda))];
    }

    /// <summary>The grid of searches: decades of the trace from 0.1 down to 1e-10, and half decades where most winners lie.</summary>
    /// <remarks>
    /// Spectra carry nearly all of their trace in one or two directions, and noise of one part in 10⁴ lies 8 decades
    /// below it; clean instruments reward even less shrinkage (corn moisture chose 1e-9).
    /// </remarks>
    public static ImmutableArray<double> DefaultGrid { get; } =
        [1e-1, 1e-2, 1e-3, 1e-4, 3e-5, 1e-5, 3e-6, 1e-6, 3e-7, 1e-7, 1e-8, 1e-9, 1e-10];

    /// <summary>What λ is measured in.</summary>
    public RidgeScale Scale { get; }

    /// <inheritdoc/>
    public string Name => "ridge";

    /// <inheritdoc/>
    public int Version => 2;

    /// <inheritdoc/>
    public ImmutableArray<ModelSetting> Settings { get; }

    /// <summary>Such as <c>λ=1e-4·tr</c> or <c>λ=0.1</c>; different λ read differently.</summary>
    public string Describe(ModelSetting setting) =>
        Scale == RidgeScale.Trace ? $"λ={Scientific(Lambda(setting))}·tr" : $"λ={Lambda(setting).ToString("R", CultureInfo.InvariantCulture)}";

    /// <summary>Every λ, for any number of samples and variables.</summary>
    public ImmutableArray<ModelSetting> SettingsFor(int calibrationSamples, int variables) =>
        calibrationSamples >= 1 && variables >= 1 ? Settings : [];

    /// <inheritdoc/>
    public IModel Model(ModelSetting setting) => new RidgeRegression(Lambda(setting), Scale);

    /// <summary>m²l + 4m³/3 for the decomposition and 8m(l + m) for each λ, at a fixed rate; m ≤ l are the two dimensions.</summary>
    public Cost EstimateFit(int calibrationSamples, int heldOutSamples, int variables, ImmutableArray<ModelSetting> settings, int outputs)
    {
        double m = Math.Min(calibrationSamples, variables);
        double l = Math.Max(calibrationSamples, variables);
        double flops = (m * m * l) + (4 * m * m * m / 3)
            + (settings.Length * ((8 * m * (l + m)) + (2.0 * heldOutSamples * variables)));
        return new Cost(
            SecondsPerFit + (flops / FlopsPerSecond),
            CentredCalibration.SizeBytes(calibrationSamples, variables)
                + RidgeDecomposition.SizeBytes(calibrationSamples, variables, settings.Length));
    }

    /// <summary>One decomposition for all λ asked.</summary>
    public ISettingPath FitPath(MatrixView x, MatrixView y, ImmutableArray<ModelSetting> settings)
    {
        using var decomposition = new RidgeDecomposition(CentredCalibration.Of(x, y));
        var coefficients = new Matrix(settings.Length, x.Columns);
        string?[] failures = decomposition.Solve([.. settings.Select(setting => decomposition.Absolute(Lambda(setting), Scale))], coefficients.Span);
        return new LinePath(coefficients, failures, [.. decomposition.Means], decomposition.YMean);
    }

    /// <summary>All folds from shared cross-products; fold after fold where variables are scaled and outnumber the samples.</summary>
    /// <remarks>
    /// Scaled by each fold's deviations, every fold has a Gram matrix of its own, and there is nothing to share. More than
    /// <see cref="RidgeShortcut.FoldsAloneMax"/> folds of unscaled spectra, such as leaving one out, are answered by the shortcut, which
    /// gives up what the other forms keep: that no bit depends on what is held out.
    /// </remarks>
    public void PredictFolds(
        SharedSpectra data,
        ImmutableArray<int> folds,
        ImmutableArray<ModelSetting> settings,
        FoldPredictions predictions,
        CancellationToken cancellation)
    {
        // By all folds, not by those asked: which are asked together may follow from what they hold out.
        double[] lambdas = [.. settings.Select(Lambda)];
        bool isFinite = SharedRows.AreFinite(data);
        if (isFinite && !data.Autoscales && data.Folds.Count > RidgeShortcut.FoldsAloneMax)
        {
            RidgeShortcut.Predict(
                data,
                folds,
                lambdas,
                Scale,
                k => NaiveFolds.Predict(this, data, [k], settings, predictions, cancellation),
                predictions,
                cancellation);
            return;
        }

        if (!isFinite || FoldForms.Of(data.Folds, data.X.Columns, data.Autoscales) == FoldForm.Alone)
        {
            NaiveFolds.Predict(this, data, folds, settings, predictions, cancellation);
            return;
        }

        RidgeFolds.Predict(data, folds, lambdas, Scale, predictions, cancellation);
    }

    /// <inheritdoc/>
    public string? FormFor(Folds folds, int variables, int outputs, bool autoscales) =>
        !autoscales && folds.Count > RidgeShortcut.FoldsAloneMax ? "shortcut" : FoldForms.NameOf(folds, variables, autoscales);

    /// <summary>Seconds of the plain order; bytes of it or of the computation of all folds at once, whichever are more.</summary>
    public Cost Estimate(SpectralAxis axis, Folds folds, ImmutableArray<ISubset> subsets, ImmutableArray<ModelSetting> settings, int outputs)
    {
        Cost plain = CrossValidationCost.Of(this, axis, folds, subsets, settings, outputs);
        long shared = FoldForms.LargestOfWidths(axis, folds, subsets, width => folds.Count > RidgeShortcut.FoldsAloneMax
            ? RidgeShortcut.SizeBytes(folds.SampleCount, width, folds.HeldOutMax, settings.Length)
            : RidgeFolds.SizeBytes(folds, width, settings.Length));
        return plain with { PeakBytes = Math.Max(plain.PeakBytes, shared) };
    }

    /// <summary>All λ from one reduction of the cross-products.</summary>
    public LinearFits FitMoments(Moments calibration, ImmutableArray<ModelSetting> settings) =>
        RidgeOfMoments.Fit(calibration, [.. settings.Select(Lambda)], Scale);

    /// <summary>All λ from one reduction; none where a λ is so small that the cross-product has lost what the spectra still tell.</summary>
    public ISettingPath? FitPath(Moments calibration, ImmutableArray<ModelSetting> settings)
    {
        double trace = 0;
        for (int j = 0; j < calibration.XMeans.Length; j++)
        {
            trace += calibration.UpperXX[j, j];
        }

        double[] lambdas = RidgeDecomposition.Absolute([.. settings.Select(Lambda)], Scale, trace);
        if (lambdas.Any(lambda => lambda < SoundLambdaMin * trace))
        {
            return null;
        }

        LinearFits fits = FitMoments(calibration, settings);
        return new LinePath(fits.Coefficients, fits.Failures, [.. calibration.XMeans], calibration.YMeans[0]);
    }

    /// <summary>Of penalties in parts of the trace the settings tell; others depend on the spectra.</summary>
    public bool MayNeedSpectra(ImmutableArray<ModelSetting> settings) =>
        Scale != RidgeScale.Trace || settings.Any(setting => Lambda(setting) < SoundLambdaMin);

    /// <inheritdoc/>
    public long FitMomentsBytes(int variables, int settings) =>
        Tridiagonal.SizeBytes(variables) + (sizeof(double) * (long)variables * (variables + (3L * settings)));

    /// <summary>Refuses a penalty that is not above 0 and finite.</summary>
    internal static void RequireLambda(double lambda)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(lambda);
        if (!double.IsFinite(lambda))
        {
            throw new ArgumentOutOfRangeException(nameof(lambda), "Ridge expects a finite λ above 0.");
        }
    }

    /// <summary>The shortest digits that read back to the same number, as mantissa and exponent: 1e-4, 2.5e-7.</summary>
    internal static string Scientific(double value)
    {
        for (int digits = 0; digits < 17; digits++)
        {
            string text = value.ToString($"0.{new string('#', digits)}e-0", CultureInfo.InvariantCulture);
            if (double.Parse(text, CultureInfo.InvariantCulture) == value)
            {
                return text;
            }
        }

        return value.ToString("R", CultureInfo.InvariantCulture);
    }

    private static StageException Refusal(string message) => new(FailureKind.InvalidRequest, "Ridge " + message);

    private static double Lambda(ModelSetting setting)
    {
        if (setting.Name != SettingName)
        {
            throw new ArgumentException($"Ridge expects the setting {SettingName}, found {setting.Name}.", nameof(setting));
        }

        return setting.Value;
    }
}
