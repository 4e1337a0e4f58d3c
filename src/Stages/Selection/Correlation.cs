using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Selection;

/// <summary>Pearson's correlation of every variable with the responses.</summary>
internal static class Correlation
{
    /// <summary>p means over the responses of |r|; NaN for a variable without variance.</summary>
    /// <remarks>
    /// Responses without variance are left out; NaN everywhere if none is left. Two passes over X, rows in order; values
    /// relative to the first row, so that equal values have exactly no variance.
    /// </remarks>
    public static double[] AbsoluteMeans(MatrixView x, MatrixView y)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(y.Rows, x.Rows);
        double[] xMeans = Means(x);
        double[] yMeans = Means(y);
        double[] xSquares = new double[x.Columns];
        double[] ySquares = new double[y.Columns];
        double[][] products = new double[y.Columns][];
        for (int l = 0; l < products.Length; l++)
        {
            products[l] = new double[x.Columns];
        }

        double[] deviations = new double[x.Columns];
        for (int i = 0; i < x.Rows; i++)
        {
            RowKernels.Subtract(x.Row(i), xMeans, deviations);
            RowKernels.AddSquares(x.Row(i), xMeans, xSquares);
            for (int l = 0; l < y.Columns; l++)
            {
                double response = y[i, l] - yMeans[l];
                ySquares[l] += response * response;
                RowKernels.AddMultiple(products[l], response, deviations, products[l]);
            }
        }

        double[] result = new double[x.Columns];
        for (int j = 0; j < result.Length; j++)
        {
            result[j] = AbsoluteMean(products, xSquares[j], ySquares, j);
        }

        return result;
    }

    private static double AbsoluteMean(double[][] products, double xSquares, double[] ySquares, int j)
    {
        double sum = 0;
        int count = 0;
        for (int l = 0; l < ySquares.Length; l++)
        {
            if (xSquares > 0 && ySquares[l] > 0)
            {
                sum += Math.Abs(products[l][j]) / (Math.Sqrt(xSquares) * Math.Sqrt(ySquares[l]));
                count++;
            }
        }

        return count == 0 ? double.NaN : sum / count;
    }

    private static double[] Means(MatrixView x)
    {
        double[] means = new double[x.Columns];
        for (int i = 1; i < x.Rows; i++)
        {
            RowKernels.AddDifferences(x.Row(i), x.Row(0), means);
        }

        for (int j = 0; j < means.Length; j++)
        {
            means[j] = x[0, j] + (means[j] / x.Rows);
        }

        return means;
    }
}
