using System.Globalization;
using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace Pipeline.ArrowBench;

/// <summary>Batches of 1,000 rows as they are met.</summary>
internal static class Shapes
{
    /// <summary>Rows of every batch.</summary>
    public const int Rows = 1000;

    /// <summary>Doubles in a row of spectra.</summary>
    public const int Variables = 700;

    private const int Columns = 50;
    private const int TextColumns = 10;

    /// <summary>Ids and spectra: a baseline, two peaks and noise in the fifth digit, in single precision as instruments give them.</summary>
    public static RecordBatch Spectral(int number)
    {
        double[] values = new double[Rows * Variables];
        var random = new Random(number);
        for (int i = 0; i < Rows; i++)
        {
            double height = random.NextDouble();
            for (int j = 0; j < Variables; j++)
            {
                double x = (double)j / Variables;
                double y = 0.4 + (0.2 * x) + (height * Peak(x, 0.3)) + (0.5 * (1 - height) * Peak(x, 0.7)) + (1e-5 * random.NextDouble());
                values[(i * Variables) + j] = (float)y;
            }
        }

        var type = new FixedSizeListType(new Field("item", DoubleType.Default, false), Variables);
        return Batch(Ids(number), new FixedSizeListArray(type, Rows, Doubles(values), ArrowBuffer.Empty));
    }

    /// <summary>Many columns of doubles.</summary>
    public static RecordBatch Wide(int number) => Batch(
        [.. Enumerable.Range(0, Columns).Select(column => Doubles([.. Enumerable.Range(0, Rows).Select(i => (double)i * number * column)]))]);

    /// <summary>Columns of texts, a tenth of them null.</summary>
    public static RecordBatch Texts(int number) => Batch([.. Enumerable.Range(0, TextColumns).Select(column => Ids(number + column, hasNulls: true))]);

    /// <summary>One column of texts.</summary>
    public static RecordBatch Text(int number) => Batch(Ids(number));

    private static double Peak(double x, double at) => Math.Exp(-(x - at) * (x - at) / 0.005);

    private static DoubleArray Doubles(double[] values) =>
        new(new ArrowBuffer(MemoryMarshal.AsBytes(values.AsSpan()).ToArray()), ArrowBuffer.Empty, values.Length, 0, 0);

    private static StringArray Ids(int number, bool hasNulls = false) => new StringArray.Builder()
        .AppendRange(Enumerable.Range(0, Rows).Select(
            i => hasNulls && i % 10 == 3 ? null : string.Create(CultureInfo.InvariantCulture, $"sample {number}-{i}")))
        .Build();

    private static RecordBatch Batch(params IArrowArray[] columns) =>
        new(new Schema(columns.Select((column, j) => new Field($"c{j}", column.Data.DataType, true)), null), columns, Rows);
}
