using System.Collections.Immutable;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Pls;

/// <summary>PLS1 from the moments of the calibration samples by improved kernel PLS, algorithm 2.</summary>
/// <remarks>
/// Xᵀt is XᵀX r, so no score is ever formed. Time 2p²A + 4pA², memory 3pA + 3p doubles besides the moments and the
/// coefficients. Components are not extracted where <see cref="KernelPls"/> would not, or where tᵀt = rᵀXᵀX r has
/// fallen to the rounding of that product. A variable without variance gets the coefficient 0, a response without
/// variance has no components and every count predicts its mean.
/// Dayal and MacGregor (1997), J. Chemometrics 11, 73-85, algorithm 2, M = 1.
/// </remarks>
internal static class PlsOfMoments
{
    private const double CovarianceMin = 1e-14;
    private const double CovarianceErrorMax = 0.1;

    /// <summary>tᵀt at or below this part of ‖X‖² ‖r‖² is rounding of rᵀ(XᵀX)r.</summary>
    private const double ScoreSquareMin = 1e-14;

    /// <summary>The coefficients of several component counts.</summary>
    public static LinearFits Fit(Moments calibration, ImmutableArray<int> components)
    {
        int p = calibration.XMeans.Length;
        var fits = new LinearFits(components.Length, p);
        int most = (int)Math.Min(components.Max(), Math.Min(calibration.Count - 1, p));
        var b = new double[p];
        int found = 0;
        bool isConstant = calibration.YY[0, 0] == 0;
        if (!isConstant)
        {
            foreach (int count in Extract(calibration, most, b))
            {
                found = count;
                Take(fits, components, count, b);
            }
        }

        for (int j = 0; j < components.Length; j++)
        {
            if (components[j] > found && !isConstant)
            {
                fits.Failures[j] = $"{components[j]} components asked, the calibration spectra support {found}.";
            }
        }

        return fits.Through(calibration);
    }

    private static void Take(LinearFits fits, ImmutableArray<int> components, int count, double[] b)
    {
        for (int j = 0; j < components.Length; j++)
        {
            if (components[j] == count)
            {
                b.CopyTo(fits.Coefficients.Row(j));
            }
        }
    }

    /// <summary>Adds component after component to the coefficients, and gives the number of each that was found.</summary>
    private static IEnumerable<int> Extract(Moments calibration, int most, double[] b)
    {
        int p = b.Length;
        Matrix XX = calibration.XX;
        double trace = 0;
        for (int j = 0; j < p; j++)
        {
            trace += XX[j, j];
        }

        double covarianceMin = CovarianceMin * Math.Sqrt(trace) * Math.Sqrt(calibration.YY[0, 0]);
        double[] s = new double[p];
        calibration.XY.View.CopyColumn(0, s);
        double[] w = new double[p];
        double[] along = new double[most];
        var rotations = new Matrix(most, p);
        var loadings = new Matrix(most, p);
        for (int a = 0; a < most; a++)
        {
            // Step 2: w is s at unit length.
            double norm = Math.Sqrt(Products.Dot(s, s));
            if (norm <= covarianceMin)
            {
                yield break;
            }

            s.CopyTo(w, 0);
            Products.Scale(1 / norm, w);

            // Step 3: r = w less its part along the earlier loadings.
            Products.Project(loadings.View.RowBand(0, a), w, along.AsSpan(0, a));
            Products.TransposedTimes(rotations.View.RowBand(0, a), along.AsSpan(0, a), rotations.Row(a));
            RowKernels.Subtract(w, rotations.Row(a), rotations.Row(a));
            double rTs = Products.Dot(rotations.Row(a), s);
            if (Math.Abs(Math.Abs(rTs) - norm) > CovarianceErrorMax * norm)
            {
                yield break;
            }

            // Step 4: Xᵀt and tᵀt out of XᵀX.
            Products.Project(XX.View, rotations.Row(a), loadings.Row(a));
            double tTt = Products.Dot(rotations.Row(a), loadings.Row(a));
            if (tTt <= ScoreSquareMin * trace * Products.Dot(rotations.Row(a), rotations.Row(a)))
            {
                yield break;
            }

            Products.Scale(1 / tTt, loadings.Row(a));

            // Step 5: only the covariance is deflated.
            Products.Axpy(-rTs, loadings.Row(a), s);
            Products.Axpy(rTs / tTt, rotations.Row(a), b);
            yield return a + 1;
        }
    }
}
