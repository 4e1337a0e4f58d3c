using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Engine.Planning;
using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Models.Classes;

/// <summary>What families of classes share that fit each fold on its own: paths, members, folds in lanes, estimates.</summary>
public abstract class ClassFamily : ICandidateFamily
{
    /// <summary>What makes classes count the same, where it was asked for; ends the names of settings, so that keys differ.</summary>
    internal const string BalancedSuffix = ", balanced";

    private protected ClassFamily()
    {
    }

    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public abstract int Version { get; }

    /// <inheritdoc/>
    public ResponseKind Responds => ResponseKind.Class;

    /// <inheritdoc/>
    public abstract ImmutableArray<ModelSetting> Settings { get; }

    /// <inheritdoc/>
    public abstract string Describe(ModelSetting setting);

    /// <inheritdoc/>
    public abstract ImmutableArray<ModelSetting> SettingsFor(int calibrationSamples, int variables);

    /// <inheritdoc/>
    public IModel Model(ModelSetting setting) => new Member(this, setting);

    /// <inheritdoc/>
    public virtual IFittedModel Restore(ImmutableArray<NamedArray> learnt, int variables) => FittedClassLines.Restore(learnt, variables);

    /// <inheritdoc/>
    public abstract Cost EstimateFit(
        int calibrationSamples, int heldOutSamples, int variables, ImmutableArray<ModelSetting> settings, int outputs);

    /// <summary>The plain order, with as many folds at once as there are lanes.</summary>
    public virtual Cost Estimate(
        SpectralAxis axis, Folds folds, ImmutableArray<ISubset> subsets, ImmutableArray<ModelSetting> settings, int outputs)
    {
        Cost plain = CrossValidationCost.Of(this, axis, folds, subsets, settings, outputs);
        int widest = subsets.Max(subset => subset.VariablesMax(axis));
        Cost fit = EstimateFit(folds.SampleCount - folds.HeldOutMin, folds.HeldOutMax, widest, settings, outputs);
        long lanes = Math.Min(FoldLanes.Max, folds.Count);
        long rows = sizeof(double) * (long)folds.SampleCount * (widest + outputs);
        return plain with { PeakBytes = plain.PeakBytes + (lanes * (fit.PeakBytes + rows)) + rows };
    }

    /// <inheritdoc/>
    public virtual string? FormFor(Folds folds, int variables, int outputs, bool autoscales) => null;

    /// <inheritdoc/>
    public ISettingPath FitPath(MatrixView x, MatrixView y, ImmutableArray<ModelSetting> settings) => Fit(x, y, settings);

    /// <summary>Fold after fold, in lanes that run side by side.</summary>
    public virtual void PredictFolds(
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
                return Answer(Fit(rows.X.View, rows.Y.View, settings), rows.HeldOut, data.Y.Columns);
            },
            (k, answers) => answers.WriteTo(predictions, k),
            (k, reason) => FoldAnswers.FailAll(predictions, k, settings.Length, reason),
            cancellation);

    /// <summary>What held-out spectra are predicted by the models of one fold.</summary>
    private protected static FoldAnswers Answer(FittedSettings fits, Matrix heldOut, int outputs)
    {
        var answers = new FoldAnswers(new Matrix(fits.Models.Length, heldOut.Rows * outputs), new string?[fits.Models.Length]);
        fits.WriteTo([.. Enumerable.Range(0, fits.Models.Length)], heldOut, outputs, answers);
        return answers;
    }

    /// <summary>Fits n × p spectra with n × C indicators with every setting.</summary>
    private protected abstract FittedSettings Fit(MatrixView x, MatrixView y, ImmutableArray<ModelSetting> settings);

    /// <summary>One member, fitted as a path of one setting.</summary>
    private sealed class Member(ClassFamily family, ModelSetting setting) : IModel
    {
        public IFittedModel Fit(MatrixView x, MatrixView y)
        {
            FittedSettings fits = family.Fit(x, y, [setting]);
            return fits.Models[0] ?? throw new StageException(FailureKind.Numerical, fits.Failures[0]!);
        }
    }
}
