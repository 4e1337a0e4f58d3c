namespace Pipeline.Stages.Numerics;

/// <summary>The row space of a matrix with fewer rows than columns: X = L Qᵀ with L lower triangular and Q orthonormal.</summary>
/// <remarks>
/// X is n × p, L n × r, Qᵀ r × p, r the rank. Gram-Schmidt with every projection done twice, which keeps Q orthonormal to rounding
/// whatever the condition of X; a row that earlier rows explain but for 1e-14 of it adds no direction, so row i of L ends at
/// column i or before. Time 4n²p, memory n² + np. Giraud, Langou and Rozložník (2005), Comput. Math. Appl. 50, 1069-1075.
/// </remarks>
internal sealed class RowSpace
{
    private const double Negligible = 1e-14;

    private readonly Matrix _rows;

    private RowSpace(Matrix lower, Matrix rows, int rank)
    {
        Lower = lower;
        _rows = rows;
        Rank = rank;
    }

    /// <summary>L in its first <see cref="Rank"/> columns, n × n.</summary>
    public Matrix Lower { get; }

    /// <summary>Directions found, r.</summary>
    public int Rank { get; }

    /// <summary>Qᵀ, r × p.</summary>
    public MatrixView Directions => _rows.View.RowBand(0, Rank);

    /// <summary>Bytes held, and while they are made.</summary>
    public static long SizeBytes(long n, long p) => sizeof(double) * ((n * n) + (n * p) + (2 * p) + (2 * n));

    /// <summary>The row space of n × p numbers.</summary>
    public static RowSpace Of(MatrixView x)
    {
        int n = x.Rows;
        int p = x.Columns;
        var lower = new Matrix(n, n);
        var rows = new Matrix(n, p);
        double[] rest = new double[p];
        double[] explained = new double[p];
        double[] products = new double[n];
        int rank = 0;
        for (int i = 0; i < n; i++)
        {
            x.Row(i).CopyTo(rest);
            double norm = Math.Sqrt(Products.Dot(rest, rest));
            Span<double> own = products.AsSpan(0, rank);
            for (int pass = 0; pass < 2 && rank > 0; pass++)
            {
                MatrixView found = rows.View.RowBand(0, rank);
                Products.Project(found, rest, own);
                Products.TransposedTimes(found, own, explained);
                Products.Axpy(-1, explained, rest);
                Products.Axpy(1, own, lower.Row(i)[..rank]);
            }

            double left = Math.Sqrt(Products.Dot(rest, rest));
            if (left > Negligible * norm && rank < p)
            {
                lower[i, rank] = left;
                rest.CopyTo(rows.Row(rank));
                Products.Scale(1 / left, rows.Row(rank));
                rank++;
            }
        }

        return new RowSpace(lower, rows, rank);
    }
}
