using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Engine;
using Pipeline.Engine.Planning;
using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Models.ElasticNet;

/// <summary>Lasso, or elastic net with one mixing, over a grid of penalties: one descent in each calibration set answers all of them.</summary>
public sealed class ElasticNetFamily : ICandidateFamily
{
    /// <summary>The name of the setting: a fraction of the smallest penalty that leaves every coefficient 0.</summary>
    public const string SettingName = "fraction";

    /// <summary>The most penalties that may be asked for.</summary>
    public const int PenaltiesMax = 1000;

    /// <summary>The smallest fraction that may be asked for.</summary>
    public const double FractionMin = 1e-8;

    private const double MixingMin = 1e-3;

    /// <summary>Operations per second of dot products and the factor together, one core, rounded down; feeds the estimate alone.</summary>
    private const double FlopsPerSecond = 4e9;

    /// <summary>Seconds that one fit takes however small it is.</summary>
    private const double SecondsPerFit = 1e-4;

    /// <summary>Rounds for each penalty on the moments of spectra, rounded up; feeds the estimate alone.</summary>
    private const double RoundsPerPenalty = 4;

    /// <summary>The same where samples are fewer than variables, and more of these are alike: between 10 and 40, by the chain. Measured 1000 × 2000.</summary>
    private const double RoundsPerPenaltyOfFewSamples = 20;

    /// <summary>A family with distinct fractions, each above 0 and at most 1, from the strongest penalty to the weakest.</summary>
    /// <param name="mixing">The share of the absolute penalty; 1 is the lasso.</param>
    /// <param name="fractions">The penalties.</param>
    public ElasticNetFamily(double mixing, ImmutableArray<double> fractions)
    {
        if (mixing is not (>= MixingMin and <= 1))
        {
            throw Refusal(string.Create(
                CultureInfo.InvariantCulture, $"takes a mixing from {MixingMin} to 1, found {mixing}."));
        }

        if (fractions.IsDefaultOrEmpty || fractions.Length > PenaltiesMax)
        {
            throw Refusal($"takes 1 to {PenaltiesMax} penalties, found {(fractions.IsDefault ? 0 : fractions.Length)}.");
        }

        foreach (double fraction in fractions)
        {
            if (fraction is not (>= FractionMin and <= 1))
            {
                throw Refusal(string.Create(
                    CultureInfo.InvariantCulture,
                    $"takes penalties as fractions of the one that leaves no variable, from {FractionMin} to 1, found {fraction}."));
            }
        }

        if (fractions.Distinct().Count() != fractions.Length)
        {
            throw Refusal("takes distinct penalties, found one of them twice.");
        }

        Mixing = mixing;
        Settings = [.. fractions.Select(fraction => new ModelSetting(SettingName, fraction))];
    }

    /// <summary>The grid of searches: ten fractions to a decade from 0.8 down to 1e-5, the preferred numbers R10.</summary>
    public static ImmutableArray<double> DefaultGrid { get; } =
        [.. from power in Enumerable.Range(1, 5) from digits in (double[])[8, 6.3, 5, 4, 3.2, 2.5, 2, 1.6, 1.3, 1]
            select double.Parse(string.Create(CultureInfo.InvariantCulture, $"{digits}e-{power}"), CultureInfo.InvariantCulture)];

    /// <summary>The share of the absolute penalty; 1 is the lasso.</summary>
    public double Mixing { get; }

    /// <inheritdoc/>
    public string Name => Mixing == 1 ? "lasso" : "enet";

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public ImmutableArray<ModelSetting> Settings { get; }

    /// <summary>Such as <c>λ=0.063·max</c>, or <c>λ=0.063·max, mixing 0.5</c>; different settings read differently.</summary>
    public string Describe(ModelSetting setting)
    {
        string text = $"λ={Fraction(setting).ToString("R", CultureInfo.InvariantCulture)}·max";
        return Mixing == 1 ? text : string.Create(CultureInfo.InvariantCulture, $"{text}, mixing {Mixing}");
    }

    /// <summary>Every penalty, for any number of samples and variables.</summary>
    public ImmutableArray<ModelSetting> SettingsFor(int calibrationSamples, int variables) =>
        calibrationSamples >= 1 && variables >= 1 ? Settings : [];

    /// <inheritdoc/>
    public IModel Model(ModelSetting setting) => new ElasticNetRegression(Fraction(setting), Mixing);

    /// <summary>The products of the form that the shape asks for, and for each penalty some rounds with half of the variables that it may use.</summary>
    public Cost EstimateFit(int calibrationSamples, int heldOutSamples, int variables, ImmutableArray<ModelSetting> settings, int outputs)
    {
        double n = calibrationSamples;
        double p = variables;

        double used = Active(calibrationSamples, variables) / 2.0;
        bool moments = UsesMoments(calibrationSamples, variables);
        double gradient = moments ? 2 * p * used : 2 * n * (used + (p / 4));
        double rounds = moments ? RoundsPerPenalty : RoundsPerPenaltyOfFewSamples;
        double flops = (moments ? n * p * p : 2 * n * p)
            + (settings.Length * ((rounds * (gradient + (4 * used * used))) + (2 * heldOutSamples * used)));
        long products = moments
            ? ScratchMatrix.SizeBytes(variables, variables) + PanelBytes(variables)
            : ScratchMatrix.SizeBytes(calibrationSamples, variables);
        return new Cost(
            SecondsPerFit + (flops / FlopsPerSecond),
            CentredCalibration.SizeBytes(calibrationSamples, variables) + products + DescentBytes(calibrationSamples, variables, settings.Length));
    }

    /// <summary>Borrowed by the product of p variables with each other: packed panels on both sides.</summary>
    internal static long PanelBytes(long variables) => (4096 * variables) + 16384;

    /// <summary>One descent for all penalties asked.</summary>
    public ISettingPath FitPath(MatrixView x, MatrixView y, ImmutableArray<ModelSetting> settings) =>
        FitPath(x, y, [.. settings.Select(Fraction)], Mixing, default);

    /// <summary>All folds from their moments where samples are many; otherwise fold by fold, folds side by side.</summary>
    public void PredictFolds(
        SharedSpectra data,
        ImmutableArray<int> folds,
        ImmutableArray<ModelSetting> settings,
        FoldPredictions predictions,
        CancellationToken cancellation) =>
        new ElasticNetFolds(this, data, settings).Predict(folds, predictions, cancellation);

    /// <inheritdoc/>
    public string? FormFor(Folds folds, int variables, int outputs, bool autoscales) => SharesMoments(folds, variables) ? "moments" : FoldForms.AloneName;

    /// <summary>Seconds of the plain order; bytes of it, of fits side by side and, where they are shared, of the moments of all folds.</summary>
    public Cost Estimate(SpectralAxis axis, Folds folds, ImmutableArray<ISubset> subsets, ImmutableArray<ModelSetting> settings, int outputs)
    {
        Cost plain = CrossValidationCost.Of(this, axis, folds, subsets, settings, outputs);
        return plain with { PeakBytes = plain.PeakBytes + FoldForms.LargestOfWidths(axis, folds, subsets, Others) };

        // What comes on top of the one fold of the plain order; answers and held-out rows wait until all folds have them.
        long Others(int width)
        {
            long answers = (long)folds.Count * settings.Length * width * ((2 * sizeof(double)) + sizeof(int));
            int calibration = folds.SampleCount - folds.HeldOutMin;
            if (!SharesMoments(folds, width))
            {
                long rows = sizeof(double) * (long)folds.SampleCount * (width + 2);
                long one = rows + EstimateFit(calibration, folds.HeldOutMax, width, settings, outputs).PeakBytes;
                return ((Math.Min(FoldLanes.Max, folds.Count) - 1) * one) + rows + answers;
            }

            // Moments of divided variables are a copy.
            int visits = FoldForms.VisitsAtOnce(folds);
            long fit = Moments.SizeBytes(width, 1) + DescentBytes(calibration, width, settings.Length);
            return FoldForms.MomentsBytes(folds, width, visits) + ((visits - 1) * fit) + answers;
        }
    }

    /// <summary>Whether all folds are answered from their moments.</summary>
    internal static bool SharesMoments(Folds folds, int variables) =>
        UsesMoments(folds.SampleCount - folds.HeldOutMax, variables) && FoldForms.CanHoldMoments(folds, variables);

    /// <summary>Whether cross-products of all variables are formed: from as many samples as variables on.</summary>
    internal static bool UsesMoments(int calibrationSamples, int variables) => calibrationSamples >= variables;

    /// <summary>Fits fractions of the penalty on one calibration set.</summary>
    internal static ElasticNetPath FitPath(
        MatrixView x, MatrixView y, ReadOnlySpan<double> fractions, double mixing, CancellationToken cancellation)
    {
        using CentredCalibration calibration = CentredCalibration.Of(x, y);
        using ICrossProducts products = UsesMoments(x.Rows, x.Columns)
            ? new MomentProducts(calibration)
            : new SpectraProducts(calibration);
        return ElasticNetPath.Of(products, fractions, mixing, [], calibration.Means, calibration.YMean, cancellation);
    }

    /// <summary>Refuses a share that is not above 0 and at most 1.</summary>
    internal static void RequireMixing(double mixing)
    {
        if (!(mixing > 0 && mixing <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(mixing), "The share of the absolute penalty must lie above 0 and be at most 1.");
        }
    }

    /// <summary>Variables with coefficients: those of the lasso are as many as samples at most; shared penalties rarely twice as many.</summary>
    private long Active(long samples, long variables) => Math.Min(Mixing == 1 ? samples : 2 * samples, variables);

    /// <summary>What a descent holds beside the products: the factor of the variables with coefficients, and the answer for each penalty.</summary>
    private long DescentBytes(long samples, long variables, long settings)
    {
        long active = Active(samples, variables);
        return sizeof(double) * ((8 * variables) + (2 * samples) + (4 * active * active) + (settings * (active + variables)));
    }

    /// <summary>The fraction that a setting names.</summary>
    internal static double Fraction(ModelSetting setting)
    {
        if (setting.Name != SettingName)
        {
            throw new ArgumentException($"Lasso and elastic net expect the setting {SettingName}, found {setting.Name}.", nameof(setting));
        }

        return setting.Value;
    }

    private static StageException Refusal(string message) => new(FailureKind.InvalidRequest, "Lasso or elastic net " + message);
}
