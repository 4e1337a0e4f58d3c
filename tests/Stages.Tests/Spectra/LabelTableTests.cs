using System.Text;
using Pipeline.Engine;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Spectra.Readers;
using Xunit;

namespace Pipeline.Stages.Tests.Spectra;

public sealed class LabelTableTests
{
    private static readonly SpectralChunk Chunk =
        WideCsvReader.Read(Bytes("id,set,900\nA,old,1\nB,old,2\nC,old,3\n")).Chunk;

    [Fact]
    public void Join_IdsLeftOver_AreReportedOnBothSides()
    {
        LabelJoin join = LabelTable.Read(Bytes("sample_id;set\nC;test\nA;train\nX;test\n")).Join(Chunk, "SET");
        Assert.Equal(["train", "", "test"], Assert.Single(join.Chunk.Labels).Values.ToArray());
        Assert.Equal(["B"], join.WithoutLabel.ToArray());
        Assert.Equal(["X"], join.WithoutSpectrum.ToArray());
        Assert.Equal("2 of 3 samples have a label; without one: 'B'; ids without a spectrum: 'X'.", join.ToText());
    }

    [Theory]
    [InlineData("sample_id,set\nA,1\nA,2\n", "stands in line 2 and again in line 3")]
    [InlineData("sample_id,set\n", "has a header and no rows")]
    [InlineData("sample_id\nA\n", "A table of labels needs an id column and one more")]
    [InlineData("sample_id,sett\nA,1\n", "no column 'set'. Did you mean 'sett'?")]
    [InlineData("sample_id,set\nA\n", "Line 2, sample 'A': expected 2 fields")]
    public void Read_BadTable_Says(string text, string message)
    {
        var exception = Assert.Throws<StageException>(() => LabelTable.Read(Bytes(text)).Join(Chunk, "set"));
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
    }

    private static MemoryStream Bytes(string text) => new(Encoding.UTF8.GetBytes(text));
}
