using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Stages.Selection.Selectors;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Tests.Selection.Selectors;

/// <summary>Small random spectra of a few bands, of which the first and third make the response.</summary>
internal static class SelectorData
{
    /// <summary>n × p spectra of four bands and much noise, so that choices differ from seed to seed; q responses.</summary>
    public static (Matrix X, Matrix Y) Make(int n, int p, ulong seed, int q = 1)
    {
        var random = new Pcg64(seed);
        var x = new Matrix(n, p);
        var y = new Matrix(n, q);
        double[] content = new double[4];
        for (int i = 0; i < n; i++)
        {
            foreach (ref double value in content.AsSpan())
            {
                value = random.NextNormal();
            }

            for (int l = 0; l < q; l++)
            {
                y[i, l] = 3 + content[l % 4] - (0.7 * content[(l + 2) % 4]) + (0.3 * random.NextNormal());
            }

            for (int j = 0; j < p; j++)
            {
                x[i, j] = 0.5 + (0.1 * random.NextNormal());
                for (int b = 0; b < 4; b++)
                {
                    double distance = ((j / (double)p) - (0.15 + (0.25 * b))) / 0.06;
                    x[i, j] += content[b] * Math.Exp(-distance * distance);
                }
            }
        }

        return (x, y);
    }

    /// <summary>The folds by which a selector judges.</summary>
    public static Folds InnerFolds(Matrix x, Matrix y, ulong seed) => Samples(x, y, seed).Folds;

    /// <summary>What a selector learns from.</summary>
    public static SelectorSamples Samples(Matrix x, Matrix y, ulong seed) =>
        SelectorSamples.Of("test", x.View, y.View, Axis(x.Columns), seed);

    /// <summary>Positions 1100, 1102 … nm.</summary>
    public static SpectralAxis Axis(int count) => new([.. Enumerable.Range(0, count).Select(j => 1100.0 + (2 * j))], AxisUnit.Nanometre);
}
