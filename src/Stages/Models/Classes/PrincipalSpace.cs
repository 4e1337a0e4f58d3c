using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Classes;

/// <summary>The coordinates of centred spectra in the space that they span, along their principal axes.</summary>
/// <remarks>
/// Z = X V with orthonormal V, p × r, so that ZᵀZ is diagonal. A model whose penalty knows no direction has all its
/// coefficients in this space, and fewer of them: r is at most the smaller of n - 1 and p. V comes from the eigenvectors of
/// the smaller of XXᵀ and XᵀX; directions of less than 1e-12 of the largest variance are rounding of these products and are left
/// out. Time nm p + 12m³ with m = min(n, p), memory 2m² + (n + p) r doubles.
/// </remarks>
internal sealed class PrincipalSpace
{
    private const double VarianceMin = 1e-12;

    private PrincipalSpace(Matrix coordinates, Matrix axes)
    {
        Coordinates = coordinates;
        Axes = axes;
    }

    /// <summary>Z, n × r.</summary>
    public Matrix Coordinates { get; }

    /// <summary>Vᵀ, r × p.</summary>
    public Matrix Axes { get; }

    /// <summary>Number of directions, r.</summary>
    public int Count => Axes.Rows;

    /// <summary>Bytes at the peak for n × p spectra.</summary>
    public static long SizeBytes(long n, long p)
    {
        long m = Math.Min(n, p);
        return SymmetricEigen.SizeBytes(m) + (sizeof(double) * ((2 * (n + p) * m) + (m * m))) + MatrixProducts.BorrowedBytes(Math.Max(n, p), m, m);
    }

    /// <summary>The space of n × p centred spectra.</summary>
    public static PrincipalSpace Of(MatrixView centred)
    {
        int n = centred.Rows;
        int p = centred.Columns;
        SymmetricEigen eigen = SymmetricEigen.Of(PrincipalComponents.SmallerGram(centred));
        int r = 0;
        while (r < eigen.Values.Length && eigen.Values[r] > VarianceMin * eigen.Values[0] && eigen.Values[r] > 0)
        {
            r++;
        }

        var coordinates = new Matrix(n, r);
        var axes = new Matrix(r, p);
        if (r == 0)
        {
            return new PrincipalSpace(coordinates, axes);
        }

        if (n > p)
        {
            eigen.Vectors.View.RowBand(0, r).CopyTo(axes.Span);
            MatrixProducts.TimesTransposed(centred, axes.View, coordinates.Span);
            return new PrincipalSpace(coordinates, axes);
        }

        MatrixProducts.Times(eigen.Vectors.View.RowBand(0, r), centred, axes.Span);
        for (int a = 0; a < r; a++)
        {
            Span<double> axis = axes.Row(a);
            double length = Math.Sqrt(Products.Dot(axis, axis));
            Products.Scale(1 / length, axis);
            for (int i = 0; i < n; i++)
            {
                coordinates[i, a] = eigen.Vectors[a, i] * length;
            }
        }

        return new PrincipalSpace(coordinates, axes);
    }

    /// <summary>Coefficients of the p variables for those of the r coordinates, both with one model per row.</summary>
    public Matrix ToVariables(MatrixView coefficients)
    {
        var target = new Matrix(coefficients.Rows, Axes.Columns);
        if (Count > 0)
        {
            MatrixProducts.Times(coefficients, Axes.View, target.Span);
        }

        return target;
    }
}
