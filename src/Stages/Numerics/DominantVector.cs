namespace Pipeline.Stages.Numerics;

/// <summary>The eigenvector of the largest eigenvalue of a small symmetric matrix of no negative eigenvalue.</summary>
/// <remarks>
/// The matrix is scaled to trace 1 and squared again and again: eigenvalues become squares, until one is left. Where
/// the two largest are a part g apart, log₂(36/g) squarings of 2q³ are enough; where they are equal, the answer is some
/// vector of their space. One product with the matrix itself ends it. The sign is that of the matrix’s column.
/// Why not the power method alone: it takes 36/g products, and PLS meets g of 1e-6.
/// </remarks>
internal static class DominantVector
{
    private const int SquaringsMax = 60;

    /// <summary>Below, the other eigenvalues are rounding.</summary>
    private const double RestMax = 1e-15;

    /// <summary>Finds the vector, at unit length; a matrix of zeros gives the first axis.</summary>
    public static void Find(MatrixView matrix, Span<double> vector)
    {
        int q = matrix.Rows;
        vector.Clear();
        double trace = Trace(matrix);
        if (q == 1 || !(trace > 0))
        {
            vector[0] = 1;
            return;
        }

        Matrix power = matrix.ToMatrix();
        var square = new Matrix(q, q);
        Products.Scale(1 / trace, power.Values);
        for (int step = 0; step < SquaringsMax; step++)
        {
            for (int i = 0; i < q; i++)
            {
                Products.TransposedTimes(power.View, power.Row(i), square.Row(i));
            }

            // With eigenvalues of sum 1 the squares sum to 1 only if one of them is left.
            double left = Trace(square.View);
            Products.Scale(1 / left, square.Values);
            (power, square) = (square, power);
            if (1 - left <= RestMax)
            {
                break;
            }
        }

        int largest = 0;
        for (int i = 1; i < q; i++)
        {
            largest = power[i, i] > power[largest, largest] ? i : largest;
        }

        Products.Project(matrix, power.Row(largest), vector);
        Products.Scale(1 / Math.Sqrt(Products.Dot(vector, vector)), vector);
    }

    private static double Trace(MatrixView matrix)
    {
        double trace = 0;
        for (int i = 0; i < matrix.Rows; i++)
        {
            trace += matrix[i, i];
        }

        return trace;
    }
}
