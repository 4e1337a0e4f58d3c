using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Tests.Models.Pls;

/// <summary>PLS1 by NIPALS with deflation of X, in plain loops: the slow twin of the kernel algorithm.</summary>
/// <remarks>Wold, Sjöström and Eriksson (2001), Chemometrics and Intelligent Laboratory Systems 58, 109-130.</remarks>
internal static class Nipals
{
    /// <summary>Predictions of new spectra with 1 to A components, A × m.</summary>
    public static Matrix Predict(Matrix x, Matrix y, Matrix fresh, int components)
    {
        int n = x.Rows;
        int p = x.Columns;
        double[] mean = [.. Enumerable.Range(0, p).Select(j => Enumerable.Range(0, n).Average(i => x[i, j]))];
        double yMean = Enumerable.Range(0, n).Average(i => y[i, 0]);
        double[,] residual = new double[n, p];
        double[,] left = new double[fresh.Rows, p];
        for (int j = 0; j < p; j++)
        {
            for (int i = 0; i < n; i++)
            {
                residual[i, j] = x[i, j] - mean[j];
            }

            for (int i = 0; i < fresh.Rows; i++)
            {
                left[i, j] = fresh[i, j] - mean[j];
            }
        }

        var yHat = new Matrix(components, fresh.Rows);
        double[] sums = [.. Enumerable.Repeat(yMean, fresh.Rows)];
        for (int a = 0; a < components; a++)
        {
            double[] w = [.. Enumerable.Range(0, p).Select(j => Enumerable.Range(0, n).Sum(i => residual[i, j] * y[i, 0]))];
            double norm = Math.Sqrt(w.Sum(value => value * value));
            w = [.. w.Select(value => value / norm)];
            double[] t = [.. Enumerable.Range(0, n).Select(i => Enumerable.Range(0, p).Sum(j => residual[i, j] * w[j]))];
            double tTt = t.Sum(value => value * value);
            double[] loading = [.. Enumerable.Range(0, p).Select(j => Enumerable.Range(0, n).Sum(i => residual[i, j] * t[i]) / tTt)];
            double q = Enumerable.Range(0, n).Sum(i => (y[i, 0] - yMean) * t[i]) / tTt;
            Deflate(residual, t, loading);
            double[] score = [.. Enumerable.Range(0, fresh.Rows).Select(i => Enumerable.Range(0, p).Sum(j => left[i, j] * w[j]))];
            Deflate(left, score, loading);
            for (int i = 0; i < fresh.Rows; i++)
            {
                sums[i] += q * score[i];
                yHat[a, i] = sums[i];
            }
        }

        return yHat;
    }

    private static void Deflate(double[,] x, double[] t, double[] loading)
    {
        for (int i = 0; i < t.Length; i++)
        {
            for (int j = 0; j < loading.Length; j++)
            {
                x[i, j] -= t[i] * loading[j];
            }
        }
    }
}
