using System.Collections.Immutable;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Stages.Spectra;

namespace Pipeline.Support;

/// <summary>Small seeded spectra with two bands, scatter and noise; the first band follows the response.</summary>
public static class TestChunks
{
    /// <summary>n samples of p variables from 1100 nm on, in steps of 10 nm.</summary>
    public static SpectralChunk Make(int n, int p, ulong seed)
    {
        var random = new Pcg64(seed);
        var x = new Matrix(n, p);
        double[] y = new double[n];
        for (int i = 0; i < n; i++)
        {
            y[i] = 10 + (2 * random.NextNormal());
            double other = random.NextNormal();
            double scatter = 1 + (0.1 * random.NextNormal());
            double offset = 0.05 * random.NextNormal();
            for (int j = 0; j < p; j++)
            {
                double u = (double)j / p;
                double band = 0.05 * y[i] * Bell(u, 0.3, 0.06);
                double disturbing = 0.2 * other * Bell(u, 0.6, 0.1);
                x[i, j] = offset + (scatter * (0.4 + band + disturbing + (0.2 * u))) + (0.001 * random.NextNormal());
            }
        }

        return Chunk([.. Enumerable.Range(0, n).Select(i => $"S{i:000}")], x, y);
    }

    /// <summary>A chunk of given numbers with one response, <c>protein</c>.</summary>
    public static SpectralChunk Chunk(ImmutableArray<string> ids, Matrix x, double[] y) => new(
        ids,
        new SpectralAxis([.. Enumerable.Range(0, x.Columns).Select(j => 1100.0 + (10 * j))], AxisUnit.Nanometre),
        x,
        [new ResponseColumn("protein", [.. y])],
        []);

    /// <summary>The same samples in another order of rows.</summary>
    public static SpectralChunk Shuffled(SpectralChunk chunk, ulong seed)
    {
        int[] order = [.. Enumerable.Range(0, chunk.SampleCount)];
        new Pcg64(seed).Shuffle(order.AsSpan());
        return new SpectralChunk(
            [.. order.Select(i => chunk.Ids[i])],
            chunk.Axis,
            chunk.X.SelectRows(order),
            [.. chunk.Responses.Select(one => new ResponseColumn(one.Name, [.. order.Select(i => one.Values[i])]))],
            [.. chunk.Labels.Select(one => new LabelColumn(one.Name, [.. order.Select(i => one.Values[i])]))]);
    }

    private static double Bell(double u, double centre, double width) => Math.Exp(-0.5 * Math.Pow((u - centre) / width, 2));
}
