using Apache.Arrow;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Arrow.Tests.Conformance;

/// <summary>The Arrow project's own files are read and written as their gold says, or refused by name.</summary>
public class ConformanceTests
{
    /// <summary>The known data sets.</summary>
    public static TheoryData<string, string> Known
    {
        get
        {
            var known = new TheoryData<string, string>();
            foreach (IntegrationFile file in IntegrationFile.Known)
            {
                known.Add(file.Writer, file.Feature);
            }

            return known;
        }
    }

    [SharedCodecTheory]
    [MemberData(nameof(Known))]
    public async Task File_ReadAndWrittenInEveryWay_EqualsItsGoldOrIsRefused(string writer, string feature)
    {
        var file = new IntegrationFile(writer, feature);
        string expected = Verdict.Expected(file);
        Verdict verdict = await Verdict.OfAsync(file);
        Assert.True(expected == verdict.Stream, $"stream: expected {expected}, found {verdict.Stream}");
        Assert.True(expected == verdict.ArrowFile, $"file: expected {expected}, found {verdict.ArrowFile}");
        string again = expected == Verdict.Equal ? Verdict.Equal : Verdict.Nothing;
        Assert.All(verdict.Written, written => Assert.True(again == written, $"written: expected {again}, found {written}"));
    }

    [SharedFact]
    public void Files_BesideTheRepository_AreTheKnownOnes()
    {
        Assert.Equal(
            IntegrationFile.Known.Select(file => file.ToString()).Order(StringComparer.Ordinal),
            IntegrationFile.Found.Select(file => file.ToString()).Order(StringComparer.Ordinal));
    }

    [SharedCodecFact]
    public async Task Difference_GoldOfAnotherWriter_IsFound()
    {
        // Aim: the comparison sees values. The two writers' data sets have the same fields and other values.
        var older = new IntegrationFile("1.0.0-littleendian", "nested");
        var newer = new IntegrationFile("cpp-21.0.0", "nested");
        (Schema schema, List<RecordBatch> batches) = await Ways.OfStreams[0].ReadAsync(newer.ReadStream());
        Assert.Null(Comparison.Difference(new GoldFile(newer.GoldPath), schema, batches));
        Assert.Contains("batch 0", Comparison.Difference(new GoldFile(older.GoldPath), schema, batches), StringComparison.Ordinal);
    }

    [SharedCodecFact]
    public async Task Write_InEveryWay_GivesOtherBytes()
    {
        // Aim: a way that compresses does compress, so that what is read again is not the plain format once more.
        var file = new IntegrationFile("2.0.0-compression", "lz4");
        (Schema schema, List<RecordBatch> batches) = await Ways.OfStreams[0].ReadAsync(file.ReadStream());
        string[] bytes = [.. Ways.OfWriting.Select(way => Convert.ToHexString(way.Write(schema, [.. batches])))];
        Assert.Equal(bytes.Length, bytes.Distinct().Count());
    }
}
