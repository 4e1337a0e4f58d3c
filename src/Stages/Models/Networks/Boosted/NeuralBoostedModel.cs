using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Networks.Boosted;

/// <summary>One response, or classes, by boosted small networks (NeuralBoosted).</summary>
/// <remarks>
/// X is n × p, y is n × 1 or n × C indicators, n at least 2. 15 % of the samples judge the number of networks. Predictions are the mean
/// response (0 in the original's arithmetic) plus rate × the sum of the networks; of classes the probabilities of such a sum, which
/// starts from their shares. Time about 100 evaluations of 2rh(n + 0.15 n p / r) operations for each
/// network, r = min(n, p) with h nodes; memory 3np doubles and ph for each network. A variable without variance has no effect on
/// standardised spectra; a response without variance gives itself. Same bits for the same seed and order of samples; another
/// order is another split.
/// </remarks>
public sealed class NeuralBoostedModel : IModel
{
    /// <summary>A specification with 1 network or more.</summary>
    /// <param name="kind">What is predicted.</param>
    /// <param name="options">What the networks have in common.</param>
    /// <param name="networks">Most networks.</param>
    public NeuralBoostedModel(ResponseKind kind, NeuralBoostedOptions options, int networks)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(networks);
        Kind = kind;
        Options = options;
        Networks = networks;
    }

    /// <summary>What is predicted.</summary>
    public ResponseKind Kind { get; }

    /// <summary>What the networks have in common.</summary>
    public NeuralBoostedOptions Options { get; }

    /// <summary>Most networks.</summary>
    public int Networks { get; }

    /// <inheritdoc cref="IModel.Fit"/>
    public FittedNetworks Fit(MatrixView x, MatrixView y) =>
        BoostedRun.Of(BoostedCalibration.Of(x, y, Kind, Options), Options, Networks).Model(Networks);

    /// <inheritdoc/>
    IFittedModel IModel.Fit(MatrixView x, MatrixView y) => Fit(x, y);
}
