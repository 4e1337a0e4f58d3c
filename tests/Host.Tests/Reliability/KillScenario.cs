using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Pipeline.Engine.Identity;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Spectra.Readers;

namespace Pipeline.Host.Tests.Reliability;

/// <summary>The files that a laboratory drops in one round, always the same ones.</summary>
/// <remarks>
/// Ninety-six samples in twelve files of text and Arrow; references of sixty-four of them in four late tables; three files a
/// second time under other names; one file that is corrected later under its name; one that nobody can read; three that
/// grow slowly. Whatever the order, one final state is right.
/// </remarks>
internal sealed class KillScenario
{
    public const string Dataset = "wheat";
    public const string StudyName = "protein";
    public const int SampleCount = 96;
    public const int ReferenceCount = 64;
    public const int PredictedCount = SampleCount - ReferenceCount;

    private const int FileSamples = 8;
    private const int TableReferences = 16;
    private const int VariableCount = 60;

    public KillScenario()
    {
        var files = ImmutableArray.CreateBuilder<DroppedFile>();
        for (int i = 0; i < SampleCount / FileSamples; i++)
        {
            bool isArrow = i % 2 == 1;
            string name = $"spectra-{i:00}{(isArrow ? ".arrow" : ".csv")}";
            files.Add(new DroppedFile(name, Spectra(i * FileSamples, isArrow, shift: 0), IsSlow: i is 2 or 5 or 8));
        }

        for (int i = 0; i < ReferenceCount / TableReferences; i++)
        {
            files.Add(new DroppedFile($"references-{i}.csv", References(i * TableReferences), IsSlow: false));
        }

        files.Add(files[0] with { Name = "copy of spectra-00.csv" });
        files.Add(files[3] with { Name = "again-03.arrow" });
        files.Add(files[13] with { Name = "references-1 (2).csv" });
        Good = files.ToImmutable();
        Wrong = new DroppedFile("spectra-11.arrow", Spectra(11 * FileSamples, isArrow: true, shift: 0.01), IsSlow: false);
        Bad = new DroppedFile(
            "bad.csv",
            Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(Spectra(200, isArrow: false, shift: 0)).Replace("0.4", "n.d.", StringComparison.Ordinal)),
            IsSlow: false);
    }

    /// <summary>Every file that must be accepted, copies among them.</summary>
    public ImmutableArray<DroppedFile> Good { get; }

    /// <summary>What lies at first under a name of <see cref="Good"/>, and may or may not be taken before it is corrected.</summary>
    public DroppedFile Wrong { get; }

    /// <summary>What must end in quarantine.</summary>
    public DroppedFile Bad { get; }

    /// <summary>The study: a few hundred milliseconds on one core.</summary>
    public static string Study =>
        """
        { "response": "protein", "pretreatments": ["raw", "snv", "sg(7,2,1)", "snv + sg(7,2,1)", "msc"], "nested": 2, "permutations": 19,
          "models": ["pls(10)", "ridge"], "subsets": ["full", "top(20)", "region(10,5;1)"], "folds": "random(8, seed 0)" }
        """;

    private static byte[] Spectra(int first, bool isArrow, double shift)
    {
        var x = new Matrix(FileSamples, VariableCount);
        for (int i = 0; i < FileSamples; i++)
        {
            int sample = first + i;
            for (int j = 0; j < VariableCount; j++)
            {
                double band = Math.Exp(-Math.Pow((j - 22) / 5.0, 2));
                double other = Math.Exp(-Math.Pow((j - 41) / 7.0, 2));
                x[i, j] =
                    0.4 + shift + (0.02 * Reference(sample) * band) + (0.1 * Math.Sin(sample * 1.7) * other) + (0.002 * Math.Sin((sample * 31) + (j * 17)));
            }
        }

        var axis = new SpectralAxis([.. Enumerable.Range(0, VariableCount).Select(j => 1100.0 + (10 * j))], AxisUnit.Nanometre);
        var chunk = new SpectralChunk([.. Enumerable.Range(first, FileSamples).Select(Id)], axis, x, [], []);
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

    private static byte[] References(int first)
    {
        var text = new StringBuilder("sample_id,protein\n");
        for (int i = first; i < first + TableReferences; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{Id(i)},{Reference(i)}\n");
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static double Reference(int sample) => 8 + ((sample * 37 % 96) * 0.0625);

    private static string Id(int sample) => $"S{sample:000}";
}

/// <summary>A file that is dropped into the inbox.</summary>
internal sealed record DroppedFile(string Name, byte[] Bytes, bool IsSlow)
{
    public Fingerprint Digest => Fingerprint.OfBytes(Bytes);
}
