using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Pcr;

/// <summary>The principal components of one calibration set with the response's coefficients on them.</summary>
/// <remarks>
/// X is n × p, centred. The leading eigenvectors of the smaller cross-product span the space in which
/// <see cref="PcrComponents"/> finds the components through X itself. Time npm + 4m³/3 + 4npA with m = min(n, p); memory m² + A(3p + 2n).
/// A variable without variance has loading and coefficient exactly 0 where n ≤ p, and is
/// set to it otherwise.
/// </remarks>
internal sealed class PcrFit
{
    private PcrFit(CentredCalibration calibration, Matrix loadings, double[] squares, double[] yLoadings)
    {
        Means = calibration.Means;
        YMean = calibration.YMean;
        IsResponseConstant = calibration.YSquaredNorm == 0;
        Loadings = loadings;
        Squares = squares;
        YLoadings = yLoadings;
    }

    /// <summary>Components found.</summary>
    public int Count => Squares.Length;

    /// <summary>True where the response has no variance: every count predicts the mean.</summary>
    public bool IsResponseConstant { get; }

    /// <summary>Pᵀ, A × p: unit loadings, the largest element of each positive.</summary>
    public Matrix Loadings { get; }

    /// <summary>tᵀt of each component.</summary>
    public double[] Squares { get; }

    /// <summary>q, the response's coefficient on each component.</summary>
    public double[] YLoadings { get; }

    /// <summary>Means of the p variables.</summary>
    public double[] Means { get; }

    /// <summary>Mean of the response.</summary>
    public double YMean { get; }

    /// <summary>Bytes held and used for n × p spectra and A components, the centred copy of X not counted.</summary>
    public static long SizeBytes(long n, long p, long components)
    {
        long m = Math.Min(n, p);
        long r = Math.Min(components + PcrComponents.Guard, m);
        return Tridiagonal.SizeBytes(m) + MatrixProducts.BorrowedBytes(m, 0, Math.Max(n, p))
            + MatrixProducts.BorrowedBytes(r, Math.Max(n, p), MatrixProducts.RowBlock)
            + (sizeof(double) * ((n > p ? n * p : 0) + (r * ((2 * p) + n + m + (4 * r))) + n + p + (6 * m)));
    }

    /// <summary>Why a component count has no answer, or null where it has one.</summary>
    public static string? FailureOf(int components, int count, bool isResponseConstant) =>
        isResponseConstant || components <= count
            ? null
            : $"{components} components asked, the calibration spectra support {count}.";

    /// <summary>Up to <paramref name="componentsMax"/> components.</summary>
    public static PcrFit Of(CentredCalibration calibration, int componentsMax)
    {
        MatrixView x = calibration.X;
        if (calibration.SquaredNorm == 0)
        {
            return new PcrFit(calibration, new Matrix(0, x.Columns), [], []);
        }

        int wanted = Math.Min(componentsMax, Math.Min(x.Rows - 1, x.Columns));
        var tridiagonal = new Tridiagonal(PrincipalComponents.SmallerGram(x));
        (_, Matrix vectors) = LeadingEigenpairs.Of(tridiagonal, wanted + PcrComponents.Guard, PcrComponents.VarianceShareMin * calibration.SquaredNorm / 100);
        Matrix w = vectors;
        if (x.Rows <= x.Columns)
        {
            w = new Matrix(vectors.Rows, x.Columns);
            RowProducts.Times(vectors.View, x, w.Span);
        }

        PcrComponents.Orthonormalise(w.Span);
        var scores = new Matrix(w.Rows, x.Rows);
        RowProducts.TimesTransposed(w.View, x, scores.Span);
        PcrComponents components = PcrComponents.Of(scores.View, calibration.Y, calibration.SquaredNorm, wanted);
        var loadings = new Matrix(components.Count, x.Columns);
        RowProducts.Times(components.Rotation.View, w.View, loadings.Span);
        double[] yLoadings = components.YLoadings;
        Settle(loadings, x, yLoadings);
        return new PcrFit(calibration, loadings, components.Squares, yLoadings);
    }

    /// <summary>VIP of the first components, p values; all 0 for a response without variance.</summary>
    public void CopyImportance(int components, Span<double> importance)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(importance.Length, Means.Length);
        importance.Clear();
        double total = 0;
        for (int a = 0; a < Math.Min(components, Count); a++)
        {
            double explained = YLoadings[a] * YLoadings[a] * Squares[a];
            total += explained;
            ReadOnlySpan<double> loading = Loadings.Row(a);
            for (int j = 0; j < importance.Length; j++)
            {
                importance[j] += loading[j] * loading[j] * explained;
            }
        }

        for (int j = 0; j < importance.Length && total > 0; j++)
        {
            importance[j] = Math.Sqrt(importance.Length * importance[j] / total);
        }
    }

    /// <summary>Exact zeros for variables without variance, and the largest element of each loading positive.</summary>
    private static void Settle(Matrix loadings, MatrixView x, double[] yLoadings)
    {
        for (int j = 0; j < x.Columns; j++)
        {
            int i = 0;
            while (i < x.Rows && x[i, j] == 0)
            {
                i++;
            }

            for (int a = 0; a < loadings.Rows && i == x.Rows; a++)
            {
                loadings[a, j] = 0;
            }
        }

        for (int a = 0; a < loadings.Rows; a++)
        {
            if (Products.SignOfLargest(loadings.Row(a)) < 0)
            {
                Products.Scale(-1, loadings.Row(a));
                yLoadings[a] = -yLoadings[a];
            }
        }
    }
}
