using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using Pipeline.Stages.Numerics.Random;

namespace Pipeline.StreamingBench;

/// <summary>A file of spectra of latent bands, in single precision, of any number of samples.</summary>
/// <remarks>
/// Twelve bands of random height on a sloping baseline, scattered by a factor for each sample, with noise of one part in a
/// thousand; the response is a weighted sum of the heights with some noise of its own. The same seed gives the same bytes.
/// </remarks>
internal static class LatentSpectra
{
    private const int BatchRows = 16_384;
    private const int Bands = 12;
    private const double FirstPosition = 1100;
    private const double Step = 2;

    public static void Write(string path, int samples, int variables, ulong seed)
    {
        var random = new Pcg64(seed);
        float[][] bands = [.. Enumerable.Range(0, Bands).Select(_ => Band(variables, random))];
        double[] weights = [.. Enumerable.Range(0, Bands).Select(_ => random.NextNormal())];
        var list = new FixedSizeListType(new Field("value", FloatType.Default, nullable: false), variables);
        string axis = "[" + string.Join(',', Enumerable.Range(0, variables).Select(j => FirstPosition + (Step * j))) + "]";
        var schema = new Schema(
            [
                new Field("sample_id", StringType.Default, nullable: false, new Dictionary<string, string> { ["role"] = "id" }),
                new Field("spectrum", list, nullable: false, new Dictionary<string, string> { ["axis"] = axis, ["unit"] = "nm" }),
                new Field("protein", DoubleType.Default, nullable: true),
            ],
            null);
        using FileStream stream = File.Create(path);
        using var writer = new ArrowFileWriter(stream, schema, leaveOpen: true);
        float[] values = new float[BatchRows * variables];
        for (int start = 0; start < samples; start += BatchRows)
        {
            int count = Math.Min(BatchRows, samples - start);
            var ids = new StringArray.Builder();
            var y = new DoubleArray.Builder();
            for (int i = 0; i < count; i++)
            {
                ids.Append($"S{start + i:0000000}");
                y.Append(Sample(values.AsSpan(i * variables, variables), bands, weights, random));
            }

            byte[] bytes = System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan(0, count * variables)).ToArray();
            var floats = new FloatArray(new ArrowBuffer(bytes), ArrowBuffer.Empty, count * variables, 0, 0);
            using var batch = new RecordBatch(
                schema, [ids.Build(), new FixedSizeListArray(list, count, floats, ArrowBuffer.Empty), y.Build()], count);
            writer.WriteRecordBatch(batch);
        }

        writer.WriteEnd();
        stream.Flush(flushToDisk: true);
    }

    private static float[] Band(int variables, Pcg64 random)
    {
        double centre = random.NextDouble() * variables;
        double width = (0.02 + (0.08 * random.NextDouble())) * variables;
        return [.. Enumerable.Range(0, variables).Select(j => (float)Math.Exp(-0.5 * Math.Pow((j - centre) / width, 2)))];
    }

    private static double Sample(Span<float> target, float[][] bands, double[] weights, Pcg64 random)
    {
        float offset = (float)(0.3 + (0.1 * random.NextDouble()));
        float slope = (float)(0.2 * random.NextDouble() / target.Length);
        float scatter = (float)(0.9 + (0.2 * random.NextDouble()));
        for (int j = 0; j < target.Length; j++)
        {
            target[j] = offset + (slope * j);
        }

        double y = 12;
        for (int b = 0; b < bands.Length; b++)
        {
            double height = random.NextDouble();
            y += weights[b] * height;
            float part = (float)height;
            float[] band = bands[b];
            for (int j = 0; j < target.Length; j++)
            {
                target[j] += part * band[j];
            }
        }

        // Sixteen bits of each draw are one noise, so that a draw serves four variables.
        for (int j = 0; j < target.Length; j += 4)
        {
            ulong draw = random.NextUInt64();
            for (int k = j; k < Math.Min(j + 4, target.Length); k++, draw >>= 16)
            {
                target[k] = scatter * (target[k] + (0.002f * (((draw & 0xFFFF) / 65536f) - 0.5f)));
            }
        }

        return y + (0.05 * random.NextNormal());
    }
}
