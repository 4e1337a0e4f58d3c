using System.Collections.Immutable;
using Pipeline.Engine.Planning;
using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Models.Trees.Forest.Splits;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Models.Trees.Forest;

/// <summary>Random forests, or extremely randomised trees, over numbers of trees × depths: one grown forest answers them all.</summary>
/// <remarks>
/// A smaller forest is a prefix of a larger one and a shallower tree is a deeper one cut off, to the bit. A setting has one
/// value, the number of trees; the depth is part of its name, <c>trees at depth 15</c>. All folds use the same draws.
/// </remarks>
public sealed class ForestFamily : ICandidateFamily
{
    /// <summary>
    /// Samples of a variable passed per second on one core in their order, rounded down; feeds the estimate alone. Measured 600 × 150 and
    /// 1000 × 2000.
    /// </summary>
    private const double SamplesPerSecond = 1.5e9;

    /// <summary>The same where cuts are drawn, which look each sample up in its row.</summary>
    private const double SamplesPerSecondOfDrawnCuts = 1.7e8;

    /// <summary>Seconds of one tree however small it is, and of each of its nodes.</summary>
    private const double SecondsPerNode = 4e-7;

    /// <summary>Bytes of a node while trees are kept: the tree, gains, depths, and the room of the lists that it comes from.</summary>
    private const long NodeBytes = 64;

    private readonly ForestSettings _settings;
    private readonly ForestRules _rules;

    /// <summary>A grid of numbers of trees and depths.</summary>
    /// <param name="kind">Which forest.</param>
    /// <param name="responds">Numbers or classes.</param>
    /// <param name="trees">Distinct numbers of trees, at most 5000.</param>
    /// <param name="depths">Distinct depths, at most 1000; <see cref="int.MaxValue"/> for trees that grow until they fit.</param>
    /// <param name="share">How many variables a split looks at.</param>
    /// <param name="seed">Of all random draws.</param>
    public ForestFamily(
        ForestKind kind,
        ResponseKind responds,
        ImmutableArray<int> trees,
        ImmutableArray<int> depths,
        VariableShare share,
        ulong seed)
    {
        Name = NameOf(kind, responds);
        _rules = new ForestRules(responds, kind == ForestKind.Extra, share, seed);
        _settings = new ForestSettings(Name, trees, depths);
    }

    /// <summary>The usual number of trees.</summary>
    public static ImmutableArray<int> DefaultTrees { get; } = [200];

    /// <summary>The usual depth: trees grow until they fit.</summary>
    public static ImmutableArray<int> DefaultDepths { get; } = [ForestSettings.NoDepth];

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public ResponseKind Responds => _rules.Responds;

    /// <inheritdoc/>
    public ImmutableArray<ModelSetting> Settings => _settings.All;

    /// <summary>The rules by which trees are grown.</summary>
    internal ForestRules Rules => _rules;

    /// <summary>The usual share of variables: a third for numbers, the square root for classes.</summary>
    public static VariableShare DefaultShare(ResponseKind responds) =>
        responds == ResponseKind.Class ? VariableShare.Root : VariableShare.Third;

    /// <summary>The catalogue key.</summary>
    public static string NameOf(ForestKind kind, ResponseKind responds) =>
        (kind == ForestKind.Extra ? "extratrees" : "forest") + (responds == ResponseKind.Class ? "class" : "");

    /// <summary>Such as <c>200 trees, depth 15</c>.</summary>
    public string Describe(ModelSetting setting) => _settings.Describe(setting);

    /// <summary>Every setting, up to 65,535 samples.</summary>
    public ImmutableArray<ModelSetting> SettingsFor(int calibrationSamples, int variables) =>
        calibrationSamples is >= 1 and <= TreeSpectra.SamplesMax && variables >= 1 ? Settings : [];

    /// <inheritdoc/>
    public IModel Model(ModelSetting setting)
    {
        (int trees, int depth) = _settings.Of(setting);
        return new RandomForest(_rules, trees, depth);
    }

    /// <inheritdoc/>
    public IFittedModel Restore(ImmutableArray<NamedArray> learnt, int variables) => FittedForest.Restore(learnt, variables);

    /// <summary>Each tree passes its samples once per level and variable looked at, at a fixed rate.</summary>
    public Cost EstimateFit(int calibrationSamples, int heldOutSamples, int variables, ImmutableArray<ModelSetting> settings, int outputs)
    {
        double n = calibrationSamples;
        ForestReading reading = Reading(settings);
        double levels = Math.Min(reading.Depths[^1], 2 * NaturalLogarithm.Base2(n + 1));
        double passes = reading.TreesMax * n * levels * _rules.VariablesPerSplit(variables);
        double seconds = (passes / (_rules.DrawsCuts ? SamplesPerSecondOfDrawnCuts : SamplesPerSecond)) + (n * variables * 1e-8)
            + (reading.TreesMax * ((2 * n) + (heldOutSamples * levels)) * SecondsPerNode);
        return new Cost(seconds, PathBytes(calibrationSamples, variables, reading, outputs) + SharedBytes(calibrationSamples, variables, outputs));
    }

    /// <summary>Seconds of the plain order; bytes of it or of the computation of all folds at once, whichever are more.</summary>
    public Cost Estimate(SpectralAxis axis, Folds folds, ImmutableArray<ISubset> subsets, ImmutableArray<ModelSetting> settings, int outputs)
    {
        Cost plain = CrossValidationCost.Of(this, axis, folds, subsets, settings, outputs);
        ForestReading reading = Reading(settings);
        long grower = TreeGrower.SizeBytes(folds.SampleCount, axis.Count, outputs, _rules);
        long sums = sizeof(double) * (long)folds.SampleCount
            * (((long)reading.Blocks * reading.Depths.Length) + (2 * settings.Length));
        long atOnce = SharedBytes(folds.SampleCount, axis.Count, outputs) + (ForestFolds.Lanes(grower) * grower) + sums;
        return plain with { PeakBytes = Math.Max(plain.PeakBytes, atOnce) };
    }

    /// <summary>One forest for all settings.</summary>
    public ISettingPath FitPath(MatrixView x, MatrixView y, ImmutableArray<ModelSetting> settings)
    {
        ForestReading reading = Reading(settings);
        return new ForestPath(RandomForest.Grow(x, y, _rules, reading.TreesMax, reading.Depths[^1]), reading);
    }

    /// <summary>All folds from samples that are sorted once.</summary>
    public void PredictFolds(
        SharedSpectra data,
        ImmutableArray<int> folds,
        ImmutableArray<ModelSetting> settings,
        FoldPredictions predictions,
        CancellationToken cancellation) =>
        ForestFolds.Predict(data, folds, _rules, Reading(settings), predictions, cancellation);

    private ForestReading Reading(ImmutableArray<ModelSetting> settings) => new([.. settings.Select(_settings.Of)]);

    private long SharedBytes(long samples, long variables, int outputs) =>
        (_rules.DrawsCuts ? 0 : VariableOrders.SizeBytes(samples, variables)) + (samples * (16 + (sizeof(double) * outputs))) + (2 * variables);

    private long PathBytes(long samples, int variables, ForestReading reading, int outputs)
    {
        long nodes = reading.Depths[^1] < 30 ? Math.Min(2 * samples, 2L << reading.Depths[^1]) : 2 * samples;
        return (sizeof(double) * samples * (variables + outputs))
            + (reading.TreesMax * nodes * (NodeBytes + (2 * sizeof(double) * outputs)))
            + TreeGrower.SizeBytes(samples, variables, outputs, _rules)
            + (3L * sizeof(double) * variables);
    }
}
