namespace Pipeline.Stages.Numerics;

/// <summary>All eigenpairs of a small positive semidefinite matrix whose entries are right relative to its diagonal.</summary>
/// <remarks>
/// Cyclic Jacobi rotations until every |s_ij| ≤ 2⁻⁵² √(s_ii s_jj): small eigenvalues keep their own digits, where
/// methods that reduce to tridiagonal form first keep those of the largest. For nearly diagonal matrices two or three
/// sweeps of 6r³ each. Demmel and Veselić (1992), SIAM J. Matrix Anal. Appl. 13, 1204-1245.
/// </remarks>
internal static class GradedEigen
{
    private const int SweepsMax = 40;
    private const double Negligible = 2.220446049250313e-16;

    /// <summary>Eigenvalues, falling, with their vectors in the rows; S is overwritten.</summary>
    public static (double[] Values, Matrix Vectors) Of(Matrix S)
    {
        int r = S.Rows;
        var vectors = new Matrix(r, r);
        for (int i = 0; i < r; i++)
        {
            vectors[i, i] = 1;
        }

        for (int sweep = 0; sweep < SweepsMax && Sweep(S, vectors); sweep++)
        {
        }

        int[] order = [.. Enumerable.Range(0, r).OrderByDescending(i => S[i, i])];
        return ([.. order.Select(i => Math.Max(0, S[i, i]))], vectors.SelectRows(order));
    }

    /// <summary>One rotation for each pair that needs it; false where none did.</summary>
    private static bool Sweep(Matrix S, Matrix vectors)
    {
        bool rotated = false;
        for (int i = 0; i < S.Rows; i++)
        {
            for (int j = i + 1; j < S.Rows; j++)
            {
                if (Math.Abs(S[i, j]) <= Negligible * Math.Sqrt(Math.Max(0, S[i, i])) * Math.Sqrt(Math.Max(0, S[j, j])))
                {
                    continue;
                }

                rotated = true;
                double zeta = (S[j, j] - S[i, i]) / (2 * S[i, j]);
                double tangent = Math.CopySign(1, zeta) / (Math.Abs(zeta) + Math.Sqrt(1 + (zeta * zeta)));
                double cosine = 1 / Math.Sqrt(1 + (tangent * tangent));
                Rotate(S, vectors, i, j, cosine, cosine * tangent);
            }
        }

        return rotated;
    }

    private static void Rotate(Matrix S, Matrix vectors, int i, int j, double cosine, double sine)
    {
        RotateRows(S.Row(i), S.Row(j), cosine, sine);
        RotateRows(vectors.Row(i), vectors.Row(j), cosine, sine);
        for (int k = 0; k < S.Rows; k++)
        {
            (double first, double second) = (S[k, i], S[k, j]);
            S[k, i] = (cosine * first) - (sine * second);
            S[k, j] = (sine * first) + (cosine * second);
        }

        S[i, j] = 0;
        S[j, i] = 0;
    }

    private static void RotateRows(Span<double> first, Span<double> second, double cosine, double sine)
    {
        for (int k = 0; k < first.Length; k++)
        {
            (double x, double y) = (first[k], second[k]);
            first[k] = (cosine * x) - (sine * y);
            second[k] = (sine * x) + (cosine * y);
        }
    }
}
