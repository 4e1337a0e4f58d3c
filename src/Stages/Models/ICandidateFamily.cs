using System.Collections.Immutable;
using Pipeline.Engine.Planning;
using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Models;

/// <summary>The models that share one computation: all component counts of PLS, all λ of ridge.</summary>
/// <remarks>
/// Default bodies make every family complete: <see cref="FitPath"/> loops over <see cref="IModel.Fit"/> and
/// <see cref="PredictFolds"/> over folds, the naive twins of every fast path; <see cref="CrossValidate"/> loops over subsets. A family overrides
/// what it can do faster, never what it means. Immutable, safe for several threads.
/// </remarks>
public interface ICandidateFamily
{
    /// <summary>The short name, also the catalogue key, such as <c>pls</c>.</summary>
    string Name { get; }

    /// <summary>Raised by one whenever the numbers change beyond golden tolerance.</summary>
    int Version { get; }

    /// <summary>What the family predicts; a number unless it says otherwise.</summary>
    ResponseKind Responds => ResponseKind.Number;

    /// <summary>The settings, from the simplest model to the most flexible one.</summary>
    ImmutableArray<ModelSetting> Settings { get; }

    /// <summary>A setting as people write it, such as <c>6 LV</c>.</summary>
    string Describe(ModelSetting setting);

    /// <summary>The settings that this many calibration samples and variables can answer; the rest never become candidates.</summary>
    ImmutableArray<ModelSetting> SettingsFor(int calibrationSamples, int variables);

    /// <summary>One member of the family.</summary>
    IModel Model(ModelSetting setting);

    /// <summary>A fitted model from what it had learnt; it predicts the same bits. This body restores lines.</summary>
    /// <param name="learnt">The arrays of <see cref="IFittedModel.Learnt"/>; others beside them are not looked at.</param>
    /// <param name="variables">Variables of a spectrum, p.</param>
    /// <exception cref="Engine.StageException">An array is missing or has another shape.</exception>
    IFittedModel Restore(ImmutableArray<NamedArray> learnt, int variables) => FittedLine.Restore(learnt, variables);

    /// <summary>Seconds and scratch bytes of one <see cref="FitPath"/> with its predictions of held-out samples.</summary>
    /// <param name="calibrationSamples">Samples fitted on.</param>
    /// <param name="heldOutSamples">Samples predicted.</param>
    /// <param name="variables">Variables, p.</param>
    /// <param name="settings">Some of <see cref="Settings"/>.</param>
    /// <param name="outputs">Columns of y: 1, or the number of classes.</param>
    Cost EstimateFit(int calibrationSamples, int heldOutSamples, int variables, ImmutableArray<ModelSetting> settings, int outputs);

    /// <summary>Seconds and bytes of <see cref="CrossValidate"/> beside the data handed in and the cells.</summary>
    /// <param name="axis">The axis that the models see.</param>
    /// <param name="folds">The folds.</param>
    /// <param name="subsets">The choices of variables.</param>
    /// <param name="settings">Some of <see cref="Settings"/>.</param>
    /// <param name="outputs">Columns of y: 1, or the number of classes.</param>
    Cost Estimate(SpectralAxis axis, Folds folds, ImmutableArray<ISubset> subsets, ImmutableArray<ModelSetting> settings, int outputs) =>
        CrossValidationCost.Of(this, axis, folds, subsets, settings, outputs);

    /// <summary>The form in which all folds are computed, such as <c>dual</c>, where a family has several; part of every key.</summary>
    /// <param name="folds">The folds.</param>
    /// <param name="variables">Variables at most, p.</param>
    /// <param name="outputs">Columns of y: 1, or the number of classes.</param>
    /// <param name="autoscales">Whether each fold divides them by their deviation.</param>
    string? FormFor(Folds folds, int variables, int outputs, bool autoscales) => null;

    /// <summary>Answers several settings from one calibration set.</summary>
    /// <param name="x">n × p calibration spectra.</param>
    /// <param name="y">n × q: one response, or an indicator of each class.</param>
    /// <param name="settings">Some of <see cref="Settings"/>.</param>
    ISettingPath FitPath(MatrixView x, MatrixView y, ImmutableArray<ModelSetting> settings) =>
        new NaiveSettingPath(this, x, y, settings);

    /// <summary>Predicts the held-out samples of several folds with several settings, all from one set of variables.</summary>
    /// <remarks>
    /// This body fits fold after fold and is the naive twin of families that answer all folds in one computation.
    /// Bad data or numerics in one fold are that fold's failure; what is thrown fails all folds asked.
    /// </remarks>
    /// <param name="data">The spectra, of which only these variables count.</param>
    /// <param name="folds">The folds to predict.</param>
    /// <param name="settings">Some of <see cref="Settings"/>.</param>
    /// <param name="predictions">Every setting × fold is written once.</param>
    /// <param name="cancellation">Looked at between folds at least.</param>
    void PredictFolds(
        SharedSpectra data,
        ImmutableArray<int> folds,
        ImmutableArray<ModelSetting> settings,
        FoldPredictions predictions,
        CancellationToken cancellation) =>
        NaiveFolds.Predict(this, data, folds, settings, predictions, cancellation);

    /// <summary>Fills every cell of subsets × settings × folds.</summary>
    void CrossValidate(
        FoldedSpectra data,
        ImmutableArray<ISubset> subsets,
        ImmutableArray<ModelSetting> settings,
        CellTable cells,
        CancellationToken cancellation) =>
        new FoldLoop(this, data, subsets, settings, cells).Run(cancellation);
}
