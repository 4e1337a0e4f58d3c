using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.ElasticNet;

/// <summary>Products taken through the spectra themselves: for fewer samples than variables.</summary>
/// <remarks>
/// Xcᵀ is kept, p × n, so that a variable is a row. No p × p matrix is formed: a product costs n, a gradient n for each
/// variable asked and n for each coefficient, all of them np. The residual is formed before it is projected, which
/// keeps the digits that subtracting cross-products would lose. Memory 1 np, borrowed.
/// </remarks>
internal sealed class SpectraProducts : ICrossProducts
{
    private readonly ScratchMatrix _xTransposed;
    private readonly double[] _y;
    private readonly double[] _residual;
    private readonly double[] _squares;
    private readonly double[] _withResponse;

    /// <summary>Copies centred calibration data, which stay the caller's.</summary>
    public SpectraProducts(CentredCalibration calibration)
    {
        MatrixView x = calibration.X;
        _xTransposed = new ScratchMatrix(x.Columns, x.Rows);
        Gram.Transpose(x, _xTransposed.Span);
        _y = calibration.Y;
        _residual = [.. _y];
        _squares = new double[x.Columns];
        _withResponse = new double[x.Columns];
        MatrixView variables = _xTransposed.View;
        for (int j = 0; j < _squares.Length; j++)
        {
            _squares[j] = Products.Dot(variables.Row(j), variables.Row(j));
        }

        Products.Project(variables, _y, _withResponse);
        ResponseSquares = calibration.YSquaredNorm;
    }

    /// <inheritdoc/>
    public ReadOnlySpan<double> Squares => _squares;

    /// <inheritdoc/>
    public ReadOnlySpan<double> WithResponse => _withResponse;

    /// <inheritdoc/>
    public double ResponseSquares { get; }

    /// <inheritdoc/>
    public void CopyProducts(int variable, ReadOnlySpan<int> with, Span<double> target)
    {
        MatrixView variables = _xTransposed.View;
        ReadOnlySpan<double> row = variables.Row(variable);
        for (int k = 0; k < with.Length; k++)
        {
            target[k] = Products.Dot(row, variables.Row(with[k]));
        }
    }

    /// <inheritdoc/>
    public void MoveTo(ReadOnlySpan<int> variables, ReadOnlySpan<double> coefficients)
    {
        MatrixView rows = _xTransposed.View;
        _y.CopyTo(_residual, 0);
        for (int k = 0; k < variables.Length; k++)
        {
            Products.Axpy(-coefficients[k], rows.Row(variables[k]), _residual);
        }
    }

    /// <inheritdoc/>
    public void Gradients(ReadOnlySpan<int> variables, Span<double> target)
    {
        MatrixView rows = _xTransposed.View;
        foreach (int j in variables)
        {
            target[j] = Products.Dot(rows.Row(j), _residual);
        }
    }

    /// <inheritdoc/>
    public void Gradients(Span<double> target) => Products.Project(_xTransposed.View, _residual, target);

    /// <inheritdoc/>
    public void Dispose() => _xTransposed.Dispose();
}
