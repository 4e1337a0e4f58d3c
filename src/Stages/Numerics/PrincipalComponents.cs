namespace Pipeline.Stages.Numerics;

/// <summary>The leading principal components of a centred matrix.</summary>
/// <remarks>
/// Eigenpairs of the smaller of XXᵀ and XᵀX (<see cref="LeadingEigenpairs"/>). Time npm + 4m³/3 + a few m per component
/// with m = min(n, p); memory m². A component with less than 1e-12 of the whole variance is rounding and is left out.
/// The largest element of each loading is positive.
/// </remarks>
internal sealed class PrincipalComponents
{
    private const double VarianceShareMin = 1e-12;

    private PrincipalComponents(double[] variances, Matrix loadings, double totalVariance)
    {
        Variances = variances;
        Loadings = loadings;
        TotalVariance = totalVariance;
    }

    /// <summary>Variance along each component, divisor n − 1, falling.</summary>
    public double[] Variances { get; }

    /// <summary>Unit loadings, A × p.</summary>
    public Matrix Loadings { get; }

    /// <summary>Sum of the variances of all variables.</summary>
    public double TotalVariance { get; }

    /// <summary>Up to <paramref name="componentsMax"/> components of n × p centred rows, n ≥ 2.</summary>
    public static PrincipalComponents Of(MatrixView centred, int componentsMax)
    {
        int n = centred.Rows;
        int p = centred.Columns;
        bool wide = n <= p;
        Matrix gram = SmallerGram(centred);
        double trace = Trace(gram);
        if (trace == 0)
        {
            return new PrincipalComponents([], new Matrix(0, p), 0);
        }

        var tridiagonal = new Tridiagonal(gram);
        (double[] values, Matrix vectors) = LeadingEigenpairs.Of(tridiagonal, componentsMax, VarianceShareMin * trace);
        var loadings = new Matrix(values.Length, p);
        for (int a = 0; a < values.Length; a++)
        {
            Span<double> loading = loadings.Row(a);
            if (wide)
            {
                Products.TransposedTimes(centred, vectors.Row(a), loading);
            }
            else
            {
                vectors.Row(a).CopyTo(loading);
            }

            Products.Scale(Products.SignOfLargest(loading) / Math.Sqrt(Products.Dot(loading, loading)), loading);
            values[a] /= n - 1;
        }

        return new PrincipalComponents(values, loadings, trace / (n - 1));
    }

    /// <summary>Up to <paramref name="componentsMax"/> components of n ≥ 2 rows of which XᵀX of the centred values is known.</summary>
    public static PrincipalComponents OfProducts(Matrix products, int n, int componentsMax)
    {
        double trace = Trace(products);
        if (trace == 0)
        {
            return new PrincipalComponents([], new Matrix(0, products.Rows), 0);
        }

        var tridiagonal = new Tridiagonal(products.View.ToMatrix());
        (double[] values, Matrix loadings) = LeadingEigenpairs.Of(
            tridiagonal, Math.Min(componentsMax, products.Rows), VarianceShareMin * trace);
        for (int a = 0; a < values.Length; a++)
        {
            Span<double> loading = loadings.Row(a);
            Products.Scale(Products.SignOfLargest(loading) / Math.Sqrt(Products.Dot(loading, loading)), loading);
            values[a] /= n - 1;
        }

        return new PrincipalComponents(values, loadings, trace / (n - 1));
    }

    /// <summary>XXᵀ or XᵀX, whichever is smaller; the two have the same eigenvalues but for zeros.</summary>
    public static Matrix SmallerGram(MatrixView x)
    {
        int m = Math.Min(x.Rows, x.Columns);
        var gram = new Matrix(m, m);
        if (x.Rows <= x.Columns)
        {
            Gram.OfRows(x, gram.Span);
            return gram;
        }

        MatrixProducts.TransposedTimesSelf(x, gram.Span);
        return gram;
    }

    /// <summary>The sum of the diagonal.</summary>
    public static double Trace(Matrix square)
    {
        double sum = 0;
        for (int i = 0; i < square.Rows; i++)
        {
            sum += square[i, i];
        }

        return sum;
    }
}
