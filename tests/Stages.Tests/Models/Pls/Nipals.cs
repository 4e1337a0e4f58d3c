using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Tests.Models.Pls;

/// <summary>PLS by NIPALS with deflation of X and Y, in plain loops: the slow twin of the kernel algorithm.</summary>
/// <remarks>Wold, Sjöström and Eriksson (2001), Chemometrics and Intelligent Laboratory Systems 58, 109-130.</remarks>
internal sealed class Nipals
{
    private const int IterationsMax = 20_000;

    private readonly double[][] _x;
    private readonly double[][] _y;
    private readonly double[][] _fresh;
    private readonly double[] _yMeans;

    private Nipals(Matrix x, Matrix y, Matrix fresh)
    {
        double[] means = Means(x);
        _yMeans = Means(y);
        _x = Centred(x, means);
        _y = Centred(y, _yMeans);
        _fresh = Centred(fresh, means);
    }

    /// <summary>Predictions of new spectra with 1 to A components of one response, A × m.</summary>
    public static Matrix Predict(Matrix x, Matrix y, Matrix fresh, int components) =>
        PredictAll(x, y, fresh, components, out _)[0];

    /// <summary>The same for several joint responses, one matrix each, and the norm of the covariance at each component.</summary>
    public static Matrix[] PredictAll(Matrix x, Matrix y, Matrix fresh, int components, out double[] covariances)
    {
        var nipals = new Nipals(x, y, fresh);
        Matrix[] yHat = [.. Enumerable.Range(0, y.Columns).Select(_ => new Matrix(components, fresh.Rows))];
        covariances = new double[components];
        double[][] sums = [.. Enumerable.Range(0, fresh.Rows).Select(_ => (double[])nipals._yMeans.Clone())];
        for (int a = 0; a < components; a++)
        {
            (double[] scores, double[] q) = nipals.Component(out covariances[a]);
            for (int i = 0; i < fresh.Rows; i++)
            {
                for (int l = 0; l < q.Length; l++)
                {
                    sums[i][l] += q[l] * scores[i];
                    yHat[l][a, i] = sums[i][l];
                }
            }
        }

        return yHat;
    }

    private (double[] FreshScores, double[] YLoadings) Component(out double covariance)
    {
        double[] w = Weight(out covariance);
        double[] t = Times(_x, w);
        double tTt = Dot(t, t);
        double[] loading = Scaled(TransposedTimes(_x, t), 1 / tTt);
        double[] q = Scaled(TransposedTimes(_y, t), 1 / tTt);
        Deflate(_x, t, loading);
        Deflate(_y, t, q);
        double[] fresh = Times(_fresh, w);
        Deflate(_fresh, fresh, loading);
        return (fresh, q);
    }

    /// <summary>w: for one response at once, for several by going to and fro until it stands.</summary>
    private double[] Weight(out double covariance)
    {
        double[] u = [.. _y.Select(row => row[LargestResponse()])];
        double[] w = [];
        covariance = 0;
        for (int iteration = 0; iteration < IterationsMax; iteration++)
        {
            double[] before = w;
            w = TransposedTimes(_x, u);
            w = Scaled(w, 1 / Math.Sqrt(Dot(w, w)));
            double[] t = Times(_x, w);
            double[] q = TransposedTimes(_y, t);
            covariance = Math.Sqrt(Dot(q, q));
            q = Scaled(q, 1 / covariance);
            u = Times(_y, q);
            if (q.Length == 1 || (before.Length > 0 && w.Zip(before, (one, two) => Math.Abs(one - two)).Max() < 1e-15))
            {
                break;
            }
        }

        return w;
    }

    private int LargestResponse() =>
        Enumerable.Range(0, _yMeans.Length).MaxBy(l => _y.Sum(row => row[l] * row[l]));

    private static double[] Means(Matrix x) =>
        [.. Enumerable.Range(0, x.Columns).Select(j => Enumerable.Range(0, x.Rows).Average(i => x[i, j]))];

    private static double[][] Centred(Matrix x, double[] means) =>
        [.. Enumerable.Range(0, x.Rows).Select(i => x.Row(i).ToArray().Zip(means, (value, mean) => value - mean).ToArray())];

    private static double[] Times(double[][] x, double[] w) => [.. x.Select(row => Dot(row, w))];

    private static double[] TransposedTimes(double[][] x, double[] t)
    {
        double[] sums = new double[x[0].Length];
        for (int i = 0; i < x.Length; i++)
        {
            for (int j = 0; j < sums.Length; j++)
            {
                sums[j] += x[i][j] * t[i];
            }
        }

        return sums;
    }

    private static double Dot(double[] x, double[] y)
    {
        double sum = 0;
        for (int j = 0; j < x.Length; j++)
        {
            sum += x[j] * y[j];
        }

        return sum;
    }

    private static double[] Scaled(double[] x, double factor) => [.. x.Select(value => factor * value)];

    private static void Deflate(double[][] x, double[] t, double[] loading)
    {
        for (int i = 0; i < t.Length; i++)
        {
            for (int j = 0; j < loading.Length; j++)
            {
                x[i][j] -= t[i] * loading[j];
            }
        }
    }
}
