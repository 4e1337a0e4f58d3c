using Pipeline.Stages.Calibration.Original;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Tests.Calibration.Original;

/// <summary>The spectra of the original's benchmark, drawn from the stream of numpy's seed 42.</summary>
internal static class OriginalBenchmark
{
    public static OriginalSamples Samples()
    {
        var normals = new Normals(new Mt19937(42));
        var x = new Matrix(100, 500);
        foreach (ref double value in x.Values)
        {
            value = normals.Next() + 100;
        }

        foreach (int peak in (int[])[100, 200, 300, 400])
        {
            for (int i = 0; i < 100; i++)
            {
                double height = normals.Next() * 20;
                for (int j = peak - 10; j < peak + 10; j++)
                {
                    x[i, j] += height;
                }
            }
        }

        var y = new Matrix(100, 1);
        double[] noise = [.. Enumerable.Range(0, 100).Select(_ => normals.Next() * 5)];
        for (int i = 0; i < 100; i++)
        {
            double signal = (x[i, 100] + x[i, 200] + x[i, 300] + x[i, 400]) / 4;
            y[i, 0] = signal + noise[i] + normals.Random.NextUniform(20, 80);
        }

        return new OriginalSamples(x, y, new SpectralAxis([.. Enumerable.Range(0, 500).Select(j => 400 + (2100.0 * j / 499))], AxisUnit.Nanometre));
    }

    /// <summary>Standard normal numbers as numpy's <c>RandomState</c> draws them: Marsaglia's polar method, pairs used second first.</summary>
    private sealed class Normals(Mt19937 random)
    {
        private double? _kept;

        public Mt19937 Random { get; } = random;

        public double Next()
        {
            if (_kept is { } kept)
            {
                _kept = null;
                return kept;
            }

            while (true)
            {
                double first = (2 * Random.NextDouble()) - 1;
                double second = (2 * Random.NextDouble()) - 1;
                double square = (first * first) + (second * second);
                if (square is > 0 and < 1)
                {
                    double factor = Math.Sqrt(-2 * Math.Log(square) / square);
                    _kept = factor * first;
                    return factor * second;
                }
            }
        }
    }
}
