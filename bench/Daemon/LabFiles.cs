using System.Globalization;
using System.Text;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Spectra.Readers;

namespace Pipeline.DaemonBench;

/// <summary>Bytes of files as a laboratory makes them; the same arguments give the same bytes.</summary>
internal static class LabFiles
{
    /// <summary>Spectra with one band that follows the reference <c>protein</c>, one that does not, and noise.</summary>
    /// <param name="stem">Begins the sample ids, which must differ from file to file.</param>
    /// <param name="seed">The noise and the references.</param>
    /// <param name="samples">Spectra in the file.</param>
    /// <param name="variables">Variables of each.</param>
    /// <param name="isArrow">Arrow and not text.</param>
    /// <param name="hasReferences">Whether the references are in the same file.</param>
    public static byte[] Spectra(string stem, int seed, int samples, int variables, bool isArrow, bool hasReferences)
    {
        var random = new Random(seed);
        var x = new Matrix(samples, variables);
        double[] y = References(seed, samples);
        for (int i = 0; i < samples; i++)
        {
            double other = random.NextDouble();
            for (int j = 0; j < variables; j++)
            {
                double band = Math.Exp(-Math.Pow((j - (variables * 0.4)) / (variables * 0.06), 2));
                double second = Math.Exp(-Math.Pow((j - (variables * 0.7)) / (variables * 0.09), 2));
                x[i, j] = Math.Round(0.4 + (0.02 * y[i] * band) + (0.2 * other * second) + (0.002 * random.NextDouble()), 6);
            }
        }

        return Bytes(Chunk(stem, x, hasReferences ? [new ResponseColumn("protein", [.. y])] : []), isArrow);
    }

    /// <summary>The references of those spectra as a table of their own.</summary>
    public static byte[] Table(IEnumerable<(string Stem, int Seed, int Samples)> files)
    {
        var text = new StringBuilder("sample_id,protein\n");
        foreach ((string stem, int seed, int samples) in files)
        {
            double[] y = References(seed, samples);
            for (int i = 0; i < samples; i++)
            {
                text.Append(CultureInfo.InvariantCulture, $"{stem}-{i:0000},{y[i]}\n");
            }
        }

        return Encoding.ASCII.GetBytes(text.ToString());
    }

    /// <summary>Arrow of a matrix that is made once, in which one number of each spectrum is another.</summary>
    public static byte[] Giant(string stem, int number, Matrix x)
    {
        Number(x, number);
        return Bytes(Chunk(stem, x, []), isArrow: true);
    }

    /// <summary>An Arrow stream with one record batch of such a matrix.</summary>
    public static byte[] Batch(string stem, int number, Matrix x)
    {
        Number(x, number);
        using RecordBatch batch = ArrowSpectraWriter.Batch(Chunk(stem, x, []));
        using var stream = new MemoryStream();
        using (var writer = new ArrowStreamWriter(stream, batch.Schema, leaveOpen: true))
        {
            writer.WriteRecordBatch(batch);
            writer.WriteEnd();
        }

        return stream.ToArray();
    }

    /// <summary>Text that nobody can read as spectra: one cell is no number.</summary>
    public static byte[] Bad(string stem, int seed, int variables)
    {
        string text = Encoding.ASCII.GetString(Spectra(stem, seed, 2, variables, isArrow: false, hasReferences: true));
        int last = text.LastIndexOf(',');
        return Encoding.ASCII.GetBytes(text[..(last + 1)] + "n.d.\n");
    }

    private static double[] References(int seed, int samples)
    {
        var random = new Random(~seed);
        return [.. Enumerable.Range(0, samples).Select(_ => Math.Round(8 + (6 * random.NextDouble()), 2))];
    }

    private static void Number(Matrix x, int number)
    {
        for (int i = 0; i < x.Rows; i++)
        {
            x[i, 0] = number + (i * 1e-6);
        }
    }

    private static SpectralChunk Chunk(string stem, Matrix x, ResponseColumn[] responses)
    {
        var axis = new SpectralAxis([.. Enumerable.Range(0, x.Columns).Select(j => 1100.0 + j)], AxisUnit.Nanometre);
        return new SpectralChunk([.. Enumerable.Range(0, x.Rows).Select(i => $"{stem}-{i:0000}")], axis, x, [.. responses], []);
    }

    private static byte[] Bytes(SpectralChunk chunk, bool isArrow)
    {
        using var stream = new MemoryStream();
        if (isArrow)
        {
            ArrowSpectraWriter.Write(chunk, stream);
        }
        else
        {
            WideCsvWriter.Write(chunk, stream);
        }

        return stream.ToArray();
    }
}
