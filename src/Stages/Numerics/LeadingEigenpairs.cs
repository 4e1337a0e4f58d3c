using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Vector = System.Runtime.Intrinsics.Vector512<double>;

namespace Pipeline.Stages.Numerics;

/// <summary>The largest eigenvalues of a symmetric matrix with their vectors, from its tridiagonal form.</summary>
/// <remarks>
/// Eigenvalues by bisection on the count of positive pivots, eight at once, to the rounding of ‖T‖; vectors by inverse
/// iteration, orthogonal to those before, so that equal eigenvalues get orthogonal vectors. Time 60n per eigenvalue and
/// 30n + 6na per vector a, then 2n² per vector to leave the tridiagonal form.
/// Parlett (1998), The Symmetric Eigenvalue Problem, 3.3 and 4.
/// </remarks>
internal static class LeadingEigenpairs
{
    private const int InverseIterations = 4;

    /// <summary>Halvings after which an interval of 2‖T‖ is at its rounding, and a few more for small eigenvalues.</summary>
    private const int Halvings = 64;

    /// <summary>Seconds of so many pairs on one core, measured at orders 80 to 900; feeds estimates alone.</summary>
    public static double Seconds(double order, int count) => count * ((2e-7 * order) + (1.6e-10 * order * order));

    /// <summary>Up to <paramref name="countMax"/> eigenpairs above a value, falling; vectors in the rows.</summary>
    public static (double[] Values, Matrix Vectors) Of(Tridiagonal tridiagonal, int countMax, double valueMin)
    {
        ReadOnlySpan<double> d = tridiagonal.Diagonal;
        ReadOnlySpan<double> e = tridiagonal.OffDiagonal;
        double[] largest = Largest(tridiagonal, Math.Min(countMax, tridiagonal.Order));
        int count = 0;
        while (count < largest.Length && largest[count] > valueMin)
        {
            count++;
        }

        var vectors = new Matrix(count, d.Length);
        var work = new double[3 * d.Length];
        for (int a = 0; a < count; a++)
        {
            Iterate(d, e, largest[a], tridiagonal.Norm, vectors, a, work);
        }

        tridiagonal.ApplyQ(vectors.Span);
        return (largest[..count], vectors);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double[] Largest(Tridiagonal tridiagonal, int count)
    {
        double[] values = new double[count];
        for (int start = 0; start < count; start += Lanes.Width)
        {
            Vector eight = Bisect(tridiagonal.Diagonal, tridiagonal.OffDiagonal, start, tridiagonal.Norm);
            for (int lane = 0; lane < Lanes.Width && start + lane < count; lane++)
            {
                values[start + lane] = eight[lane];
            }
        }

        return values;
    }

    /// <summary>The eigenvalues that have exactly <paramref name="start"/> to <paramref name="start"/> + 7 others above them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static Vector Bisect(ReadOnlySpan<double> d, ReadOnlySpan<double> e, int start, double bound)
    {
        Vector above = Vector512.Create((double)start) + Vector512.Create(0.0, 1, 2, 3, 4, 5, 6, 7);
        Vector low = Vector512.Create(-bound);
        Vector high = Vector512.Create(bound);
        for (int halving = 0; halving < Halvings; halving++)
        {
            Vector middle = low + ((high - low) * 0.5);
            Vector isAbove = Vector512.GreaterThan(CountAbove(d, e, middle, bound), above);
            low = Vector512.ConditionalSelect(isAbove, middle, low);
            high = Vector512.ConditionalSelect(isAbove, high, middle);
        }

        return low + ((high - low) * 0.5);
    }

    /// <summary>Sylvester's law of inertia: positive pivots of LDLᵀ of T − xI.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static Vector CountAbove(ReadOnlySpan<double> d, ReadOnlySpan<double> e, Vector x, double bound)
    {
        Vector count = Vector.Zero;
        Vector pivot = Vector.One;
        Vector tiny = Vector512.Create(-1e-300 * Math.Max(1, bound));
        for (int i = 0; i < d.Length; i++)
        {
            double off = i > 0 ? e[i - 1] : 0;
            pivot = Vector512.Create(d[i]) - x - (Vector512.Create(off * off) / pivot);
            pivot = Vector512.ConditionalSelect(Vector512.Equals(pivot, Vector.Zero), tiny, pivot);
            count += Vector512.GreaterThan(pivot, Vector.Zero) & Vector.One;
        }

        return count;
    }

    private static void Iterate(
        ReadOnlySpan<double> d, ReadOnlySpan<double> e, double value, double bound, Matrix vectors, int a, Span<double> work)
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
            Solve(d, e, value, bound, z, work);
            Products.Scale(1 / LargestMagnitude(z), z);
            for (int b = 0; b < a; b++)
            {
                Products.Axpy(-Products.Dot(vectors.Row(b), z), vectors.Row(b), z);
            }

            Products.Scale(1 / Math.Sqrt(Products.Dot(z, z)), z);
        }
    }

    /// <summary>(T − xI) z = z by elimination with row exchanges; a pivot of zero counts as rounding.</summary>
    private static void Solve(
        ReadOnlySpan<double> d, ReadOnlySpan<double> e, double x, double bound, Span<double> z, Span<double> work)
    {
        int n = d.Length;
        Span<double> diagonal = work[..n];
        Span<double> first = work.Slice(n, n);
        Span<double> second = work.Slice(2 * n, n);
        second.Clear();
        double least = Math.Max(bound * 1e-16, double.Epsilon);
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
}
