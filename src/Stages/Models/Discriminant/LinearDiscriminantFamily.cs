using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Engine.Planning;
using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Models.Classes;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Models.Discriminant;

/// <summary>Linear discriminant analysis for several shrinkages: one decomposition of each calibration set answers all of them.</summary>
/// <remarks>
/// See <see cref="DiscriminantDecomposition"/> for the definition. With fewer variables than samples everything follows from
/// moments, which all folds share; else from coordinates in the space of each fold's spectra, where the shrunken covariance
/// differs from a multiple of the identity, so that time is n²p + 16n³ instead of 4p³/3. Balanced: every class has the same
/// prior probability, which is what minimises the mean error over classes; the covariance within the classes stays pooled.
/// </remarks>
public sealed class LinearDiscriminantFamily : ClassFamily
{
    private const string Singular =
        "The covariance within the classes is singular to working precision. Ask for a larger shrinkage, or choose fewer variables.";

    /// <summary>Operations per second of products and reduction together, one core, rounded down; feeds the estimate alone.</summary>
    private const double FlopsPerSecond = 5e9;

    private const double SecondsPerFit = 1e-4;

    private readonly Shrinkages _shrinkages;
    private readonly bool _isBalanced;

    /// <summary>Some shrinkages from 0 to 1.</summary>
    public LinearDiscriminantFamily(ImmutableArray<double> shrinkages, bool isBalanced = false)
    {
        _shrinkages = new Shrinkages(shrinkages, isBalanced ? BalancedSuffix : "", "Linear discriminants");
        _isBalanced = isBalanced;
    }

    /// <summary>The usual shrinkages, as parts of the mean variance within the classes.</summary>
    public static ImmutableArray<double> DefaultGrid => Shrinkages.DefaultGrid;

    /// <inheritdoc/>
    public override string Name => "lda";

    /// <inheritdoc/>
    public override int Version => 1;

    /// <inheritdoc/>
    public override ImmutableArray<ModelSetting> Settings => _shrinkages.Settings;

    /// <inheritdoc/>
    public override string Describe(ModelSetting setting) => _shrinkages.Describe(setting);

    /// <summary>Every setting from 3 samples on; no shrinkage only with more samples than variables.</summary>
    public override ImmutableArray<ModelSetting> SettingsFor(int calibrationSamples, int variables) => calibrationSamples < 3 || variables < 1
        ? []
        : [.. Settings.Where(setting => setting.Value > 0 || calibrationSamples > variables)];

    /// <summary>As fold after fold, or the moments of all folds where these are the way.</summary>
    public override Cost Estimate(
        SpectralAxis axis, Folds folds, ImmutableArray<ISubset> subsets, ImmutableArray<ModelSetting> settings, int outputs)
    {
        Cost inLanes = base.Estimate(axis, folds, subsets, settings, outputs);
        long p = axis.Count;
        if (!UsesMoments(folds, axis.Count))
        {
            return inLanes;
        }

        long fits = folds.Count * MomentsBytes(p, settings.Length, outputs);
        return inLanes with { PeakBytes = inLanes.PeakBytes + FoldMoments.MadeBytes(folds.Count, p, outputs, folds.Count, folds.SampleCount) + fits };
    }

    /// <inheritdoc/>
    public override string? FormFor(Folds folds, int variables, int outputs, bool autoscales) =>
        !autoscales && UsesMoments(folds, variables) ? "moments" : FoldForms.AloneName;

    /// <summary>All folds from shared moments where there are fewer variables than samples, else fold after fold.</summary>
    public override void PredictFolds(
        SharedSpectra data,
        ImmutableArray<int> folds,
        ImmutableArray<ModelSetting> settings,
        FoldPredictions predictions,
        CancellationToken cancellation)
    {
        if (data.Autoscales || !UsesMoments(data.Folds, data.X.Columns) || !SharedRows.AreFinite(data))
        {
            base.PredictFolds(data, folds, settings, predictions, cancellation);
            return;
        }

        var answers = new (FoldAnswers? Answers, string? Failure)[data.Folds.Count];
        using FoldMoments shared = FoldMoments.Of(data, cancellation);
        shared.VisitCalibrations([.. folds.Select(k => new FoldSplit(k))], data.Runner, (split, moments) =>
        {
            cancellation.ThrowIfCancellationRequested();

            // What one fold's calibration samples do not allow is no reason to lose the others.
            try
            {
                FittedSettings fits = Fits(ClassMoments.Of(moments), settings);
                answers[split.HeldOut] = (Answer(fits, data.X.SelectRows(data.Folds.HeldOut(split.HeldOut)), data.Y.Columns), null);
            }
            catch (StageException failure) when (failure.Kind is FailureKind.InvalidData or FailureKind.Numerical)
            {
                answers[split.HeldOut] = (null, failure.Message);
            }
        });
        foreach (int k in folds)
        {
            if (answers[k].Answers is { } answer)
            {
                answer.WriteTo(predictions, k);
            }
            else
            {
                FoldAnswers.FailAll(predictions, k, settings.Length, answers[k].Failure!);
            }
        }
    }

    /// <inheritdoc/>
    public override Cost EstimateFit(
        int calibrationSamples, int heldOutSamples, int variables, ImmutableArray<ModelSetting> settings, int outputs)
    {
        double m = Math.Min(calibrationSamples, variables);
        double flops = (2 * m * calibrationSamples * variables) + (16 * m * m * m)
            + (2.0 * settings.Length * outputs * variables * (heldOutSamples + m));
        return new Cost(
            SecondsPerFit + (flops / FlopsPerSecond),
            ClassCalibration.SizeBytes(calibrationSamples, variables)
                + PrincipalSpace.SizeBytes(calibrationSamples, variables)
                + MomentsBytes((long)m, settings.Length, outputs)
                + (sizeof(double) * settings.Length * ((long)outputs + 2) * variables));
    }

    private protected override FittedSettings Fit(MatrixView x, MatrixView y, ImmutableArray<ModelSetting> settings)
    {
        using var calibration = ClassCalibration.Of(x, y);
        int n = x.Rows;
        int p = x.Columns;
        if (p < n)
        {
            return Fits(ClassMoments.Of(Moments.Of(x, y)), settings);
        }

        var space = PrincipalSpace.Of(calibration.X);
        if (space.Count == 0)
        {
            return new FittedSettings(new IFittedModel?[settings.Length], [.. settings.Select(_ => Singular)]);
        }

        FittedSettings inSpace = Fits(ClassMoments.Of(Moments.Of(space.Coordinates.View, y)), settings, p);
        for (int s = 0; s < settings.Length; s++)
        {
            if (inSpace.Models[s] is FittedClassLines lines)
            {
                // The mean of the coordinates is 0 but for rounding, which the intercepts take.
                inSpace.Models[s] = new FittedClassLines(
                    calibration.Means,
                    space.ToVariables(lines.Coefficients),
                    Finite(lines.InterceptsAtZero()),
                    [.. calibration.Counts.Select(count => count > 0)]);
            }
        }

        return inSpace;
    }

    private static bool UsesMoments(Folds folds, int variables) => variables < folds.SampleCount && FoldForms.CanHoldMoments(folds, variables);

    /// <summary>Bytes of one fit from moments: moments within, copies, tridiagonal form, and lines.</summary>
    private static long MomentsBytes(long p, int settings, int outputs) => sizeof(double) * ((5 * p * p) + (p * outputs * (settings + 6L)) + (8 * p));

    private FittedSettings Fits(ClassMoments moments, ImmutableArray<ModelSetting> settings, int variables = 0)
    {
        var decomposition = new DiscriminantDecomposition(moments, _isBalanced, variables);
        bool[] present = [.. moments.Counts.Select(count => count > 0)];
        var models = new IFittedModel?[settings.Length];
        string?[] failures = new string?[settings.Length];
        for (int s = 0; s < settings.Length; s++)
        {
            FittedDiscriminant? fitted = decomposition.Fit(_shrinkages.Value(settings[s]));
            failures[s] = fitted is null ? Singular : null;
            models[s] = fitted is null
                ? null
                : new FittedClassLines(fitted.Mean, fitted.Coefficients.ToMatrix(), Finite(fitted.Intercepts), present);
        }

        return new FittedSettings(models, failures);
    }

    /// <summary>A class without samples has no prior; that it is absent is said apart, and saved numbers are finite.</summary>
    private static double[] Finite(double[] intercepts) => [.. intercepts.Select(value => double.IsNegativeInfinity(value) ? 0 : value)];
}
