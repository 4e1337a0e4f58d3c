namespace Pipeline.Stages.Numerics;

/// <summary>Eigenvalues of a symmetric tridiagonal matrix, and the rotations that diagonalise it.</summary>
/// <remarks>
/// The QL and the QR iteration with Wilkinson's shift, never formed: each unreduced block is chased from its smaller
/// end to its larger, so matrices graded from small to large keep the digits of their small eigenvalues. An element beside the diagonal
/// is dropped when it is below the rounding of the geometric mean of its neighbours. Time about 30 n² without the
/// rows of the batch; squares of the elements must not overflow.
/// Wilkinson and Reinsch (1971), Handbook for Automatic Computation II, contributions II/3 and II/4;
/// Parlett (1998), The Symmetric Eigenvalue Problem, section 8.
/// </remarks>
internal static class ImplicitShifts
{
    private const double Epsilon = 1.1102230246251565e-16;
    private const double Least = 2.2250738585072014e-308;

    /// <summary>Steps per eigenvalue; two are usual, and no finite matrix is known to need ten.</summary>
    private const int StepsPerValue = 40;

    /// <summary>Overwrites the diagonal d by the eigenvalues, in no order, and e, beside it, by zeros.</summary>
    public static void Diagonalise(Span<double> d, Span<double> e, RotationBatch rotations)
    {
        int stepsLeft = StepsPerValue * d.Length;
        int start = 0;
        while (start < d.Length)
        {
            int end = start;
            while (end < d.Length - 1 && !IsNegligible(d, e, end))
            {
                end++;
            }

            if (end < d.Length - 1)
            {
                e[end] = 0;
            }

            if (Math.Abs(d[end]) < Math.Abs(d[start]))
            {
                ChaseUp(d, e, start, end, rotations, ref stepsLeft);
            }
            else
            {
                ChaseDown(d, e, start, end, rotations, ref stepsLeft);
            }

            start = end + 1;
        }

        rotations.Apply();
    }

    /// <summary>QL: eigenvalues appear at the upper end of a block.</summary>
    private static void ChaseDown(
        Span<double> d, Span<double> e, int upper, int end, RotationBatch rotations, ref int stepsLeft)
    {
        while (upper < end)
        {
            int lower = upper;
            while (lower < end && !IsNegligible(d, e, lower))
            {
                lower++;
            }

            if (lower < end)
            {
                e[lower] = 0;
            }

            if (lower == upper)
            {
                upper++;
                continue;
            }

            Require(ref stepsLeft);
            double g = d[lower] - d[upper] + Shift(d[upper], d[upper + 1], e[upper]);
            double s = 1;
            double c = 1;
            double p = 0;
            Span<double> rotation = rotations.Add(lower, -1, lower - upper);
            for (int i = lower - 1; i >= upper; i--)
            {
                double f = s * e[i];
                double b = c * e[i];
                double r = Rotation(g, f, out c, out s);
                if (i < lower - 1)
                {
                    e[i + 1] = r;
                }

                g = d[i + 1] - p;
                r = ((d[i] - g) * s) + (2 * c * b);
                p = s * r;
                d[i + 1] = g + p;
                g = (c * r) - b;
                rotation[0] = c;
                rotation[1] = s;
                rotation = rotation[2..];
            }

            d[upper] -= p;
            e[upper] = g;
        }
    }

    /// <summary>QR: eigenvalues appear at the lower end of a block.</summary>
    private static void ChaseUp(
        Span<double> d, Span<double> e, int start, int lower, RotationBatch rotations, ref int stepsLeft)
    {
        while (lower > start)
        {
            int upper = lower;
            while (upper > start && !IsNegligible(d, e, upper - 1))
            {
                upper--;
            }

            if (upper > start)
            {
                e[upper - 1] = 0;
            }

            if (lower == upper)
            {
                lower--;
                continue;
            }

            Require(ref stepsLeft);
            double g = d[upper] - d[lower] + Shift(d[lower], d[lower - 1], e[lower - 1]);
            double s = 1;
            double c = 1;
            double p = 0;
            Span<double> rotation = rotations.Add(upper, 1, lower - upper);
            for (int i = upper; i < lower; i++)
            {
                double f = s * e[i];
                double b = c * e[i];
                double r = Rotation(g, f, out c, out s);
                if (i > upper)
                {
                    e[i - 1] = r;
                }

                g = d[i] - p;
                r = ((d[i + 1] - g) * s) + (2 * c * b);
                p = s * r;
                d[i] = g + p;
                g = (c * r) - b;
                rotation[0] = c;
                rotation[1] = s;
                rotation = rotation[2..];
            }

            d[lower] -= p;
            e[lower - 1] = g;
        }
    }

    /// <summary>What Wilkinson's shift differs from the end of the block: the nearer eigenvalue of its last two rows.</summary>
    private static double Shift(double end, double neighbour, double beside)
    {
        double g = (neighbour - end) / (2 * beside);
        return beside / (g + Math.CopySign(Length(g, 1), g));
    }

    private static bool IsNegligible(ReadOnlySpan<double> d, ReadOnlySpan<double> e, int i) =>
        e[i] * e[i] <= (Epsilon * Epsilon * Math.Abs(d[i]) * Math.Abs(d[i + 1])) + Least;

    /// <summary>c and s with cg + sf = r and cf = sg.</summary>
    private static double Rotation(double g, double f, out double c, out double s)
    {
        if (f == 0)
        {
            (c, s) = (1, 0);
            return g;
        }

        double r = Length(g, f);
        c = g / r;
        s = f / r;
        return r;
    }

    /// <summary>√(x² + y²) where a square may vanish or overflow.</summary>
    private static double Length(double x, double y)
    {
        double square = (x * x) + (y * y);
        if (square is > 1e-200 and < 1e200)
        {
            return Math.Sqrt(square);
        }

        double largest = Math.Max(Math.Abs(x), Math.Abs(y));
        double ratio = Math.Min(Math.Abs(x), Math.Abs(y)) / largest;
        return largest * Math.Sqrt(1 + (ratio * ratio));
    }

    private static void Require(ref int stepsLeft)
    {
        if (stepsLeft-- == 0)
        {
            throw new InvalidOperationException("The eigenvalues of a finite tridiagonal matrix did not converge.");
        }
    }
}
