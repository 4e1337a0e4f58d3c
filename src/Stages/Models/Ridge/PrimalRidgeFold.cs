using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Ridge;

/// <summary>One fold of ridge regression in the space of variables: b = (XᵀX + λI)⁻¹Xᵀy from merged moments.</summary>
/// <remarks>
/// Where variables are scaled, moments are divided by the calibration deviations, coefficients are those of scaled
/// variables, and products with the spectra go through b / deviation. A variable without variance has coefficient 0.
/// Held-out rows enter products with the residual 0, which adds nothing to any bit.
/// </remarks>
internal sealed class PrimalRidgeFold
{
    private readonly SharedRows _rows;
    private readonly Tridiagonal _tridiagonal;
    private readonly double[] _right;
    private readonly double[] _mean;
    private readonly double[]? _scales;
    private readonly bool[] _isConstant;
    private readonly double _trace;

    /// <summary>Decomposes the cross-products of a calibration set.</summary>
    /// <param name="rows">The fold's rows.</param>
    /// <param name="moments">Moments of the calibration rows.</param>
    /// <param name="reference">What the spectra are taken about.</param>
    /// <param name="autoscales">Whether variables are divided by their calibration deviation.</param>
    public PrimalRidgeFold(SharedRows rows, Moments moments, ReadOnlySpan<double> reference, bool autoscales)
    {
        _rows = rows;
        int p = moments.XMeans.Length;
        _mean = new double[p];
        RowKernels.Subtract(moments.XMeans, reference, _mean);
        _right = new double[p];
        moments.XY.View.CopyColumn(0, _right);
        var products = new Matrix(p, p, GC.AllocateUninitializedArray<double>(checked(p * p)));
        moments.XX.View.CopyTo(products.Span);
        _isConstant = new bool[p];
        for (int j = 0; j < p; j++)
        {
            _isConstant[j] = products[j, j] == 0;
        }

        if (autoscales)
        {
            _scales = CalibrationScales.Divide(products, moments.Count);
            CalibrationScales.Divide(_right, _scales);
        }

        _trace = PrincipalComponents.Trace(products);
        _tridiagonal = new Tridiagonal(products);
    }

    /// <summary>Predicts the held-out rows with every λ.</summary>
    /// <param name="x">All n × p spectra about the reference.</param>
    /// <param name="lambdas">The penalties.</param>
    /// <param name="scale">What they are measured in.</param>
    public FoldAnswers Predict(MatrixView x, ReadOnlySpan<double> lambdas, RidgeScale scale)
    {
        int count = lambdas.Length;
        bool[] answered = new bool[count];
        Array.Fill(answered, true);
        double[] absolute = RidgeDecomposition.Absolute(lambdas, scale, _trace);
        var b = new Matrix(count, x.Columns);
        if (_trace > 0)
        {
            var rest = new Matrix(count, x.Columns);
            _tridiagonal.SolveShifts(absolute, _right, rest.Span, answered);
            Products.Axpy(1, rest.Values, b.Values);
            Residual(x, absolute, b, rest);
            _tridiagonal.SolveShifts(absolute, rest.Span, answered);
            Products.Axpy(1, rest.Values, b.Values);
        }

        return new FoldAnswers(
            _rows.PredictHeldOut(x, OfSpectra(b).View, _mean),
            RidgeDecomposition.Reasons(answered, absolute, _trace));
    }

    /// <summary>Coefficients on the scale of the spectra; exactly 0 for a variable without variance.</summary>
    private Matrix OfSpectra(Matrix b)
    {
        Matrix target = b.View.ToMatrix();
        for (int s = 0; s < target.Rows; s++)
        {
            Span<double> row = target.Row(s);
            for (int j = 0; j < row.Length; j++)
            {
                row[j] = _isConstant[j] ? 0 : _scales is null ? row[j] : row[j] / _scales[j];
            }
        }

        return target;
    }

    /// <summary>Xᵀ(y - Xb) - λb through the spectra.</summary>
    private void Residual(MatrixView x, ReadOnlySpan<double> lambdas, Matrix b, Matrix rest)
    {
        Matrix ofSpectra = OfSpectra(b);
        var fitted = new Matrix(b.Rows, x.Rows);
        RowProducts.TimesTransposed(ofSpectra.View, x, fitted.Span);
        double[] sums = new double[b.Rows];
        double[] left = new double[_rows.Calibration.Length];
        for (int s = 0; s < b.Rows; s++)
        {
            double offset = Products.Dot(_mean, ofSpectra.Row(s));
            Span<double> all = fitted.Row(s);
            for (int i = 0; i < left.Length; i++)
            {
                left[i] = _rows.Y[i] - (all[_rows.Calibration[i]] - offset);
                sums[s] += left[i];
            }

            _rows.Scatter(left, all);
        }

        RowProducts.Times(fitted.View, x, rest.Span);
        for (int s = 0; s < b.Rows; s++)
        {
            Span<double> row = rest.Row(s);
            Products.Axpy(-sums[s], _mean, row);
            if (_scales is not null)
            {
                CalibrationScales.Divide(row, _scales);
            }

            Products.Axpy(-lambdas[s], b.Row(s), row);
        }
    }
}
