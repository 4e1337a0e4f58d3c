namespace Pipeline.Stages.Numerics;

/// <summary>All eigenvalues and eigenvectors of a symmetric matrix.</summary>
/// <remarks>
/// A = VᵀΛV with the eigenvectors as rows of V. Householder reduction to tridiagonal form, rows of Qᵀ formed block by
/// block, implicit QL and QR with the rotations applied in batches. Time 4n³/3 for the reduction, half of it products
/// of matrices, 4n³/3 for Q, all of it products, and about 6n³ for the rotations; memory 2n². Residual and loss of
/// orthogonality are a few n units in the last place of the largest eigenvalue, for clusters too; what a rank is, the
/// caller decides. Immutable once made.
/// Golub and Van Loan (2013), Matrix Computations, 4th edition, section 8.3.
/// </remarks>
internal sealed class SymmetricEigen
{
    /// <summary>Beyond this and its inverse elements are scaled, so that no square overflows or vanishes.</summary>
    private const double SafeMax = 1e100;

    /// <summary>Rotations that wait and the strips that take them, of a few threads.</summary>
    private const long BatchBytes = 4 << 20;

    private SymmetricEigen(double[] values, Matrix vectors)
    {
        Values = values;
        Vectors = vectors;
    }

    /// <summary>The n eigenvalues, falling.</summary>
    public double[] Values { get; }

    /// <summary>Unit eigenvectors, row by row in the order of the values; the largest element of each is positive.</summary>
    public Matrix Vectors { get; }

    /// <summary>Bytes at the peak for order n, the matrix included.</summary>
    public static long SizeBytes(long order) =>
        (sizeof(double) * order * order) + Tridiagonal.SizeBytes(order) + Tridiagonal.FormingBytes(order) + BatchBytes;

    /// <summary>Decomposes a symmetric n × n matrix of finite values, of which the lower half is read and all is overwritten.</summary>
    public static SymmetricEigen Of(Matrix A, PieceRunner? runner = null)
    {
        int n = A.Rows;
        double scale = Scale(A);
        var tridiagonal = new Tridiagonal(A, runner);
        double[] values = tridiagonal.Diagonal.ToArray();
        double[] beside = tridiagonal.OffDiagonal.ToArray();
        var vectors = new Matrix(n, n);
        tridiagonal.FormQ(vectors.Span, runner);
        ImplicitShifts.Diagonalise(values, beside, new RotationBatch(vectors, runner ?? Pieces.InOrder));
        Sort(values, vectors);
        for (int i = 0; i < n; i++)
        {
            values[i] /= scale;
            SetSign(vectors.Row(i));
        }

        return new SymmetricEigen(values, vectors);
    }

    /// <summary>Multiplies the lower half by a power of two where its elements are too large or too small to be squared.</summary>
    private static double Scale(Matrix A)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(A.Columns, A.Rows);
        double largest = 0;
        for (int i = 0; i < A.Rows; i++)
        {
            foreach (double value in A.Row(i)[..(i + 1)])
            {
                if (!double.IsFinite(value))
                {
                    throw new ArgumentException($"Expected finite values, found {value} in row {i}.", nameof(A));
                }

                largest = Math.Max(largest, Math.Abs(value));
            }
        }

        if (largest is 0 or (> 1 / SafeMax and < SafeMax))
        {
            return 1;
        }

        double scale = Math.ScaleB(1, -Math.ILogB(largest));
        for (int i = 0; i < A.Rows; i++)
        {
            Products.Scale(scale, A.Row(i)[..(i + 1)]);
        }

        return scale;
    }

    /// <summary>Brings values and rows into falling order.</summary>
    private static void Sort(double[] values, Matrix vectors)
    {
        int[] order = new int[values.Length];
        for (int i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }

        double[] unsorted = [.. values];
        Array.Sort(order, (first, second) => unsorted[first] == unsorted[second] ? first.CompareTo(second) : unsorted[second].CompareTo(unsorted[first]));
        for (int i = 0; i < order.Length; i++)
        {
            values[i] = unsorted[order[i]];
        }

        MoveRows(order, vectors);
    }

    /// <summary>Row i becomes what row order(i) was, cycle by cycle.</summary>
    private static void MoveRows(int[] order, Matrix rows)
    {
        double[] kept = new double[rows.Columns];
        for (int start = 0; start < order.Length; start++)
        {
            if (order[start] < 0)
            {
                continue;
            }

            rows.Row(start).CopyTo(kept);
            int at = start;
            while (order[at] != start)
            {
                rows.Row(order[at]).CopyTo(rows.Row(at));
                (at, order[at]) = (order[at], -1);
            }

            kept.CopyTo(rows.Row(at));
            order[at] = -1;
        }
    }

    private static void SetSign(Span<double> vector)
    {
        if (Products.SignOfLargest(vector) < 0)
        {
            Products.Scale(-1, vector);
        }
    }
}
