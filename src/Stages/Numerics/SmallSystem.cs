namespace Pipeline.Stages.Numerics;

/// <summary>Positive definite systems of a few equations.</summary>
internal static class SmallSystem
{
    /// <summary>Solves A z = b by Cholesky's LLᵀ; b becomes z, the lower half of A becomes L. Time v³/3.</summary>
    /// <returns>False where a pivot is not positive.</returns>
    public static bool TrySolve(MatrixSpan A, Span<double> b)
    {
        for (int j = 0; j < b.Length; j++)
        {
            ReadOnlySpan<double> rowJ = A.Row(j)[..j];
            double square = A[j, j] - Products.Dot(rowJ, rowJ);
            if (!(square > 0))
            {
                return false;
            }

            double pivot = Math.Sqrt(square);
            A[j, j] = pivot;
            for (int i = j + 1; i < b.Length; i++)
            {
                A[i, j] = (A[i, j] - Products.Dot(A.Row(i)[..j], rowJ)) / pivot;
            }

            b[j] = (b[j] - Products.Dot(rowJ, b[..j])) / pivot;
        }

        for (int j = b.Length - 1; j >= 0; j--)
        {
            b[j] /= A[j, j];
            Products.Axpy(-b[j], A.Row(j)[..j], b[..j]);
        }

        return true;
    }
}
