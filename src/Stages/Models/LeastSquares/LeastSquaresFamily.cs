using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Engine.Planning;
using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Models.ElasticNet;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Models.LeastSquares;

/// <summary>Ordinary least squares on chosen variables: a family of one setting.</summary>
public sealed class LeastSquaresFamily : ICandidateFamily
{
    /// <summary>The name of the one setting: the degree of the terms, 1.</summary>
    public const string SettingName = "degree";

    /// <summary>From so many variables on the moments of all folds are worth their own form: below, corrections through the rows dominate.</summary>
    internal const int MomentsVariablesMin = 32;

    /// <summary>Operations per second of cross-products and factor together, one core, rounded down; feeds the estimate alone.</summary>
    private const double FlopsPerSecond = 4e9;

    /// <summary>Seconds that one fit takes however small it is.</summary>
    private const double SecondsPerFit = 2e-5;

    /// <inheritdoc/>
    public string Name => "ols";

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public ImmutableArray<ModelSetting> Settings { get; } = [new(SettingName, 1)];

    /// <inheritdoc/>
    public string Describe(ModelSetting setting) => "least squares";

    /// <summary>The one setting where at least one degree of freedom is left for the residuals.</summary>
    public ImmutableArray<ModelSetting> SettingsFor(int calibrationSamples, int variables) =>
        variables >= 1 && variables <= calibrationSamples - 2 ? Settings : [];

    /// <inheritdoc/>
    public IModel Model(ModelSetting setting) => new LeastSquaresRegression();

    /// <summary>np² + p³/3 for the factor and 4np for each solution, at a fixed rate.</summary>
    public Cost EstimateFit(int calibrationSamples, int heldOutSamples, int variables, ImmutableArray<ModelSetting> settings, int outputs)
    {
        double n = calibrationSamples;
        double p = variables;
        double flops = (n * p * p) + (p * p * p / 3) + (12 * n * p) + (2 * heldOutSamples * p);
        return new Cost(
            SecondsPerFit + (flops / FlopsPerSecond),
            CentredCalibration.SizeBytes(calibrationSamples, variables)
                + ScratchMatrix.SizeBytes(variables, variables)
                + ElasticNetFamily.PanelBytes(variables)
                + FactorBytes(calibrationSamples, variables));
    }

    /// <inheritdoc/>
    public string? FormFor(Folds folds, int variables, int outputs, bool autoscales) => SharesMoments(folds, variables) ? "moments" : FoldForms.AloneName;

    /// <summary>Seconds of the plain order; bytes of it and, where they are shared, of the moments of all folds and of fits side by side.</summary>
    public Cost Estimate(SpectralAxis axis, Folds folds, ImmutableArray<ISubset> subsets, ImmutableArray<ModelSetting> settings, int outputs)
    {
        Cost plain = CrossValidationCost.Of(this, axis, folds, subsets, settings, outputs);
        int visits = FoldForms.VisitsAtOnce(folds);
        long shared = FoldForms.LargestOfWidths(axis, folds, subsets, width => SharesMoments(folds, width)
            ? FoldForms.MomentsBytes(folds, width, visits) + ((visits - 1) * FactorBytes(folds.SampleCount, width))
            : 0);
        return plain with { PeakBytes = plain.PeakBytes + shared };
    }

    /// <summary>The one fit.</summary>
    public ISettingPath FitPath(MatrixView x, MatrixView y, ImmutableArray<ModelSetting> settings)
    {
        if (settings.IsEmpty)
        {
            return new UnansweredPath(
                $"Least squares needs two calibration samples more than variables, found {x.Rows} and {x.Columns}. "
                + "Choose variables by something else than their importance to it.");
        }

        try
        {
            return LeastSquaresRegression.Fit(x, y);
        }
        catch (StageException failure) when (failure.Kind == FailureKind.Numerical)
        {
            // The contract of paths: a setting without answer says so when it is asked.
            return new UnansweredPath(failure.Message);
        }
    }

    /// <summary>Many variables from the moments of all folds, few ones fold by fold.</summary>
    public void PredictFolds(
        SharedSpectra data,
        ImmutableArray<int> folds,
        ImmutableArray<ModelSetting> settings,
        FoldPredictions predictions,
        CancellationToken cancellation)
    {
        if (SharesMoments(data.Folds, data.X.Columns) && settings.Length == 1)
        {
            new LeastSquaresFolds(this, data).Predict(folds, settings, predictions, cancellation);
        }
        else
        {
            NaiveFolds.Predict(this, data, folds, settings, predictions, cancellation);
        }
    }

    /// <summary>Factor and solutions of one calibration set.</summary>
    private static long FactorBytes(long samples, long variables) =>
        sizeof(double) * ((4 * variables * variables) + (8 * variables) + samples);

    private static bool SharesMoments(Folds folds, int variables) =>
        variables >= MomentsVariablesMin && FoldForms.CanHoldMoments(folds, variables);

    private sealed class UnansweredPath(string reason) : ISettingPath
    {
        public string? FailureOf(int settingIndex) => reason;

        public void Predict(MatrixView x, MatrixSpan yHat)
        {
        }

        public void CopyImportance(int settingIndex, Span<double> importance) =>
            throw new InvalidOperationException($"A setting without answer has no importance: {reason}");
    }
}
