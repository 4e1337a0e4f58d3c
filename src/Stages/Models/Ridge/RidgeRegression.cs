using Pipeline.Engine;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Ridge;

/// <summary>Ridge regression of one response: minimises ‖y - Xb - c‖² + λ‖b‖² with c unpenalised.</summary>
/// <remarks>
/// X is n × p, y is n × 1, both as measured; centring is done here. Time O(npm + m³) and memory 2np + m² doubles
/// with m = min(n, p). A variable without variance gets coefficient 0; spectra or a response without variance give
/// a model that predicts the mean. A λ that double precision cannot tell from 0 on rank-deficient spectra is a
/// <see cref="FailureKind.Numerical"/> failure. Hoerl and Kennard (1970), Technometrics 12, 55-67.
/// </remarks>
public sealed class RidgeRegression : IModel
{
    /// <summary>A specification with λ above 0 and finite.</summary>
    public RidgeRegression(double lambda, RidgeScale scale)
    {
        RidgeFamily.RequireLambda(lambda);
        Lambda = lambda;
        Scale = scale;
    }

    /// <summary>The penalty, in units of <see cref="Scale"/>.</summary>
    public double Lambda { get; }

    /// <summary>What the penalty is measured in.</summary>
    public RidgeScale Scale { get; }

    /// <inheritdoc cref="IModel.Fit"/>
    public FittedRidge Fit(MatrixView x, MatrixView y)
    {
        using var decomposition = new RidgeDecomposition(CentredCalibration.Of(x, y));
        double lambda = decomposition.Absolute(Lambda, Scale);
        var coefficients = new Matrix(1, x.Columns);
        if (decomposition.Solve([lambda], coefficients.Span)[0] is { } reason)
        {
            throw new StageException(FailureKind.Numerical, reason);
        }

        double intercept = decomposition.YMean - Products.Dot(decomposition.Means, coefficients.Row(0));
        return new FittedRidge(lambda, coefficients, intercept);
    }

    /// <inheritdoc/>
    IFittedModel IModel.Fit(MatrixView x, MatrixView y) => Fit(x, y);
}
