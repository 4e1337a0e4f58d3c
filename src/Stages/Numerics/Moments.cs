namespace Pipeline.Stages.Numerics;

/// <summary>Count, means and centred cross-products of samples: all that linear models need to know of them.</summary>
/// <remarks>
/// XX = Σ (x - x̄)(x - x̄)ᵀ is p × p with both halves filled and symmetric to the bit, XY = Σ (x - x̄)(y - ȳ)ᵀ is p × q,
/// YY q × q. Immutable once made. Memory p² + pq + q² doubles.
/// Chan, Golub and LeVeque (1983), American Statistician 37, 242-247 (merging).
/// </remarks>
public sealed class Moments
{
    private Moments(long count, double[] xMeans, double[] yMeans, Matrix xx, Matrix xy, Matrix yy)
    {
        Count = count;
        XMeans = xMeans;
        YMeans = yMeans;
        XX = xx;
        XY = xy;
        YY = yy;
    }

    /// <summary>Number of samples.</summary>
    public long Count { get; }

    /// <summary>p means.</summary>
    public double[] XMeans { get; }

    /// <summary>q means.</summary>
    public double[] YMeans { get; }

    /// <summary>p × p.</summary>
    public Matrix XX { get; }

    /// <summary>p × q.</summary>
    public Matrix XY { get; }

    /// <summary>q × q.</summary>
    public Matrix YY { get; }

    /// <summary>Moments of n × p spectra with n × q responses. Time n(p + q)².</summary>
    public static Moments Of(MatrixView x, MatrixView y)
    {
        double[] xMeans = ColumnMoments.Means(x);
        double[] yMeans = ColumnMoments.Means(y);
        var xx = new Matrix(x.Columns, x.Columns);
        var xy = new Matrix(x.Columns, y.Columns);
        var yy = new Matrix(y.Columns, y.Columns);
        double[] xRow = new double[x.Columns];
        double[] yRow = new double[y.Columns];
        for (int i = 0; i < x.Rows; i++)
        {
            RowKernels.Subtract(x.Row(i), xMeans, xRow);
            RowKernels.Subtract(y.Row(i), yMeans, yRow);
            AddOuter(1, xRow, xRow, xx);
            AddOuter(1, xRow, yRow, xy);
            AddOuter(1, yRow, yRow, yy);
        }

        return new Moments(x.Rows, xMeans, yMeans, xx, xy, yy);
    }

    /// <summary>Moments of the samples of both, as if they had been taken together. Time p² + pq + q².</summary>
    public static Moments Merge(Moments first, Moments second)
    {
        double n = first.Count + second.Count;
        double weight = first.Count * (second.Count / n);
        double[] dx = new double[first.XMeans.Length];
        double[] dy = new double[first.YMeans.Length];
        RowKernels.Subtract(second.XMeans, first.XMeans, dx);
        RowKernels.Subtract(second.YMeans, first.YMeans, dy);
        Matrix xx = Sum(first.XX, second.XX);
        Matrix xy = Sum(first.XY, second.XY);
        Matrix yy = Sum(first.YY, second.YY);
        AddOuter(weight, dx, dx, xx);
        AddOuter(weight, dx, dy, xy);
        AddOuter(weight, dy, dy, yy);
        return new Moments(first.Count + second.Count, Mean(first.XMeans, dx), Mean(first.YMeans, dy), xx, xy, yy);

        double[] Mean(double[] start, double[] difference) =>
            [.. start.Select((value, j) => Math.FusedMultiplyAdd(second.Count / n, difference[j], value))];
    }

    private static Matrix Sum(Matrix first, Matrix second)
    {
        Matrix sum = first.View.ToMatrix();
        Products.Axpy(1, second.Values, sum.Values);
        return sum;
    }

    private static void AddOuter(double weight, double[] u, double[] v, Matrix target)
    {
        for (int i = 0; i < u.Length; i++)
        {
            Products.Axpy(weight * u[i], v, target.Row(i));
        }
    }
}
