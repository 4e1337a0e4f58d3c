using System.Diagnostics;

namespace Pipeline.Stages.Numerics;

/// <summary>The leading principal components of a centred matrix.</summary>
/// <remarks>
/// Eigenpairs of the smaller of XXᵀ and XᵀX: tridiagonal form, eigenvalues by bisection, vectors by inverse iteration
/// orthogonal to those before. Time npm + 4m³/3 + a few m per component with m = min(n, p); memory m². A component with less than 1e-12 of the whole variance is rounding and is left out.
/// The largest element of each loading is positive.
/// Parlett (1998), The Symmetric Eigenvalue Problem, 3.3 and 4.
/// </remarks>
internal sealed class PrincipalComponents
{
    private const double VarianceShareMin = 1e-12;
    private const int InverseIterations = 4;

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
        (double[] values, Matrix vectors) = Largest(
            tridiagonal.Diagonal, tridiagonal.OffDiagonal, Math.Min(componentsMax, gram.Rows), VarianceShareMin * trace);
        tridiagonal.ApplyQ(vectors.Span);
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

            Products.Scale(Sign(loading) / Math.Sqrt(Products.Dot(loading, loading)), loading);
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

    private static (double[] Values, Matrix Vectors) Largest(
        ReadOnlySpan<double> d, ReadOnlySpan<double> e, int countMax, double valueMin)
    {
        var values = new List<double>();
        double bound = 0;
        for (int i = 0; i < d.Length; i++)
        {
            bound = Math.Max(bound, Math.Abs(d[i]) + (i > 0 ? Math.Abs(e[i - 1]) : 0) + (i < e.Length ? Math.Abs(e[i]) : 0));
        }

        for (int a = 0; a < countMax; a++)
        {
            double value = Bisect(d, e, a, bound);
            if (value <= valueMin)
            {
                break;
            }

            values.Add(value);
        }

        var vectors = new Matrix(values.Count, d.Length);
        for (int a = 0; a < values.Count; a++)
        {
            Iterate(d, e, values[a], bound, vectors, a);
        }

        return ([.. values], vectors);
    }

    /// <summary>The eigenvalue that has exactly <paramref name="above"/> others above it.</summary>
    private static double Bisect(ReadOnlySpan<double> d, ReadOnlySpan<double> e, int above, double bound)
    {
        double low = -bound;
        double high = bound;
        while (true)
        {
            double middle = low + ((high - low) / 2);
            if (middle <= low || middle >= high)
            {
                return middle;
            }

            if (CountAbove(d, e, middle, bound) > above)
            {
                low = middle;
            }
            else
            {
                high = middle;
            }
        }
    }

    /// <summary>Sylvester's law of inertia: positive pivots of LDLᵀ of T − xI.</summary>
    private static int CountAbove(ReadOnlySpan<double> d, ReadOnlySpan<double> e, double x, double bound)
    {
        int count = 0;
        double pivot = 1;
        for (int i = 0; i < d.Length; i++)
        {
            double off = i > 0 ? e[i - 1] : 0;
            pivot = d[i] - x - (off * off / pivot);
            pivot = pivot == 0 ? -double.Epsilon * Math.Max(1, bound) : pivot;
            count += pivot > 0 ? 1 : 0;
        }

        return count;
    }

    private static void Iterate(ReadOnlySpan<double> d, ReadOnlySpan<double> e, double value, double bound, Matrix vectors, int a)
    {
        Span<double> z = vectors.Row(a);
        for (int i = 0; i < z.Length; i++)
        {
            // A start without symmetry, so that it is orthogonal to no vector by construction.
            double golden = (i + 1 + (a * 0.37)) * 0.6180339887498949;
            z[i] = golden - Math.Floor(golden) + 0.5;
        }

        for (int iteration = 0; iteration < InverseIterations; iteration++)
        {
            Solve(d, e, value, bound, z);
            Products.Scale(1 / LargestMagnitude(z), z);
            for (int b = 0; b < a; b++)
            {
                Products.Axpy(-Products.Dot(vectors.Row(b), z), vectors.Row(b), z);
            }

            Products.Scale(1 / Math.Sqrt(Products.Dot(z, z)), z);
        }
    }

    /// <summary>(T − xI) z = z by elimination with row exchanges; a pivot of zero counts as rounding.</summary>
    private static void Solve(ReadOnlySpan<double> d, ReadOnlySpan<double> e, double x, double bound, Span<double> z)
    {
        int n = d.Length;
        double[] diagonal = new double[n];
        double[] first = new double[n];
        double[] second = new double[n];
        double least = Math.Max(bound, double.Epsilon) * 1e-16;
        for (int i = 0; i < n; i++)
        {
            diagonal[i] = d[i] - x;
            first[i] = i < n - 1 ? e[i] : 0;
        }

        for (int i = 0; i < n - 1; i++)
        {
            double below = e[i];
            if (Math.Abs(below) > Math.Abs(diagonal[i]))
            {
                (double pivot, double next, double after) = (below, diagonal[i + 1], first[i + 1]);
                double factor = diagonal[i] / pivot;
                diagonal[i + 1] = first[i] - (factor * next);
                first[i + 1] = -factor * after;
                (diagonal[i], first[i], second[i]) = (pivot, next, after);
                (z[i], z[i + 1]) = (z[i + 1], z[i] - (factor * z[i + 1]));
            }
            else
            {
                diagonal[i] = Math.Abs(diagonal[i]) < least ? least : diagonal[i];
                double factor = below / diagonal[i];
                diagonal[i + 1] -= factor * first[i];
                z[i + 1] -= factor * z[i];
            }
        }

        diagonal[n - 1] = Math.Abs(diagonal[n - 1]) < least ? least : diagonal[n - 1];
        for (int i = n - 1; i >= 0; i--)
        {
            double sum = z[i];
            sum -= i + 1 < n ? first[i] * z[i + 1] : 0;
            sum -= i + 2 < n ? second[i] * z[i + 2] : 0;
            z[i] = sum / diagonal[i];
        }

        Debug.Assert(double.IsFinite(z[0]));
    }

    private static double LargestMagnitude(ReadOnlySpan<double> values)
    {
        double largest = 0;
        foreach (double value in values)
        {
            largest = Math.Max(largest, Math.Abs(value));
        }

        return largest;
    }

    private static double Sign(ReadOnlySpan<double> values)
    {
        double largest = 0;
        foreach (double value in values)
        {
            largest = Math.Abs(value) > Math.Abs(largest) ? value : largest;
        }

        return largest < 0 ? -1 : 1;
    }
}
