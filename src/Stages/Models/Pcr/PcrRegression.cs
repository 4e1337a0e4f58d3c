using Pipeline.Engine;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Pcr;

/// <summary>Principal component regression of one response: least squares on the A leading components of the spectra.</summary>
/// <remarks>
/// X is n × p, y is n × 1, both as measured; centring is done here and undone in Predict; nothing is scaled. Time
/// npm + 4m³/3 + 4npA and memory 2np + m² + A(3p + 2n) doubles with m = min(n, p). A variable without variance gets
/// coefficient 0; a response without variance gives a model that predicts its mean. More components than have 1e-12 of
/// the variance are a <see cref="FailureKind.Numerical"/> failure. Massy (1965), J. American Statistical Association 60, 234-256.
/// </remarks>
public sealed class PcrRegression : IModel
{
    /// <summary>A specification with at least one component.</summary>
    public PcrRegression(int components)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(components);
        Components = components;
    }

    /// <summary>Components asked, A.</summary>
    public int Components { get; }

    /// <inheritdoc cref="IModel.Fit"/>
    public FittedPcr Fit(MatrixView x, MatrixView y)
    {
        using CentredCalibration calibration = CentredCalibration.Of(x, y);
        PcrFit fit = PcrFit.Of(calibration, Components);
        if (PcrFit.FailureOf(Components, fit.Count, fit.IsResponseConstant) is { } reason)
        {
            throw new StageException(FailureKind.Numerical, reason);
        }

        return new FittedPcr(fit, Components);
    }

    /// <inheritdoc/>
    IFittedModel IModel.Fit(MatrixView x, MatrixView y) => Fit(x, y);
}
