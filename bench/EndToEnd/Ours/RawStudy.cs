using System.Globalization;
using System.Runtime.InteropServices;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;

namespace Pipeline.EndToEndBench;

/// <summary>Spectra, one response and folds from a raw file that every program beside ours can read too.</summary>
/// <remarks>
/// Layout, little-endian: int32 n, p, bytes of an element of X (8 or 4), K; n × p elements of X, row after row;
/// n doubles of y; n int32 of folds from 0.
/// </remarks>
internal sealed record RawStudy(Matrix X, Matrix Y, SpectralAxis Axis, Folds Folds)
{
    private const int BlockValues = 1 << 20;

    /// <summary>Reads a file.</summary>
    public static RawStudy Read(string path)
    {
        using FileStream file = File.OpenRead(path);
        int[] head = new int[4];
        file.ReadExactly(MemoryMarshal.AsBytes(head.AsSpan()));
        (int n, int p, int elementBytes, int count) = (head[0], head[1], head[2], head[3]);
        var x = new Matrix(n, p);
        if (elementBytes == sizeof(double))
        {
            ReadAll(file, x.Values);
        }
        else
        {
            ReadNarrow(file, x.Values);
        }

        var y = new Matrix(n, 1);
        ReadAll(file, y.Values);
        int[] fold = new int[n];
        ReadAll(file, fold.AsSpan());
        return new RawStudy(x, y, AxisOf(p), new Folds(fold, count));
    }

    /// <summary>A small study from a fixed seed, for trying.</summary>
    public static RawStudy Simulated(int samples, int variables, int folds)
    {
        var random = new Stages.Numerics.Random.Pcg64(42);
        const int Bands = 5;
        var x = new Matrix(samples, variables);
        var y = new Matrix(samples, 1);
        int[] fold = new int[samples];
        for (int i = 0; i < samples; i++)
        {
            double[] amounts = [.. Enumerable.Range(0, Bands).Select(_ => random.NextDouble())];
            y[i, 0] = amounts[0] + (0.5 * amounts[1]) + (0.05 * random.NextDouble());
            for (int j = 0; j < variables; j++)
            {
                double value = 0.01 * random.NextDouble();
                for (int band = 0; band < Bands; band++)
                {
                    double distance = ((double)j / variables) - ((band + 0.5) / Bands);
                    value += amounts[band] * Math.Exp(-distance * distance / 0.02);
                }

                x[i, j] = value;
            }

            fold[i] = i % folds;
        }

        return new RawStudy(x, y, AxisOf(variables), new Folds(fold, folds));
    }

    /// <summary>The same as what a file of spectra holds: ids, the response <c>y</c>, and a column <c>fold</c> from 1.</summary>
    public SpectralChunk Chunk()
    {
        IEnumerable<int> samples = Enumerable.Range(0, X.Rows);
        int[] fold = Folds.FoldOfSample.ToArray();
        return new SpectralChunk(
            [.. samples.Select(i => string.Create(CultureInfo.InvariantCulture, $"s{i:00000}"))],
            Axis,
            X,
            [new ResponseColumn("y", [.. Y.Values])],
            [new LabelColumn("fold", [.. samples.Select(i => (fold[i] + 1).ToString(CultureInfo.InvariantCulture))])]);
    }

    private static void ReadAll<T>(FileStream file, Span<T> target)
        where T : unmanaged
    {
        while (target.Length > 0)
        {
            int now = Math.Min(target.Length, BlockValues);
            file.ReadExactly(MemoryMarshal.AsBytes(target[..now]));
            target = target[now..];
        }
    }

    private static void ReadNarrow(FileStream file, Span<double> target)
    {
        float[] block = new float[Math.Min(target.Length, BlockValues)];
        while (target.Length > 0)
        {
            int now = Math.Min(target.Length, BlockValues);
            file.ReadExactly(MemoryMarshal.AsBytes(block.AsSpan(0, now)));
            for (int i = 0; i < now; i++)
            {
                target[i] = block[i];
            }

            target = target[now..];
        }
    }

    private static SpectralAxis AxisOf(int variables) =>
        new([.. Enumerable.Range(0, variables).Select(j => 400.0 + j)], AxisUnit.Nanometre);
}
