namespace Pipeline.Stages.Numerics;

/// <summary>Products of a few rows with all spectra.</summary>
internal static class RowProducts
{
    /// <summary>B = A X for A s × n, X n × p, B s × p or more rows, of which the first s are written. Time 2snp.</summary>
    public static void Times(MatrixView A, MatrixView X, MatrixSpan B)
    {
        for (int s = 0; s < A.Rows; s++)
        {
            Products.TransposedTimes(X, A.Row(s), B.Row(s));
        }
    }

    /// <summary>F = B Xᵀ for B s × p, X n × p, F s × n. Time 2snp.</summary>
    public static void TimesTransposed(MatrixView B, MatrixView X, MatrixSpan F)
    {
        for (int s = 0; s < B.Rows; s++)
        {
            Products.Project(X, B.Row(s), F.Row(s));
        }
    }
}
