using Pipeline.Engine;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.LeastSquares;

/// <summary>Ordinary least squares of one response on all variables handed in: minimises ‖y - Xb - c‖².</summary>
/// <remarks>
/// X is n × p, y is n × 1, both as measured; centring is done here. Cholesky factor of the cross-product with corrections
/// through the spectra (<see cref="NormalEquations"/>). A variable without variance gets coefficient 0. Variables of which
/// one repeats the others to 1e-12 of its square are a <see cref="FailureKind.Numerical"/> failure, so are more variables
/// than calibration samples less one. Time np² + p³/3 + 8np.
/// </remarks>
public sealed class LeastSquaresRegression : IModel
{
    /// <inheritdoc cref="IModel.Fit"/>
    public static FittedLeastSquares Fit(MatrixView x, MatrixView y)
    {
        using CentredCalibration calibration = CentredCalibration.Of(x, y);
        using var cross = new ScratchMatrix(x.Columns, x.Columns);
        MatrixProducts.TransposedTimesSelf(calibration.X, cross.Span);
        var equations = new NormalEquations(cross.View);
        double[] b = new double[x.Columns];
        double[] right = new double[x.Columns];
        double[] residual = [.. calibration.Y];
        for (int pass = 0; pass <= NormalEquations.Corrections; pass++)
        {
            Products.TransposedTimes(calibration.X, residual, right);
            equations.AddSolution(right, b);
            Products.Project(calibration.X, b, residual);
            for (int i = 0; i < residual.Length; i++)
            {
                residual[i] = calibration.Y[i] - residual[i];
            }
        }

        return new FittedLeastSquares(b, calibration.YMean - Products.Dot(calibration.Means, b));
    }

    /// <inheritdoc/>
    IFittedModel IModel.Fit(MatrixView x, MatrixView y) => Fit(x, y);
}
