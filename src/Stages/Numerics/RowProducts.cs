namespace Pipeline.Stages.Numerics;

/// <summary>Products of a few rows with all spectra.</summary>
internal static class RowProducts
{
    /// <summary>B = A X for A s × n and X n × p, into the first s rows of B. Time 2snp.</summary>
    public static void Times(MatrixView A, MatrixView X, MatrixSpan B) => MatrixProducts.Times(A, X, B.RowBand(0, A.Rows));

    /// <summary>F = B Xᵀ for B s × p, X n × p, F s × n. Time 2snp.</summary>
    public static void TimesTransposed(MatrixView B, MatrixView X, MatrixSpan F) => MatrixProducts.TimesTransposed(B, X, F);
}
