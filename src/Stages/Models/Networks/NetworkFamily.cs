using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Engine;
using Pipeline.Engine.Planning;
using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Models.Classes;
using Pipeline.Stages.Models.Networks.Training;
using Pipeline.Stages.Models.Ridge;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Models.Networks;

/// <summary>Networks over layers × learning rates × penalties; settings share scaling and, by L-BFGS, the row space.</summary>
/// <remarks>A setting has one value, the penalty α; the rest is part of its name, <c>alpha at 128x64 relu, rate 0.001</c>.</remarks>
public sealed class NetworkFamily : ICandidateFamily
{
    /// <summary>The most nodes of a layer.</summary>
    public const int NodesMax = 1000;

    /// <summary>The most settings.</summary>
    public const int SettingsMax = 100;

    /// <summary>Operations per second of loss and gradient, one core, as measured; feeds the estimate alone.</summary>
    private const double FlopsPerSecond = 4e10;

    /// <summary>Part of its epochs that Adam takes before it stops by itself, as measured; feeds the estimate alone.</summary>
    private const double EpochsPart = 0.4;

    private readonly ResponseKind _kind;
    private readonly NetworkOptions _common;
    private readonly Dictionary<ModelSetting, (NetworkOptions Options, double Alpha)> _parameters = [];

    /// <summary>A grid.</summary>
    /// <param name="kind">What is predicted.</param>
    /// <param name="common">What all settings have in common: activation, solver, scaling, early stopping and seed.</param>
    /// <param name="layers">Distinct networks, each of one hidden layer or two.</param>
    /// <param name="alphas">Distinct penalties from 0.</param>
    /// <param name="rates">Distinct learning rates of Adam; one, which does not matter, for L-BFGS.</param>
    public NetworkFamily(
        ResponseKind kind,
        NetworkOptions common,
        ImmutableArray<ImmutableArray<int>> layers,
        ImmutableArray<double> alphas,
        ImmutableArray<double> rates)
    {
        ArgumentNullException.ThrowIfNull(common);
        foreach (ImmutableArray<int> one in layers)
        {
            if (one.Length is < 1 or > 2 || one.Any(nodes => nodes is < 1 or > NodesMax))
            {
                throw Refusal($"have one hidden layer or two of 1 to {NodesMax} nodes each, found '{string.Join('x', one)}'. Write 64 or 128x64.");
            }
        }

        if (layers.IsEmpty || layers.Select(one => string.Join('x', one)).Distinct().Count() != layers.Length)
        {
            throw Refusal("are listed once each, such as 64, 128x64; found none, or one of them twice.");
        }

        NetworkNotation.RequireDistinct(alphas, "Networks", "penalties", 0, 1e6);
        NetworkNotation.RequireDistinct(rates, "Networks", "learning rates", 1e-8, 10);
        NetworkNotation.RequireSettings((long)layers.Length * alphas.Length * rates.Length, SettingsMax, "Networks");
        _kind = kind;
        _common = common;
        bool isAdam = common.Solver == NetworkSolver.Adam;
        var settings = ImmutableArray.CreateBuilder<ModelSetting>();
        foreach (ImmutableArray<int> hidden in layers.OrderBy(one => one.Aggregate(0L, (sum, nodes) => (sum * 2 * NodesMax) + nodes)))
        {
            foreach (double rate in isAdam ? rates.Order() : rates.Take(1))
            {
                NetworkOptions options = common with { Hidden = hidden, Rate = rate };
                foreach (double alpha in alphas.OrderDescending())
                {
                    var setting = new ModelSetting($"alpha at {Text(options)}", alpha);
                    settings.Add(setting);
                    _parameters.Add(setting, (options, alpha));
                }
            }
        }

        Settings = settings.ToImmutable();
    }

    /// <inheritdoc/>
    public string Name => _kind == ResponseKind.Class ? "mlpclass" : "mlp";

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public ResponseKind Responds => _kind;

    /// <inheritdoc/>
    public ImmutableArray<ModelSetting> Settings { get; }

    /// <summary>Such as <c>128x64 relu, rate 0.001, α=1e-4</c>.</summary>
    public string Describe(ModelSetting setting)
    {
        (NetworkOptions options, double alpha) = Parameters(setting);
        return $"{Text(options)}, α={(alpha == 0 ? "0" : RidgeFamily.Scientific(alpha))}";
    }

    /// <summary>Every setting, from 2 samples on.</summary>
    public ImmutableArray<ModelSetting> SettingsFor(int calibrationSamples, int variables) =>
        calibrationSamples >= 2 && variables >= 1 ? Settings : [];

    /// <inheritdoc/>
    public IModel Model(ModelSetting setting)
    {
        (NetworkOptions options, double alpha) = Parameters(setting);
        return new NetworkModel(_kind, options, alpha);
    }

    /// <inheritdoc/>
    public IFittedModel Restore(ImmutableArray<NamedArray> learnt, int variables) => FittedNetworks.Restore(learnt, variables);

    /// <summary>All epochs of each setting at a fixed rate.</summary>
    public Cost EstimateFit(int calibrationSamples, int heldOutSamples, int variables, ImmutableArray<ModelSetting> settings, int outputs)
    {
        long n = calibrationSamples;
        long p = variables;
        bool isAdam = _common.Solver == NetworkSolver.Adam;
        long inputs = isAdam ? p : Math.Min(n, p);
        double flops = 0;
        long bytes = ScaledCalibration.SizeBytes(n, p, outputs) + (isAdam ? 0 : NetworkInputs.SizeBytes(n, p));
        foreach (ModelSetting setting in settings)
        {
            NetworkOptions options = Parameters(setting).Options;
            long deeper = options.Hidden.Length == 2 ? (long)options.Hidden[0] * options.Hidden[1] : 0;
            double weights = (inputs * options.Hidden[0]) + deeper + (outputs * (double)options.Hidden[^1]);
            flops += (isAdam ? EpochsPart : 1) * options.EpochsMax * ((n * 6.0 * weights) + (12.0 * inputs * options.Hidden[0]));
            flops += 2.0 * heldOutSamples * p * options.Hidden[0];
            bytes += (sizeof(double) * 3 * (((p + 16) * options.Hidden[0]) + deeper + (outputs * (options.Hidden[^1] + 1L)))) + (isAdam
                ? AdamTraining.SizeBytes(n, variables, options, outputs)
                : NetworkTraining.SizeBytes(n, inputs, p, options.Hidden, outputs));
        }

        return new Cost((flops / FlopsPerSecond) + (1e-4 * settings.Length), bytes);
    }

    /// <summary>Seconds of the plain order; bytes of it or of several folds at once, whichever are more.</summary>
    public Cost Estimate(SpectralAxis axis, Folds folds, ImmutableArray<ISubset> subsets, ImmutableArray<ModelSetting> settings, int outputs)
    {
        Cost plain = CrossValidationCost.Of(this, axis, folds, subsets, settings, outputs);
        return plain with { PeakBytes = Math.Min(FoldLanes.Max, folds.Count) * plain.PeakBytes };
    }

    /// <summary>One scaling for all settings, and by L-BFGS one row space.</summary>
    public ISettingPath FitPath(MatrixView x, MatrixView y, ImmutableArray<ModelSetting> settings) =>
        Fit(Prepare(x, y), settings, [.. Enumerable.Range(0, settings.Length)]);

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
            [.. Enumerable.Range(0, settings.Length).Select(s => new[] { s })],
            rows => Prepare(rows.X.View, rows.Y.View),
            (prepared, group) => Fit(prepared, settings, group),
            predictions,
            cancellation);

    private (ScaledCalibration Calibration, NetworkInputs? Inputs) Prepare(MatrixView x, MatrixView y)
    {
        ScaledCalibration calibration = NetworkModel.Calibrate(x, y, _kind, _common);
        return (calibration, _common.Solver == NetworkSolver.Lbfgs ? NetworkInputs.Reduced(calibration.X.View) : null);
    }

    private FittedSettings Fit((ScaledCalibration Calibration, NetworkInputs? Inputs) prepared, ImmutableArray<ModelSetting> settings, int[] group)
    {
        var models = new IFittedModel?[group.Length];
        string?[] failures = new string?[group.Length];
        for (int s = 0; s < group.Length; s++)
        {
            (NetworkOptions options, double alpha) = Parameters(settings[group[s]]);

            // Numerical failures belong to one setting; the others still have an answer.
            try
            {
                models[s] = new NetworkModel(_kind, options, alpha).Fit(prepared.Calibration, prepared.Inputs);
            }
            catch (StageException failure) when (failure.Kind == FailureKind.Numerical)
            {
                failures[s] = failure.Message;
            }
        }

        return new FittedSettings(models, failures);
    }

    private static string Text(NetworkOptions options)
    {
        string layers = $"{string.Join('x', options.Hidden)} {NetworkNotation.Text(options.Activation)}";
        string rate = options.Solver == NetworkSolver.Lbfgs ? "" : string.Create(CultureInfo.InvariantCulture, $", rate {options.Rate}");
        return $"{layers}{rate}{(options.IsBalanced ? ClassFamily.BalancedSuffix : "")}";
    }

    private (NetworkOptions Options, double Alpha) Parameters(ModelSetting setting) =>
        _parameters.TryGetValue(setting, out (NetworkOptions, double) parameters)
            ? parameters
            : throw new ArgumentException($"These networks have no setting {setting.Name} = {setting.Value}.", nameof(setting));

    private static StageException Refusal(string message) => new(FailureKind.InvalidRequest, "Networks " + message);
}
