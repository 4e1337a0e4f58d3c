using Pipeline.Engine;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Pls;

/// <summary>PLS regression of one response by improved kernel PLS, algorithm 1.</summary>
/// <remarks>
/// X is n × p, y is n × 1, both as measured; centring is done here and undone in Predict; nothing is scaled.
/// Time O(npA), memory np + 4pA doubles. A variable without variance gets coefficient 0; a response without
/// variance gives a model that predicts its mean. More components than the numerical rank supports are a
/// <see cref="FailureKind.Numerical"/> failure. Each weight vector's largest element is positive.
/// Dayal and MacGregor (1997), J. Chemometrics 11, 73-85; see <see cref="FittedPls"/> for what is kept.
/// </remarks>
public sealed class PlsRegression : IModel
{
    /// <summary>A specification with at least one component.</summary>
    public PlsRegression(int components)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(components);
        Components = components;
    }

    /// <summary>Components asked, A.</summary>
    public int Components { get; }

    /// <inheritdoc cref="IModel.Fit"/>
    public FittedPls Fit(MatrixView x, MatrixView y)
    {
        using CentredCalibration calibration = CentredCalibration.Of(x, y);
        var pls = new KernelPls(calibration, Components);
        if (pls.FailureOf(Components) is { } reason)
        {
            throw new StageException(FailureKind.Numerical, reason);
        }

        return new FittedPls(pls, Components);
    }

    /// <inheritdoc/>
    IFittedModel IModel.Fit(MatrixView x, MatrixView y) => Fit(x, y);
}
