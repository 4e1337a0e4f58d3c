using Pipeline.Engine;
using Pipeline.Stages.Models.Networks.Training;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Descent;
using Pipeline.Stages.Numerics.Random;

namespace Pipeline.Stages.Models.Networks;

/// <summary>One response, or classes, by a network with one or two hidden layers (multi-layer perceptron).</summary>
/// <remarks>
/// X is n × p, y is n × 1, or n × C indicators. Half the mean squared error, or the mean log loss, plus α/2n of the squared weights is made
/// small by Adam, or by L-BFGS in the row space of the spectra. Time 6nph for each epoch of h nodes in the first layer; memory 3np + 6ph
/// doubles. A variable without variance has no effect on standardised spectra; a standardised response without variance gives itself.
/// Same bits for the same seed and order of samples; another order is another split. Equal to scikit-learn's <c>MLPRegressor</c> and
/// <c>MLPClassifier</c> up to rounding, which training makes larger from step to step, but for the samples that judge classes, which are
/// drawn otherwise.
/// </remarks>
public sealed class NetworkModel : IModel
{
    /// <summary>A specification with a penalty of 0 or more.</summary>
    /// <param name="kind">What is predicted.</param>
    /// <param name="options">How the network is built and trained.</param>
    /// <param name="alpha">Penalty of squared weights.</param>
    public NetworkModel(ResponseKind kind, NetworkOptions options, double alpha)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfNegative(alpha);
        Kind = kind;
        Options = options;
        Alpha = alpha;
    }

    /// <summary>What is predicted.</summary>
    public ResponseKind Kind { get; }

    /// <summary>How the network is built and trained.</summary>
    public NetworkOptions Options { get; }

    /// <summary>Penalty of squared weights.</summary>
    public double Alpha { get; }

    /// <inheritdoc cref="IModel.Fit"/>
    public FittedNetworks Fit(MatrixView x, MatrixView y) => Fit(Calibrate(x, y, Kind, Options), null);

    /// <inheritdoc/>
    IFittedModel IModel.Fit(MatrixView x, MatrixView y) => Fit(x, y);

    /// <summary>Spectra and what to predict, as networks of these options are given them.</summary>
    internal static ScaledCalibration Calibrate(MatrixView x, MatrixView y, ResponseKind kind, NetworkOptions options) =>
        kind == ResponseKind.Class
            ? ScaledCalibration.OfClasses(x, y, options.IsStandardised, options.IsBalanced)
            : ScaledCalibration.Of(x, y, options.IsStandardised);

    /// <summary>Fits one network.</summary>
    /// <param name="calibration">Spectra and response.</param>
    /// <param name="inputs">The spectra in their row space where several fits share it, or null.</param>
    internal FittedNetworks Fit(ScaledCalibration calibration, NetworkInputs? inputs)
    {
        NetworkTargets targets = calibration.Targets;
        Network network = Options.IsStandardised && !calibration.ResponseVaries
            ? Network.Zero(calibration.Means.Length, Options.Hidden, 1)
            : Options.Solver == NetworkSolver.Adam
            ? new AdamTraining(calibration.X, targets, Options, Alpha).Run()
            : Trainer(calibration, inputs ?? NetworkInputs.Reduced(calibration.X.View))
                .Train(new Mt19937(Options.Seed), targets.Values.Values, null, targets.Weights);
        if (!network.IsFinite)
        {
            throw new StageException(
                FailureKind.Numerical,
                "The network's weights grew beyond all numbers. Ask for a smaller learning rate, or standardise the spectra.");
        }

        return targets.IsOfClasses
            ? new FittedNetworks([network], Options.Activation, calibration, 1, new double[targets.Values.Rows])
            : new FittedNetworks([network], Options.Activation, calibration, 1);
    }

    private NetworkTraining Trainer(ScaledCalibration calibration, NetworkInputs inputs) => new(
        inputs,
        calibration.Means.Length,
        Options.Hidden,
        Options.Activation,
        Alpha,
        new DescentRules(Options.EpochsMax, NetworkOptions.Tolerance),
        calibration.Targets.Values.Rows,
        calibration.Targets.IsOfClasses);
}
