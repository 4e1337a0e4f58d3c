using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Ridge;

/// <summary>One fold of ridge regression in the space of samples: α = (K + λI)⁻¹y with K the centred calibration Gram.</summary>
/// <remarks>
/// Coefficients are b = Xᵀα with X about the reference of the Gram: Σα = 0, so the reference drops out, and what
/// rounding leaves of it is taken off α. Held-out rows of α are exactly 0, and 0 times a finite value adds nothing to any bit.
/// </remarks>
internal sealed class DualRidgeFold
{
    private readonly SharedRows _rows;
    private readonly Tridiagonal _tridiagonal;
    private readonly double _trace;

    /// <summary>Decomposes the calibration block of a Gram matrix.</summary>
    public DualRidgeFold(SharedRows rows, MatrixView x, MatrixView gram)
    {
        _rows = rows;
        int m = rows.Calibration.Length;
        var centred = new Matrix(m, m, GC.AllocateUninitializedArray<double>(checked(m * m)));
        rows.CentreGram(gram, centred.Span);
        _trace = PrincipalComponents.Trace(centred);
        _tridiagonal = new Tridiagonal(centred);
    }

    /// <summary>Predicts the held-out rows with every λ.</summary>
    /// <param name="x">All n × p spectra about the reference of the Gram.</param>
    /// <param name="lambdas">The penalties.</param>
    /// <param name="scale">What they are measured in.</param>
    public FoldAnswers Predict(MatrixView x, ReadOnlySpan<double> lambdas, RidgeScale scale)
    {
        int count = lambdas.Length;
        int m = _rows.Calibration.Length;
        bool[] answered = new bool[count];
        Array.Fill(answered, true);
        double[] absolute = RidgeDecomposition.Absolute(lambdas, scale, _trace);
        var alpha = new Matrix(count, m);
        var rest = new Matrix(count, m);

        // The last row of the spread α is the weight of each row in the calibration mean.
        var spread = new Matrix(count + 1, x.Rows);
        var b = new Matrix(count + 1, x.Columns);
        double[] weights = new double[m];
        Array.Fill(weights, 1.0 / m);
        _rows.Scatter(weights, spread.Row(count));
        if (_trace > 0)
        {
            _tridiagonal.SolveShifts(absolute, _rows.Y, rest.Span, answered);
            Add(rest, alpha);
            Spread(alpha, spread);
            RowProducts.Times(spread.View, x, b.Span);
            Residual(x, absolute, alpha, b, rest);
            _tridiagonal.SolveShifts(absolute, rest.Span, answered);
            Add(rest, alpha);
            Spread(alpha, spread);
            RowProducts.Times(spread.View.RowBand(0, count), x, b.Span);
        }

        return new FoldAnswers(
            _rows.PredictHeldOut(x, b.View.RowBand(0, count), b.Row(count)),
            RidgeDecomposition.Reasons(answered, absolute, _trace));
    }

    private static void Add(Matrix correction, Matrix alpha)
    {
        Products.Axpy(1, correction.Values, alpha.Values);
        for (int s = 0; s < alpha.Rows; s++)
        {
            Span<double> row = alpha.Row(s);
            double sum = 0;
            foreach (double value in row)
            {
                sum += value;
            }

            double mean = sum / row.Length;
            foreach (ref double value in row)
            {
                value -= mean;
            }
        }
    }

    private void Spread(Matrix alpha, Matrix spread)
    {
        for (int s = 0; s < alpha.Rows; s++)
        {
            _rows.Scatter(alpha.Row(s), spread.Row(s));
        }
    }

    /// <summary>y - XXᵀα - λα through the spectra.</summary>
    private void Residual(MatrixView x, ReadOnlySpan<double> lambdas, Matrix alpha, Matrix b, Matrix rest)
    {
        var fitted = new Matrix(alpha.Rows, x.Rows);
        RowProducts.TimesTransposed(b.View.RowBand(0, alpha.Rows), x, fitted.Span);
        ReadOnlySpan<double> mean = b.Row(alpha.Rows);
        for (int s = 0; s < alpha.Rows; s++)
        {
            double offset = Products.Dot(mean, b.Row(s));
            ReadOnlySpan<double> all = fitted.Row(s);
            ReadOnlySpan<double> a = alpha.Row(s);
            Span<double> target = rest.Row(s);
            for (int i = 0; i < target.Length; i++)
            {
                target[i] = Math.FusedMultiplyAdd(-lambdas[s], a[i], _rows.Y[i] - (all[_rows.Calibration[i]] - offset));
            }
        }
    }
}
