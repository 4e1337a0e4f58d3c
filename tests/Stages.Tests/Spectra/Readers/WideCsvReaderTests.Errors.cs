using System.Text;
using Pipeline.Engine;
using Pipeline.Stages.Spectra.Readers;
using Xunit;

namespace Pipeline.Stages.Tests.Spectra.Readers;

public sealed partial class WideCsvReaderTests
{
    [Theory]
    [InlineData("", "The file is empty")]
    [InlineData("\n\n# only a comment\n", "The file is empty")]
    [InlineData("sample_id,1100,1102\n", "Line 1 is the header and no row follows")]
    [InlineData("sample_id,protein,fat\nA,1,2\n", "no spectral columns: expected names such as 1100 or '1100 nm', found 'sample_id', 'protein', 'fat'")]
    [InlineData("sample_id,1100,1102\nA,1,2\nB,1\n", "Line 3, sample 'B': expected 3 fields as in the header, found 2.")]
    [InlineData("sample_id,1100,1102\nA,1,2\nB,1,2,3\n", "Line 3, sample 'B': expected 3 fields as in the header, found 4.")]
    [InlineData("sample_id,1100 nm,1402 nm\nA,1,2\nB12,1,n.d.\n", "Line 3, sample 'B12', column 3, variable 1402 nm: expected a number, found 'n.d.'.")]
    [InlineData("sample_id,1100,1102\nA,1,\n", "Line 2, sample 'A', column 3, variable 1102: expected a number, found an empty cell.")]
    [InlineData("sample_id,1100,1102\nA,NaN,1\n", "variable 1100: expected a finite number, found 'NaN'")]
    [InlineData("sample_id,1100,1102\nA,1,-Infinity\n", "variable 1102: expected a finite number, found '-Infinity'")]
    [InlineData("sample_id,1100,1102\nA,1,1e999\n", "variable 1102: expected a finite number, found '1e999'")]
    [InlineData("sample_id,1100,1102\nA,1,2\nB,1,2\nA,1,2\n", "Sample id 'A' in column 'sample_id' stands in line 2 and again in line 4")]
    [InlineData("sample_id,1100,1102\nA,1,2\n,1,2\n", "Line 3: expected a sample id in column 'sample_id', found an empty cell")]
    [InlineData("sample_id,1100,1102,1100\nA,1,2,3\n", "Column 2 ('1100') and column 4 ('1100') have the same axis position")]
    [InlineData("sample_id,1100,1104,1102,1106\nA,1,2,3,4\n", "column 3 ('1104') is followed by column 4 ('1102')")]
    [InlineData("sample_id,1100 nm,1102 cm-1\nA,1,2\n", "column 3 ('1102 cm-1') are in different units")]
    [InlineData("sample_id,y,Y,1100\nA,1,2,3\n", "Columns 2 and 3 are both called 'Y'")]
    [InlineData("sample_id,1100\n\"A,1\nB,2\n", "Line 2: a quoted field is opened and never closed")]
    [InlineData("sample_id,1100\n\"A\"b,1\n", "Line 2, field 1: expected , or the end of the line after a closing quotation mark")]
    public void Read_BadTable_SaysWhereAndWhatToDo(string text, string message) => AssertFails(text, message);

    [Fact]
    public void Read_LongCell_IsCutInMessage()
    {
        string cell = new('z', 60);
        AssertFails($"sample_id,1100\nA,{cell}\n", $"found '{cell[..39]}…'");
    }

    [Fact]
    public void Read_UnknownColumns_SuggestTheNearest()
    {
        AssertFails(
            Plain, "There is no column 'Protien' for the responses. Did you mean 'protein'?",
            new WideCsvOptions { Responses = ["Protien"] });
        AssertFails(
            Plain, "There is no column 'sampleid' for the sample ids. Did you mean 'sample_id'?",
            new WideCsvOptions { IdColumn = "sampleid" });
        AssertFails(
            Plain, "Columns beside the axis: 'sample_id', 'protein', 'site'.",
            new WideCsvOptions { Labels = ["quite another"] });
        AssertFails(
            Plain, "Column 'protein' is asked for twice",
            new WideCsvOptions { IdColumn = "protein", Responses = ["protein"] });
    }

    [Fact]
    public void Read_WrongIdColumn_SaysWhereItRepeats() =>
        AssertFails(
            "id,site,1100\nA,north,1\nB,north,2\n",
            "Sample id 'north' in column 'site' stands in line 2 and again in line 3. Rename or remove one, or choose",
            new WideCsvOptions { IdColumn = "site" });

    [Fact]
    public void Read_NotText_IsRefused()
    {
        AssertFails([0x50, 0x4B, 3, 4, 20, 0], "This does not look like a text table: it is a zip archive");
        AssertFails([.. Encoding.UTF8.GetBytes(Plain), 0, 1, 2], "This does not look like a text table: byte ");
        AssertFails([1, 2, 3, 200, 201], "This does not look like a text table: byte 1 is a control code, 1");
    }

    [Fact]
    public void Read_BeyondLimits_IsRefused()
    {
        AssertFails(Plain, "Expected at most 20 bytes of text, found more", new WideCsvOptions { BytesMax = 20 });
        AssertFails(Plain, "Line 3: expected at most 1 samples, found more", new WideCsvOptions { SamplesMax = 1 });
        AssertFails(Plain, "Line 1: expected at most 5 columns, found more", new WideCsvOptions { ColumnsMax = 5 });
        AssertFails(Plain, "Line 1 is longer than 30 bytes", new WideCsvOptions { LineBytesMax = 30 });
    }

    [Fact]
    public void Read_FailingStream_IsStorageFailure()
    {
        var exception = Assert.Throws<StageException>(() => WideCsvReader.Read(new FailingStream()));
        Assert.Equal(FailureKind.Storage, exception.Kind);
    }

    private sealed class FailingStream : MemoryStream
    {
        public override int Read(byte[] buffer, int offset, int count) => throw new IOException("cable pulled");
    }
}
