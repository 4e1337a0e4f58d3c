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
        using var transposed = new ScratchMatrix(x.Columns, x.Rows);
        Gram.Transpose(x, transposed.Span);
        _owned = new ScratchMatrix(x.Columns, x.Columns);
        Gram.OfRows(transposed.View, _owned.Span);
        _squares = Diagonal(_owned.View);
        _withResponse = new double[x.Columns];
        Products.Project(transposed.View, calibration.Y, _withResponse);
        _gradient = [.. _withResponse];
        ResponseSquares = calibration.YSquaredNorm;
    }

    /// <summary>Products of moments, with each variable multiplied by its factor.</summary>
    /// <param name="moments">Moments of the calibration samples.</param>
    /// <param name="factors">p factors, or none to take the variables as they are; then nothing is copied.</param>
    public MomentProducts(Moments moments, ReadOnlySpan<double> factors)
    {
        int p = moments.XMeans.Length;
        _withResponse = new double[p];
        moments.XY.View.CopyColumn(0, _withResponse);
        if (factors.IsEmpty)
        {
            _borrowed = moments.XX;
        }
        else
        {
            _owned = new ScratchMatrix(p, p);
            MatrixSpan scaled = _owned.Span;
            for (int i = 0; i < p; i++)
            {
                Span<double> target = scaled.Row(i);
                ReadOnlySpan<double> source = moments.XX.Row(i);
                for (int j = 0; j < p; j++)
                {
                    // The product of the factors first, so that both halves get the same bits.
                    target[j] = factors[i] * factors[j] * source[j];
                }

                _withResponse[i] *= factors[i];
            }
        }

        _squares = Diagonal(XX);
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
