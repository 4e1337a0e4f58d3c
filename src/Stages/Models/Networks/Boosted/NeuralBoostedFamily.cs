using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Engine;
using Pipeline.Engine.Planning;
using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Models.Classes;
using Pipeline.Stages.Models.Networks.Training;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Models.Networks.Boosted;

/// <summary>Boosted networks over nodes × activations × rates × numbers of networks; one run answers all numbers of its group.</summary>
/// <remarks>
/// A setting has one value, the number of networks; the rest of its place is part of its name, <c>networks of 3 tanh at rate 0.1</c>.
/// </remarks>
public sealed class NeuralBoostedFamily : ICandidateFamily
{
    /// <summary>The most networks that may be asked for.</summary>
    public const int NetworksMax = 1000;

    /// <summary>The most nodes of a network.</summary>
    public const int HiddenMax = 100;

    /// <summary>The most settings.</summary>
    public const int SettingsMax = 200;

    /// <summary>Operations per second of a network's loss and gradient, one core, as measured; feeds the estimate alone.</summary>
    private const double FlopsPerSecond = 4e10;

    /// <summary>Part of the networks that are trained before the samples set aside get no better, as measured; feeds the estimate alone.</summary>
    private const double NetworksPart = 0.35;

    /// <summary>Evaluations of loss and gradient for one network: 78 steps with 1.3 each, as measured.</summary>
    private const double EvaluationsPerNetwork = 100;

    private readonly ResponseKind _kind;
    private readonly NeuralBoostedOptions _common;
    private readonly Dictionary<ModelSetting, (NeuralBoostedOptions Options, int Networks)> _parameters = [];

    /// <summary>A grid.</summary>
    /// <param name="kind">What is predicted.</param>
    /// <param name="common">What all settings have in common: arithmetic, loss, penalty and seed.</param>
    /// <param name="networks">Distinct numbers of networks, each an upper bound.</param>
    /// <param name="rates">Distinct rates above 0 and at most 1.</param>
    /// <param name="hidden">Distinct numbers of nodes.</param>
    /// <param name="activations">Distinct activations.</param>
    public NeuralBoostedFamily(
        ResponseKind kind,
        NeuralBoostedOptions common,
        ImmutableArray<int> networks,
        ImmutableArray<double> rates,
        ImmutableArray<int> hidden,
        ImmutableArray<Activation> activations)
    {
        ArgumentNullException.ThrowIfNull(common);
        NetworkNotation.RequireDistinct(networks, "Boosted networks", "numbers of networks", 1, NetworksMax);
        NetworkNotation.RequireDistinct(hidden, "Boosted networks", "numbers of nodes", 1, HiddenMax);
        NetworkNotation.RequireDistinct(rates, "Boosted networks", "rates", 1e-6, 1);
        NetworkNotation.RequireDistinct([.. activations.Select(one => (int)one)], "Boosted networks", "activations", 0, 2);
        NetworkNotation.RequireSettings((long)networks.Length * rates.Length * hidden.Length * activations.Length, SettingsMax, "Boosted networks");
        if (common.Seed > uint.MaxValue - NetworksMax)
        {
            throw new StageException(
                FailureKind.InvalidRequest,
                $"Boosted networks count up from their seed, which must be at most {uint.MaxValue - NetworksMax}, found {common.Seed}. Choose a smaller seed.");
        }

        _kind = kind;
        _common = common;
        var settings = ImmutableArray.CreateBuilder<ModelSetting>();
        foreach (int nodes in hidden.Order())
        {
            foreach (Activation activation in activations.Order())
            {
                foreach (double rate in rates.Order())
                {
                    NeuralBoostedOptions options = common with { Hidden = nodes, Activation = activation, Rate = rate };
                    foreach (int count in networks.Order())
                    {
                        var setting = new ModelSetting(string.Create(
                            CultureInfo.InvariantCulture, $"networks of {nodes} {NetworkNotation.Text(activation)} at rate {rate}{Balance()}"), count);
                        settings.Add(setting);
                        _parameters.Add(setting, (options, count));
                    }
                }
            }
        }

        Settings = settings.ToImmutable();
    }

    /// <summary>The usual rates.</summary>
    public static ImmutableArray<double> DefaultRates { get; } = [0.1, 0.2];

    /// <summary>The usual numbers of nodes.</summary>
    public static ImmutableArray<int> DefaultHidden { get; } = [3, 5];

    /// <summary>The usual activations.</summary>
    public static ImmutableArray<Activation> DefaultActivations { get; } = [Activation.Tanh, Activation.Identity];

    /// <inheritdoc/>
    public string Name => _kind == ResponseKind.Class ? "neuralboostedclass" : "neuralboosted";

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public ResponseKind Responds => _kind;

    /// <inheritdoc/>
    public ImmutableArray<ModelSetting> Settings { get; }

    /// <summary>Such as <c>100 networks of 3 tanh, rate 0.1</c>.</summary>
    public string Describe(ModelSetting setting)
    {
        (NeuralBoostedOptions options, int networks) = Parameters(setting);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{networks} networks of {options.Hidden} {NetworkNotation.Text(options.Activation)}, rate {options.Rate}{Balance()}");
    }

    /// <summary>Every setting, from 2 samples on: one to learn from and one to judge.</summary>
    public ImmutableArray<ModelSetting> SettingsFor(int calibrationSamples, int variables) =>
        calibrationSamples >= 2 && variables >= 1 ? Settings : [];

    /// <inheritdoc/>
    public IModel Model(ModelSetting setting)
    {
        (NeuralBoostedOptions options, int networks) = Parameters(setting);
        return new NeuralBoostedModel(_kind, options, networks);
    }

    /// <inheritdoc/>
    public IFittedModel Restore(ImmutableArray<NamedArray> learnt, int variables) => FittedNetworks.Restore(learnt, variables);

    /// <summary>A hundred evaluations of each network that is likely trained, start and predictions; bytes as if no round ended early.</summary>
    public Cost EstimateFit(int calibrationSamples, int heldOutSamples, int variables, ImmutableArray<ModelSetting> settings, int outputs)
    {
        long n = calibrationSamples;
        long p = variables;
        long r = Math.Min(n, p);
        double flops = 4.0 * n * r * p;
        long bytes = BoostedCalibration.SizeBytes(n, p, outputs);
        foreach (int[] group in Groups(settings))
        {
            (NeuralBoostedOptions options, int networks) = Largest(settings, group);
            long h = options.Hidden;
            flops += NetworksPart * networks * h
                * ((EvaluationsPerNetwork * 4 * n * (r + 20 + outputs)) + (4 * r * p) + (2 * (heldOutSamples + (0.15 * n)) * p));

            // Start, inner weights and what is kept of each network.
            bytes += (networks * sizeof(double) * h * ((3 * (p + 16)) + r + 64 + (4L * outputs))) + NetworkTraining.SizeBytes(n, r, p, options.Layers, outputs);
        }

        return new Cost((flops / FlopsPerSecond) + (1e-4 * settings.Length), bytes);
    }

    /// <summary>Seconds of the plain order; bytes of it or of several folds at once, whichever are more.</summary>
    public Cost Estimate(SpectralAxis axis, Folds folds, ImmutableArray<ISubset> subsets, ImmutableArray<ModelSetting> settings, int outputs)
    {
        Cost plain = CrossValidationCost.Of(this, axis, folds, subsets, settings, outputs);
        return plain with { PeakBytes = Math.Min(FoldLanes.Max, folds.Count) * plain.PeakBytes };
    }

    /// <summary>One decomposition for all settings, one run for all numbers of networks of a group.</summary>
    public ISettingPath FitPath(MatrixView x, MatrixView y, ImmutableArray<ModelSetting> settings)
    {
        BoostedCalibration calibration = BoostedCalibration.Of(x, y, _kind, _common);
        var models = new IFittedModel?[settings.Length];
        foreach (int[] group in Groups(settings))
        {
            Fit(calibration, settings, group, models);
        }

        return new FittedSettings(models, new string?[settings.Length]);
    }

    /// <summary>Several folds side by side.</summary>
    public void PredictFolds(
        SharedSpectra data,
        ImmutableArray<int> folds,
        ImmutableArray<ModelSetting> settings,
        FoldPredictions predictions,
        CancellationToken cancellation) =>
        NetworkFolds.Predict(
            data,
            folds,
            Groups(settings),
            rows => BoostedCalibration.Of(rows.X.View, rows.Y.View, _kind, _common),
            (calibration, group) =>
            {
                var models = new IFittedModel?[settings.Length];
                Fit(calibration, settings, group, models);
                return new FittedSettings([.. group.Select(s => models[s])], new string?[group.Length]);
            },
            predictions,
            cancellation);

    private void Fit(BoostedCalibration calibration, ImmutableArray<ModelSetting> settings, int[] group, IFittedModel?[] models)
    {
        (NeuralBoostedOptions options, int networks) = Largest(settings, group);
        BoostedRun run = BoostedRun.Of(calibration, options, networks);
        foreach (int s in group)
        {
            models[s] = run.Model(Parameters(settings[s]).Networks);
        }
    }

    private string Balance() => _common.IsBalanced ? ClassFamily.BalancedSuffix : "";

    /// <summary>Settings that differ by the number of networks alone.</summary>
    private static ImmutableArray<int[]> Groups(ImmutableArray<ModelSetting> settings) =>
        [.. Enumerable.Range(0, settings.Length).GroupBy(s => settings[s].Name).Select(group => group.ToArray())];

    private (NeuralBoostedOptions Options, int Networks) Largest(ImmutableArray<ModelSetting> settings, int[] group) =>
        group.Select(s => Parameters(settings[s])).MaxBy(one => one.Networks);

    private (NeuralBoostedOptions Options, int Networks) Parameters(ModelSetting setting) =>
        _parameters.TryGetValue(setting, out (NeuralBoostedOptions, int) parameters)
            ? parameters
            : throw new ArgumentException($"These boosted networks have no setting {setting.Name} = {setting.Value}.", nameof(setting));
}
