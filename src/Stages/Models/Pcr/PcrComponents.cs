using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Pcr;

/// <summary>Principal components within the space of a few directions, and how the response regresses on them.</summary>
/// <remarks>
/// <para>
/// W holds r directions in its rows, an orthonormal r × p basis that contains the leading components to the accuracy of a
/// cross-product; F = W Xᵀ are the scores of the calibration samples on them. The cross-product FFᵀ taken of scores is right relative
/// to its diagonal, which falls by many decades, and Jacobi rotations keep that: the components come out to 1e-16
/// of ‖X‖ over their singular value, not of its square.
/// </para>
/// <para>
/// A component exists while its variance is at least 1e-12 of all variance; later ones are rounding. Signs
/// drop out of predictions and importance. Equal singular values: the two components together are
/// determined, each alone is not. Time r²m + 20r³ for m samples.
/// </para>
/// </remarks>
internal sealed class PcrComponents
{
    /// <summary>Part of the whole variance below which a component is rounding.</summary>
    public const double VarianceShareMin = 1e-12;

    /// <summary>Directions beyond the components asked, so that the last of those is not cut short.</summary>
    public const int Guard = 3;

    private PcrComponents(Matrix rotation, double[] squares, double[] yLoadings)
    {
        Rotation = rotation;
        Squares = squares;
        YLoadings = yLoadings;
    }

    /// <summary>Components found, at most the number asked.</summary>
    public int Count => Squares.Length;

    /// <summary>Each component as a combination of the directions, Count × r.</summary>
    public Matrix Rotation { get; }

    /// <summary>tᵀt of each component, falling.</summary>
    public double[] Squares { get; }

    /// <summary>q, the response's coefficient on each component.</summary>
    public double[] YLoadings { get; }

    /// <summary>Seconds of r orthonormal directions of p variables and of the components among them on one core; feeds estimates alone.</summary>
    public static double Seconds(double directions, double variables) =>
        (5e-10 * directions * directions * variables) + (1.2e-8 * directions * directions * directions);

    /// <summary>The components of r × m scores.</summary>
    /// <param name="scores">F, the calibration samples on the directions, centred.</param>
    /// <param name="y">m responses less their mean.</param>
    /// <param name="trace">‖X‖² of the centred calibration spectra.</param>
    /// <param name="componentsMax">The most components wanted.</param>
    public static PcrComponents Of(MatrixView scores, ReadOnlySpan<double> y, double trace, int componentsMax)
    {
        var products = new Matrix(scores.Rows, scores.Rows);
        Gram.OfRows(scores, products.Span);
        (double[] squares, Matrix vectors) = GradedEigen.Of(products);
        int count = 0;
        while (count < Math.Min(componentsMax, squares.Length) && squares[count] > VarianceShareMin * trace)
        {
            count++;
        }

        double[] along = new double[scores.Rows];
        double[] q = new double[count];
        Products.Project(scores, y, along);
        Matrix rotation = vectors.View.RowBand(0, count).ToMatrix();
        Products.Project(rotation.View, along, q);
        for (int a = 0; a < count; a++)
        {
            q[a] /= squares[a];
        }

        return new PcrComponents(rotation, squares[..count], q);
    }

    /// <summary>Makes the rows of a matrix orthonormal, each in turn; a row without a part of its own becomes 0.</summary>
    /// <remarks>Twice, because once leaves what rounding left. Time 4r²p.</remarks>
    public static void Orthonormalise(MatrixSpan w)
    {
        for (int a = 0; a < w.Rows; a++)
        {
            Span<double> row = w.Row(a);
            Normalise(row);
            for (int pass = 0; pass < 2; pass++)
            {
                for (int b = 0; b < a; b++)
                {
                    Products.Axpy(-Products.Dot(w.Row(b), row), w.Row(b), row);
                }

                Normalise(row);
            }
        }
    }

    private static void Normalise(Span<double> row)
    {
        double norm = Math.Sqrt(Products.Dot(row, row));
        if (norm > 0)
        {
            Products.Scale(1 / norm, row);
        }
    }
}
