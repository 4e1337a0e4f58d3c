using System.Text;
using Pipeline.Engine;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Spectra.Readers;
using Xunit;

namespace Pipeline.Stages.Tests.Spectra.Readers;

public sealed class SpectraFormatsTests
{
    [Theory]
    [InlineData("id,y,1100,1102,1104\nA,1,2,3,4\n", SpectraFormat.WideTable)]
    [InlineData("id;y;1100,5;1102,5;1104,5\nA;1;2;3;4\n", SpectraFormat.WideTable)]
    [InlineData("id,moisture,protein\nA,1,2\n", SpectraFormat.ReferenceTable)]
    [InlineData("sample;Feuchte\nA;1,5\nB;2,5\n", SpectraFormat.ReferenceTable)]
    [InlineData("Dear all, the files\nare in the other folder\n", SpectraFormat.ReferenceTable)]
    [InlineData("hello\n", SpectraFormat.Unknown)]
    [InlineData("", SpectraFormat.Unknown)]
    [InlineData("PK\u0003\u0004 zip", SpectraFormat.Unknown)]
    [InlineData("ARROW1\0\0", SpectraFormat.ArrowFile)]
    public void Detect_Text_IsKnown(string text, SpectraFormat format) =>
        Assert.Equal(format, SpectraFormats.Detect(Encoding.UTF8.GetBytes(text), "x.csv"));

    [Theory]
    [InlineData("FFFFFFFF78000000", SpectraFormat.ArrowStream)]
    [InlineData("FFFFFFFF00000000", SpectraFormat.Unknown)]
    [InlineData("7800000010000000", SpectraFormat.ArrowStream)]
    [InlineData("0102030405060708", SpectraFormat.Unknown)]
    public void Detect_Bytes_IsKnown(string hex, SpectraFormat format) =>
        Assert.Equal(format, SpectraFormats.Detect(Convert.FromHexString(hex), "x"));

    [Fact]
    public void Detect_HeaderLongerThanTheHead_IsAWideTable()
    {
        string header = "id," + string.Join(',', Enumerable.Range(0, 40000).Select(j => 1000 + j));
        Assert.Equal(
            SpectraFormat.WideTable, SpectraFormats.Detect(Encoding.UTF8.GetBytes(header).AsSpan(0, SpectraFormats.HeadBytesMax), "x"));
    }

    [Fact]
    public void ReferenceTable_IdsNumbersAndText_KeepsBoth()
    {
        ReferenceTable table = Read("note;Sample ID;moisture\nfresh;A;1,5\nn.d.;B;n.d.\nold;C;2,5\n");
        Assert.Equal(["A", "B", "C"], table.Ids.ToArray());
        Assert.Equal([1.5, double.NaN, 2.5], Assert.Single(table.Columns).Values.ToArray());
        Assert.Equal(["fresh", "", "old"], Assert.Single(table.Labels).Values.ToArray());
        Assert.Empty(table.Warnings);
        Assert.Equal("note", Assert.Single(Read("id,note\nA,x\nB,y\n").Labels).Name);
    }

    /// <summary>What is not taken is said, and why; a column that names the samples again is neither response nor label.</summary>
    [Theory]
    [InlineData("sample_id,file,lab no,moisture\nA,a.spc,17,1\nB,b.spc,18,2\n", "moisture", "", "'file' names the samples beside 'sample_id'|'lab no' names")]
    [InlineData("Name,moisture,note,ash\nA,1,,\nB,2,n.d.,\n", "moisture", "", "'note' has no known value|'ash' has no known value")]
    [InlineData("id,,class\nA,3,x\nB,4,y\n", "", "class", "Column 2, which has no name, is left out")]
    [InlineData("what,y\nA,1\nB,2\n", "y", "", "the first, 'what', is taken")]
    [InlineData("id,name,class\nA,Anna,x\n", "", "class", "'name' names the samples beside 'id'")]
    public void ReferenceTable_WhatIsNotTaken_IsWarnedOf(string text, string columns, string labels, string warnings)
    {
        ReferenceTable table = Read(text);
        Assert.Equal(columns, string.Join(',', table.Columns.Select(column => column.Name)));
        Assert.Equal(labels, string.Join(',', table.Labels.Select(label => label.Name)));
        string[] expected = warnings.Split('|');
        Assert.Equal(expected.Length, table.Warnings.Length);
        Assert.All(expected.Zip(table.Warnings), pair => Assert.Contains(pair.First, pair.Second, StringComparison.Ordinal));
    }

    /// <summary>A name that samples have a second time is a response or a label where the options say so.</summary>
    [Fact]
    public void ReferenceTable_NamesThatAreAskedFor_AreTaken()
    {
        WideCsvOptions options = WideCsvOptions.Default with { Labels = ["Name"], Responses = ["lab no"], IdColumn = "code" };
        ReferenceTable table = ReferenceTable.Read(new MemoryStream("code,name,lab no\nA,Anna,1\nB,Bert,2\n"u8.ToArray()), options);
        Assert.Equal("name", Assert.Single(table.Labels).Name);
        Assert.Equal("lab no", Assert.Single(table.Columns).Name);
        Assert.Empty(table.Warnings);
    }

    [Theory]
    [InlineData("id,y\nA,1\nB,2\nC,three\n", "Line 4, sample 'C', response 'y'")]
    [InlineData("id,y\nA,1\nA,2\n", "line 2 and again in line 3")]
    [InlineData("what,note\nA,x\nB,y\n", "at least one column of numbers")]
    [InlineData("name,comment\nAnna,hello\nBert,hello\n", "Call the column of ids 'sample_id'")]
    [InlineData("file,owner\na.txt,Anna\nb.txt,Bert\n", "Call the column of ids 'sample_id'")]
    [InlineData("File name,owner\na.txt,Anna\nb.txt,Bert\n", "Call the column of ids 'sample_id'")]
    [InlineData("id,y\n", "no row follows")]
    [InlineData("id,y,Y\nA,1,2\n", "Two columns")]
    public void ReferenceTable_BadTable_IsRefusedWithItsPlace(string text, string place) =>
        Assert.Contains(place, Assert.Throws<StageException>(() => Read(text)).Message, StringComparison.Ordinal);

    private static ReferenceTable Read(string text) => ReferenceTable.Read(new MemoryStream(Encoding.UTF8.GetBytes(text)));
}
