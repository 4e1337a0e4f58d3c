using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Engine;
using Pipeline.Engine.Planning;
using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Models.Trees.Boosting.Growth;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Models.Trees.Boosting;

/// <summary>Boosted trees with several numbers of rounds, all read off one run.</summary>
/// <remarks>
/// A setting has one value, the rounds; the rules are part of its name, so that leaderboards and keys need no further columns.
/// </remarks>
public sealed class BoostingFamily : ICandidateFamily
{
    /// <summary>The most rounds that may be asked for.</summary>
    public const int RoundsLimit = 5000;

    /// <summary>The most numbers of rounds that may be asked for.</summary>
    public const int SettingsLimit = 100;

    /// <summary>The most calibration samples: beyond them, exact sums keep fewer digits of a gradient than single precision.</summary>
    public const int SamplesLimit = 200_000;

    /// <summary>Folds that are fitted in step; more take turns, so that their bins are not all held at once.</summary>
    public const int FoldsTogether = 8;

    /// <summary>Cores that sort variables at once, at most: bounds the estimate of bytes.</summary>
    private const long CoresAssumed = 64;

    private const double SecondsPerAddition = 0.7e-9;
    private const double SecondsPerBin = 0.6e-9;
    private const double SecondsPerValue = 1.2e-7;
    private const double SecondsPerTree = 4e-5;

    private readonly ResponseKind _kind;
    private readonly BoostingRules _rules;
    private readonly string _settingName;

    /// <summary>Some distinct numbers of rounds under the same rules.</summary>
    /// <param name="kind">What is predicted.</param>
    /// <param name="rounds">Numbers of rounds.</param>
    /// <param name="rules">How trees grow.</param>
    public BoostingFamily(ResponseKind kind, ImmutableArray<int> rounds, BoostingRules rules)
    {
        if (rounds.IsDefaultOrEmpty || rounds.Length > SettingsLimit || rounds.Distinct().Count() != rounds.Length)
        {
            throw Refusal($"1 to {SettingsLimit} distinct numbers of rounds, found {(rounds.IsDefault ? 0 : rounds.Length)}, or one of them twice");
        }

        foreach (int one in rounds)
        {
            if (one is < 1 or > RoundsLimit)
            {
                throw Refusal(string.Create(CultureInfo.InvariantCulture, $"1 to {RoundsLimit} rounds, found {one}"));
            }
        }

        _kind = kind;
        _rules = rules;
        _settingName = $"rounds of {rules}";
        Settings = [.. rounds.Order().Select(one => new ModelSetting(_settingName, one))];
    }

    /// <summary>The usual numbers of rounds.</summary>
    public static ImmutableArray<int> DefaultRounds { get; } = [50, 100, 200];

    /// <inheritdoc/>
    public string Name => _kind == ResponseKind.Class ? "boostclass" : "boost";

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public ResponseKind Responds => _kind;

    /// <inheritdoc/>
    public ImmutableArray<ModelSetting> Settings { get; }

    /// <summary>Such as <c>100 rounds</c>, with the rules where they are not the usual ones.</summary>
    public string Describe(ModelSetting setting) => _rules == BoostingRules.Usual
        ? string.Create(CultureInfo.InvariantCulture, $"{Rounds(setting)} rounds")
        : string.Create(CultureInfo.InvariantCulture, $"{Rounds(setting)} rounds, {_rules}");

    /// <summary>Every setting, from as many samples on as two leaves need: fewer give the mean.</summary>
    public ImmutableArray<ModelSetting> SettingsFor(int calibrationSamples, int variables) =>
        calibrationSamples >= 2 * _rules.SamplesMin && calibrationSamples <= SamplesLimit && variables >= 1 ? Settings : [];

    /// <inheritdoc/>
    public IModel Model(ModelSetting setting) => new BoostingModel(_kind, Rounds(setting), _rules);

    /// <inheritdoc/>
    public IFittedModel Restore(ImmutableArray<NamedArray> learnt, int variables) => FittedBoosting.Restore(learnt, variables);

    /// <summary>Sorting, then for each tree the additions of its levels and the bins of its nodes, at fixed rates; of more than two
    /// classes one for each.</summary>
    public Cost EstimateFit(int calibrationSamples, int heldOutSamples, int variables, ImmutableArray<ModelSetting> settings, int outputs) =>
        EstimateSets(1, calibrationSamples, heldOutSamples, variables, settings, outputs, copies: true);

    /// <summary>Seconds of the plain order; bytes of it or of some folds in step, whichever are more.</summary>
    public Cost Estimate(SpectralAxis axis, Folds folds, ImmutableArray<ISubset> subsets, ImmutableArray<ModelSetting> settings, int outputs)
    {
        Cost plain = CrossValidationCost.Of(this, axis, folds, subsets, settings, outputs);
        Cost together = EstimateSets(
            Math.Min(FoldsTogether, folds.Count), folds.SampleCount - folds.HeldOutMin, folds.HeldOutMax, axis.Count, settings, outputs, copies: false);
        return plain with { PeakBytes = Math.Max(plain.PeakBytes, together.PeakBytes) };
    }

    /// <summary>One run of the most rounds.</summary>
    public ISettingPath FitPath(MatrixView x, MatrixView y, ImmutableArray<ModelSetting> settings)
    {
        int[] prefixes = Prefixes(settings);
        return new BoostingPath(BoostingModel.FitTrees(x, y, _kind, _rules, prefixes), Places(settings, prefixes));
    }

    /// <summary>All folds in step, variables sorted once; fold after fold where variables are scaled, which moves edges by rounding.</summary>
    public void PredictFolds(
        SharedSpectra data,
        ImmutableArray<int> folds,
        ImmutableArray<ModelSetting> settings,
        FoldPredictions predictions,
        CancellationToken cancellation)
    {
        if (data.Autoscales)
        {
            NaiveFolds.Predict(this, data, folds, settings, predictions, cancellation);
            return;
        }

        int[] prefixes = Prefixes(settings);
        int[] places = Places(settings, prefixes);
        foreach (int[] some in folds.Chunk(FoldsTogether))
        {
            int[][] calibrations = [.. some.Select(k => new FoldSplit(k).Calibration(data.Folds))];
            (BoostedTrees? Trees, string? Failure)[] fits = BoostingFit.Of(
                data.X.Stored, data.Y, calibrations, _kind, _rules, prefixes, data.Runner, cancellation);
            for (int f = 0; f < some.Length; f++)
            {
                if (fits[f].Trees is { } trees)
                {
                    var path = new BoostingPath(trees, places);
                    NaiveFolds.Write(path, some[f], data.X.SelectRows(data.Folds.HeldOut(some[f])), settings.Length, predictions);
                }
                else
                {
                    FoldAnswers.FailAll(predictions, some[f], settings.Length, fits[f].Failure!);
                }
            }
        }
    }

    private static int[] Places(ImmutableArray<ModelSetting> settings, int[] prefixes) =>
        [.. settings.Select(setting => Array.IndexOf(prefixes, (int)setting.Value))];

    private static StageException Refusal(string expected) => new(FailureKind.InvalidRequest, $"Boosting takes {expected}.");

    private Cost EstimateSets(
        int sets, long m, long heldOut, long p, ImmutableArray<ModelSetting> settings, int outputs, bool copies)
    {
        bool isClass = _kind == ResponseKind.Class;
        int rounds = settings.IsEmpty ? 1 : Prefixes(settings)[^1];
        int trees = outputs <= 2 ? 1 : outputs;
        double leaves = _rules.LeavesOf((int)m);
        double bins = Math.Min(m, BinEdges.BinsMax);
        double tree = SecondsPerTree + (p * (isClass ? 2 : 1)
            * ((SecondsPerAddition * m * NaturalLogarithm.Base2(leaves + 1)) + (SecondsPerBin * leaves * bins)));
        double seconds = sets * ((SecondsPerValue * m * p) + (rounds * trees * tree));
        long set = BinnedSpectra.SizeBytes(m, p)
            + BoostingRounds.SizeBytes(m, p, _rules, Math.Max(1, settings.Length), rounds, trees, isClass)
            + (sizeof(double) * (heldOut * (p + (2L * settings.Length * outputs)) + p));
        long sorting = (sizeof(double) * 10 * (m + heldOut)) * Math.Min(CoresAssumed, (p / BinnedSpectra.Lanes) + 1);
        return new Cost(seconds, (sets * set) + sorting + (copies ? ScratchMatrix.SizeBytes(m, p) : 0) + (64 * (m + heldOut)));
    }

    private int[] Prefixes(ImmutableArray<ModelSetting> settings) => [.. settings.Select(Rounds).Distinct().Order()];

    private int Rounds(ModelSetting setting) => Settings.Contains(setting)
        ? (int)setting.Value
        : throw new ArgumentException($"This boosting has no setting {setting.Name} = {setting.Value}.", nameof(setting));
}
