using Pipeline.Engine;
using Pipeline.Stages.Models.Networks.Training;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Descent;
using Pipeline.Stages.Numerics.Random;

namespace Pipeline.Stages.Models.Networks;

/// <summary>Regression of one response by a network with one or two hidden layers (multi-layer perceptron).</summary>
/// <remarks>
/// X is n × p, y is n × 1. Half the mean squared error plus α/2n of the squared weights is made small by Adam, or by L-BFGS in the row
/// space of the spectra. Time 6nph for each epoch of h nodes in the first layer; memory 3np + 6ph doubles. A variable without variance
/// has no effect on standardised spectra; a standardised response without variance gives itself. Same bits for the same seed and
/// order of samples; another order is another split. Equal to scikit-learn's <c>MLPRegressor</c> up to rounding, which training
/// makes larger from step to step.
/// </remarks>
public sealed class NetworkRegression : IModel
{
    /// <summary>A specification with a penalty of 0 or more.</summary>
    public NetworkRegression(NetworkOptions options, double alpha)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfNegative(alpha);
        Options = options;
        Alpha = alpha;
    }

    /// <summary>How the network is built and trained.</summary>
    public NetworkOptions Options { get; }

    /// <summary>Penalty of squared weights.</summary>
    public double Alpha { get; }

    /// <inheritdoc cref="IModel.Fit"/>
    public FittedNetworks Fit(MatrixView x, MatrixView y) => Fit(ScaledCalibration.Of(x, y, Options.IsStandardised), null);

    /// <inheritdoc/>
    IFittedModel IModel.Fit(MatrixView x, MatrixView y) => Fit(x, y);

    /// <summary>Fits one network.</summary>
    /// <param name="calibration">Spectra and response.</param>
    /// <param name="inputs">The spectra in their row space where several fits share it, or null.</param>
    internal FittedNetworks Fit(ScaledCalibration calibration, NetworkInputs? inputs)
    {
        Network network = Options.IsStandardised && !calibration.ResponseVaries
            ? Network.Zero(calibration.Means.Length, Options.Hidden)
            : Options.Solver == NetworkSolver.Adam
            ? new AdamTraining(calibration.X, calibration.Y, Options, Alpha).Run()
            : Trainer(calibration, inputs ?? NetworkInputs.Reduced(calibration.X.View)).Train(new Mt19937(Options.Seed), calibration.Y);
        return network.IsFinite
            ? new FittedNetworks([network], Options.Activation, calibration, 1)
            : throw new StageException(
                FailureKind.Numerical,
                "The network's weights grew beyond all numbers. Ask for a smaller learning rate, or standardise the spectra.");
    }

    private NetworkTraining Trainer(ScaledCalibration calibration, NetworkInputs inputs) => new(
        inputs,
        calibration.Means.Length,
        Options.Hidden,
        Options.Activation,
        Alpha,
        new DescentRules(Options.EpochsMax, NetworkOptions.Tolerance));
}
