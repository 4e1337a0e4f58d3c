using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Ridge;

/// <summary>Ridge regression from the moments of the calibration samples: b = (XᵀX + λI)⁻¹Xᵀy for every λ.</summary>
/// <remarks>
/// One reduction of XᵀX to tridiagonal form answers all λ, with a step of refinement through XᵀX itself. It cannot mend
/// what the cross-product has lost of the spectra: where <see cref="RidgeDecomposition"/> goes back to these, coefficients
/// at λ = 1e-10 of the trace differ by some 1e-6 of their size, predictions by far less. A variable without variance has
/// coefficient 0. Time 4p³/3 + 8p² for each λ; of a single λ, by Cholesky's factors, p³/3 and 6p². Memory p² + 3p for each λ doubles.
/// </remarks>
internal static class RidgeOfMoments
{
    /// <summary>The coefficients of several penalties.</summary>
    public static LinearFits Fit(Moments calibration, ReadOnlySpan<double> lambdas, RidgeScale scale)
    {
        int p = calibration.XMeans.Length;
        var fits = new LinearFits(lambdas.Length, p);
        double trace = 0;
        for (int j = 0; j < p; j++)
        {
            trace += calibration.XX[j, j];
        }

        if (trace == 0)
        {
            return fits.Through(calibration);
        }

        double[] absolute = RidgeDecomposition.Absolute(lambdas, scale, trace);
        bool[] answered = new bool[absolute.Length];
        Array.Fill(answered, true);
        double[] right = new double[p];
        calibration.XY.View.CopyColumn(0, right);
        if (absolute.Length == 1 && TryEliminate(calibration, absolute[0], trace, right, fits.Coefficients.Row(0)))
        {
            return fits.Through(calibration);
        }

        var tridiagonal = new Tridiagonal(calibration.XX.View.ToMatrix());
        var rest = new Matrix(absolute.Length, p);
        for (int s = 0; s < absolute.Length; s++)
        {
            right.CopyTo(rest.Row(s));
        }

        Matrix b = fits.Coefficients;
        tridiagonal.SolveShifts(absolute, rest.Span, answered);
        Products.Axpy(1, rest.Values, b.Values);
        for (int s = 0; s < absolute.Length; s++)
        {
            Products.Project(calibration.XX.View, b.Row(s), rest.Row(s));
            RowKernels.Subtract(right, rest.Row(s), rest.Row(s));
            Products.Axpy(-absolute[s], b.Row(s), rest.Row(s));
        }

        tridiagonal.SolveShifts(absolute, rest.Span, answered);
        Products.Axpy(1, rest.Values, b.Values);
        RidgeDecomposition.Reasons(answered, absolute, trace).CopyTo(fits.Failures, 0);
        for (int s = 0; s < absolute.Length; s++)
        {
            Span<double> row = b.Row(s);
            for (int j = 0; j < p; j++)
            {
                row[j] = answered[s] && calibration.XX[j, j] != 0 ? row[j] : 0;
            }
        }

        return fits.Through(calibration);
    }

    /// <summary>The coefficients of one λ, refined once; false where XᵀX + λI is not positive to working precision.</summary>
    private static bool TryEliminate(Moments calibration, double lambda, double trace, ReadOnlySpan<double> right, Span<double> b)
    {
        int p = right.Length;
        MatrixView XX = calibration.XX.View;
        Matrix factors = XX.ToMatrix();
        for (int j = 0; j < p; j++)
        {
            factors[j, j] += lambda;
        }

        if (!Cholesky.TryFactorise(factors.Span, out _))
        {
            return false;
        }

        // Pivots are squares of the diagonal, judged as those of the reduction.
        for (int j = 0; j < p; j++)
        {
            if (!(factors[j, j] * factors[j, j] > Tridiagonal.PivotMin * (trace + lambda)))
            {
                return false;
            }
        }

        double[] rest = right.ToArray();
        b.Clear();
        for (int round = 0; round < 2; round++)
        {
            Cholesky.Solve(factors.View, new MatrixSpan(rest, p, 1, 1));
            Products.Axpy(1, rest, b);
            if (round == 0)
            {
                Products.Project(XX, b, rest);
                RowKernels.Subtract(right, rest, rest);
                Products.Axpy(-lambda, b, rest);
            }
        }

        for (int j = 0; j < p; j++)
        {
            b[j] = XX[j, j] != 0 ? b[j] : 0;
        }

        return true;
    }
}
