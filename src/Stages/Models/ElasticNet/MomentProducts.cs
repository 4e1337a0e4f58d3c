using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.ElasticNet;

/// <summary>Products looked up in a p × p cross-product: the cost of a fit does not depend on the number of samples.</summary>
/// <remarks>
/// A gradient costs p for each coefficient, whatever part of it is asked. It is a difference of products, so it has
/// lost the digits in which Σ|b| ‖x‖ exceeds the residual.
/// </remarks>
internal sealed class MomentProducts : ICrossProducts
{
    private readonly Matrix? _borrowed;
    private readonly ScratchMatrix? _owned;
    private readonly double[] _squares;
    private readonly double[] _withResponse;
    private readonly double[] _gradient;

    /// <summary>Products of centred calibration data, formed here. Time np², memory p² borrowed.</summary>
    public MomentProducts(CentredCalibration calibration)
    {
        MatrixView x = calibration.X;
        _owned = new ScratchMatrix(x.Columns, x.Columns);
        MatrixProducts.TransposedTimesSelf(x, _owned.Span);
        _squares = Diagonal(_owned.View);
        _withResponse = new double[x.Columns];
        Products.TransposedTimes(x, calibration.Y, _withResponse);
        _gradient = [.. _withResponse];
        ResponseSquares = calibration.YSquaredNorm;
    }

    /// <summary>Products of moments, which must live as long as this.</summary>
    public MomentProducts(Moments moments)
    {
        _borrowed = moments.XX;
        _withResponse = new double[moments.XMeans.Length];
        moments.XY.View.CopyColumn(0, _withResponse);
        _squares = Diagonal(_borrowed.View);
        _gradient = [.. _withResponse];
        ResponseSquares = moments.YY[0, 0];
    }

    /// <inheritdoc/>
    public ReadOnlySpan<double> Squares => _squares;

    /// <inheritdoc/>
    public ReadOnlySpan<double> WithResponse => _withResponse;

    /// <inheritdoc/>
    public double ResponseSquares { get; }

    private MatrixView XX => _owned is null ? _borrowed!.View : _owned.View;

    /// <inheritdoc/>
    public void CopyProducts(int variable, ReadOnlySpan<int> with, Span<double> target)
    {
        ReadOnlySpan<double> row = XX.Row(variable);
        for (int k = 0; k < with.Length; k++)
        {
            target[k] = row[with[k]];
        }
    }

    /// <inheritdoc/>
    public void MoveTo(ReadOnlySpan<int> variables, ReadOnlySpan<double> coefficients)
    {
        MatrixView rows = XX;
        _withResponse.CopyTo(_gradient, 0);
        for (int k = 0; k < variables.Length; k++)
        {
            Products.Axpy(-coefficients[k], rows.Row(variables[k]), _gradient);
        }
    }

    /// <inheritdoc/>
    public void Gradients(ReadOnlySpan<int> variables, Span<double> target) => _gradient.CopyTo(target);

    /// <inheritdoc/>
    public void Gradients(Span<double> target) => _gradient.CopyTo(target);

    /// <inheritdoc/>
    public void Dispose() => _owned?.Dispose();

    private static double[] Diagonal(MatrixView square)
    {
        double[] diagonal = new double[square.Rows];
        for (int j = 0; j < diagonal.Length; j++)
        {
            diagonal[j] = square[j, j];
        }

        return diagonal;
    }
}
