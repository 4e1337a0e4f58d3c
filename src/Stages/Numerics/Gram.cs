using Pipeline.Stages.Numerics.Packed;

namespace Pipeline.Stages.Numerics;

/// <summary>Products of the rows of a matrix with each other, and its transpose.</summary>
internal static class Gram
{
    /// <summary>G = A Aᵀ for A m × l, G m × m, in the order of <see cref="MatrixProducts"/>. Time m²l.</summary>
    public static void OfRows(MatrixView A, MatrixSpan G) => MatrixProducts.TimesSelfTransposed(A, G);

    /// <summary>target = Xᵀ for X n × p, target p × n.</summary>
    public static unsafe void Transpose(MatrixView X, MatrixSpan target)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(target.Rows, X.Columns);
        ArgumentOutOfRangeException.ThrowIfNotEqual(target.Columns, X.Rows);
        if (X.Rows == 0 || X.Columns == 0)
        {
            return;
        }

        fixed (double* source = X.Values)
        fixed (double* turned = &target[0, 0])
        {
            Turning.Copy(source, X.Stride, X.Rows, X.Columns, turned, target.Stride);
        }
    }
}
