using System.Collections.Immutable;
using Pipeline.Engine.Planning;
using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Models.Kernels;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Models.SupportVectors;

/// <summary>Support vector regressions over kernels × ε × C: one set of distances for all, one kernel for every ε and C of a γ.</summary>
/// <remarks>A setting has one value, C; the rest is part of its name, as of kernel ridge.</remarks>
public sealed class SupportVectorRegressionFamily : ICandidateFamily
{
    private readonly Dictionary<ModelSetting, SupportVectorSetting> _parameters = [];

    /// <summary>A grid.</summary>
    /// <param name="kernels">Distinct kernels.</param>
    /// <param name="penalties">Distinct values of C.</param>
    /// <param name="epsilons">Distinct values of ε, in deviations of the response.</param>
    public SupportVectorRegressionFamily(
        ImmutableArray<SupportVectorKernel> kernels, ImmutableArray<double> penalties, ImmutableArray<double> epsilons)
    {
        foreach (SupportVectorSetting setting in SupportVectorGrid.OfNumbers(kernels, penalties, epsilons))
        {
            _parameters.Add(new ModelSetting(setting.Name, setting.Penalty), setting);
        }

        Settings = [.. _parameters.Keys];
    }

    /// <inheritdoc/>
    public string Name => "svr";

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public ImmutableArray<ModelSetting> Settings { get; }

    /// <summary>Such as <c>C=1e1, γ=0.1, ε=0.01</c>.</summary>
    public string Describe(ModelSetting setting) => Parameters(setting).Text;

    /// <summary>Every setting, from 2 samples on: a single one has no distance.</summary>
    public ImmutableArray<ModelSetting> SettingsFor(int calibrationSamples, int variables) =>
        calibrationSamples >= 2 && variables >= 1 ? Settings : [];

    /// <summary>A line, or a radial model: their arrays have different names.</summary>
    public IFittedModel Restore(ImmutableArray<NamedArray> learnt, int variables) =>
        learnt.Any(array => array.Name == FittedLine.CoefficientsName) ? FittedLine.Restore(learnt, variables) : FittedExpansion.Restore(learnt, variables);

    /// <inheritdoc/>
    public IModel Model(ModelSetting setting)
    {
        SupportVectorSetting one = Parameters(setting);
        return new SupportVectorRegression(one.Kernel, one.Penalty, one.Epsilon);
    }

    /// <summary>m²p for the products, one exponential for each pair and kernel, and the steps that spectra usually take, at fixed rates.</summary>
    public Cost EstimateFit(int calibrationSamples, int heldOutSamples, int variables, ImmutableArray<ModelSetting> settings, int outputs)
    {
        long m = calibrationSamples;
        SupportVectorSetting[] all = Parameters(settings);
        double seconds = SupportVectorCost.Seconds(m, variables, all)
            + SupportVectorCost.SecondsOfPredictions(heldOutSamples, m, variables, settings.Length);
        return new Cost(
            seconds,
            CentredCalibration.SizeBytes(m, variables)
                + (sizeof(double) * ((m * variables) + ((settings.Length + 10L) * (m + variables))))
                + SupportVectorCost.DistanceBytes(m)
                + SupportVectorCost.KernelBytes(m));
    }

    /// <summary>Seconds of the plain order; bytes of it or of the computation of all folds at once, whichever are more.</summary>
    public Cost Estimate(SpectralAxis axis, Folds folds, ImmutableArray<ISubset> subsets, ImmutableArray<ModelSetting> settings, int outputs)
    {
        Cost plain = CrossValidationCost.Of(this, axis, folds, subsets, settings, outputs);
        long lanes = Math.Min(FoldLanes.Max, folds.Count) * SupportVectorCost.KernelBytes(folds.SampleCount - folds.HeldOutMin);
        return plain with { PeakBytes = Math.Max(plain.PeakBytes, KernelFolds.SizeBytes(folds, settings.Length) + lanes) };
    }

    /// <summary>One set of distances for all settings, one kernel for every ε and C of a γ, C rising from the solution of the one before.</summary>
    public ISettingPath FitPath(MatrixView x, MatrixView y, ImmutableArray<ModelSetting> settings)
    {
        using CentredCalibration calibration = CentredCalibration.Of(x, y);
        SupportVectorRegression.RequireSamples(x.Rows);
        SupportVectorSetting[] parameters = Parameters(settings);
        SupportVectorWeights weights = SupportVectorRegression.Solve(KernelCalibration.Of(calibration), parameters);
        if (Array.Exists(parameters, one => !one.Kernel.IsLine))
        {
            return new SupportVectorPath(new KernelExpansion(calibration), weights);
        }

        var models = new IFittedModel?[settings.Length];
        for (int s = 0; s < models.Length; s++)
        {
            models[s] = weights.Failures[s] is null ? weights.Line(s, calibration.X, calibration.Means) : null;
        }

        return new FittedSettings(models, weights.Failures);
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
        if (data.Autoscales || !SharedRows.AreFinite(data) || data.Folds.SampleCount > SupportVectorRegression.SamplesMax)
        {
            NaiveFolds.Predict(this, data, folds, settings, predictions, cancellation);
            return;
        }

        SupportVectorSetting[] parameters = Parameters(settings);
        KernelFolds.Predict(
            data, folds, settings.Length, calibration => SupportVectorRegression.Solve(calibration, parameters), predictions, cancellation);
    }

    private SupportVectorSetting[] Parameters(ImmutableArray<ModelSetting> settings) => [.. settings.Select(Parameters)];

    private SupportVectorSetting Parameters(ModelSetting setting) =>
        _parameters.TryGetValue(setting, out SupportVectorSetting parameters)
            ? parameters
            : throw new ArgumentException($"This support vector regression has no setting {setting.Name} = {setting.Value}.", nameof(setting));
}
