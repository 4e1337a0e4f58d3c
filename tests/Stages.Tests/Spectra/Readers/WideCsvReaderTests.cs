using System.Text;
using Pipeline.Engine;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Spectra.Readers;
using Xunit;

namespace Pipeline.Stages.Tests.Spectra.Readers;

public sealed partial class WideCsvReaderTests
{
    private const string Plain = "sample_id,protein,site,1100,1102,1104\nA,10.5,north,0.1,0.2,0.3\nB,,south,0.4,0.5,-6e-1\n";

    private static SpectralReading Read(string text, WideCsvOptions? options = null) =>
        Read(Encoding.UTF8.GetBytes(text), options);

    private static SpectralReading Read(byte[] bytes, WideCsvOptions? options = null) =>
        WideCsvReader.Read(new MemoryStream(bytes), options);

    private static void AssertPlain(SpectralReading reading)
    {
        SpectralChunk chunk = reading.Chunk;
        Assert.Equal(["A", "B"], chunk.Ids.ToArray());
        Assert.Equal([1100.0, 1102, 1104], chunk.Axis.Positions.ToArray());
        Assert.Equal(AxisUnit.Nanometre, chunk.Axis.Unit);
        Assert.Equal([0.1, 0.2, 0.3, 0.4, 0.5, -0.6], chunk.X.Values.ToArray());
        Assert.Equal("protein", Assert.Single(chunk.Responses).Name);
        Assert.Equal([10.5, double.NaN], chunk.Responses[0].Values.ToArray());
        Assert.Equal(["north", "south"], Assert.Single(chunk.Labels).Values.ToArray());
    }

    [Fact]
    public void Read_PlainTable_GivesChunkAndReport()
    {
        SpectralReading reading = Read(Plain);
        AssertPlain(reading);
        Assert.Equal("1100-1104 nm, 3 variables, step 2 nm", reading.Report.Axis);
        Assert.Equal(new ResponseSummary("protein", 1, 1, 10.5, 10.5), reading.Report.Responses[0]);
        Assert.Equal("delimiter ',', decimal point, UTF-8", reading.Report.Dialect!.ToString());
        Assert.Empty(reading.Report.Warnings);
        Assert.Equal(
            "2 samples, 1100-1104 nm, 3 variables, step 2 nm (unit guessed: rising positions between 150 and 3500 are "
            + "wavelengths)\nText: delimiter ',', decimal point, UTF-8; ids from column 'sample_id'\n"
            + "Responses: protein 1 known, 1 missing, 10.5 to 10.5\nLabels: site\n",
            reading.Report.ToText());
    }

    [Theory]
    [InlineData(';', '.')]
    [InlineData(';', ',')]
    [InlineData('\t', '.')]
    [InlineData('\t', ',')]
    [InlineData('|', '.')]
    [InlineData('|', ',')]
    [InlineData(',', '.')]
    public void Read_AnyDialect_IsGuessed(char delimiter, char mark)
    {
        string text = Plain.Replace(',', '\u0001').Replace('.', mark).Replace('\u0001', delimiter);
        SpectralReading reading = Read(text);
        AssertPlain(reading);
        Assert.Equal(delimiter, reading.Report.Dialect!.Delimiter);
        Assert.Equal(mark, reading.Report.Dialect!.DecimalMark);
    }

    [Fact]
    public void Read_QuotedDecimalCommaBetweenCommas_IsGuessed()
    {
        SpectralReading reading = Read("id,1100,1102\nA,\"0,5\",\"0,25\"\nB,\"1,5\",\"1,25\"\n");
        Assert.Equal([0.5, 0.25, 1.5, 1.25], reading.Chunk.X.Values.ToArray());
        Assert.Equal("delimiter ',', decimal comma, UTF-8", reading.Report.Dialect!.ToString());
    }

    [Theory]
    [InlineData("\r\n")]
    [InlineData("\r")]
    [InlineData("\n\n")]
    public void Read_AnyLineEnd_IsAccepted(string lineEnd) => AssertPlain(Read(Plain.Replace("\n", lineEnd)));

    [Fact]
    public void Read_LastLineWithoutEnd_IsRead() => AssertPlain(Read(Plain.TrimEnd()));

    [Fact]
    public void Read_ByteOrderMarksAndLatin1_AreReported()
    {
        AssertPlain(Read([.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(Plain)]));
        AssertPlain(Read([.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(Plain)]));
        AssertPlain(Read([.. Encoding.BigEndianUnicode.Preamble, .. Encoding.BigEndianUnicode.GetBytes(Plain)]));
        SpectralReading latin = Read(Encoding.Latin1.GetBytes(Plain.Replace("protein", "Rohprotein (Wägung)")));
        Assert.Equal("Rohprotein (Wägung)", latin.Chunk.Responses[0].Name);
        Assert.Contains("Latin-1", latin.Report.ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_CommentsQuotesTrailingDelimitersAndBlankLines_AreHandled()
    {
        SpectralReading reading = Read(
            "# instrument 7, \"lamp\n\n#second\nsample_id,\"protein\",site,1100,1102,1104,,\n"
            + "\"A\",10.5,\"north\",0.1,0.2,0.3,,\nB,\"\",south,0.4,\"0.5\",-6e-1,\n,,,,,,\n \n");
        AssertPlain(reading);
        Assert.Equal(2, reading.Report.CommentCount);
        Assert.Equal("a \"b\"\n,c", Read("id,1100\n\"a \"\"b\"\"\n,c\",1\n").Chunk.Ids[0]);
        AssertPlain(Read("sep=;\r\n" + Plain.Replace(',', ';').Replace("\n", "\r\n")));
    }

    [Fact]
    public void Read_QuotedLineEnds_CountAsLines() =>
        AssertFails("id,1100\n\"a\nb\",1\nC,x\n", "Line 4, sample 'C', column 2, variable 1100: expected a number, found 'x'");

    [Fact]
    public void Read_MissingMarksInResponses_AreMissing()
    {
        SpectralReading reading = Read(
            "id,y,900,902\nA,NA,1,2\nB,n.d.,1,3\nC,-,2,2\nD,12,3,2\nE,#N/A,3,3\nF,leer,1,1\n",
            new WideCsvOptions { MissingMarks = ["leer"] });
        Assert.Equal(new ResponseSummary("y", 1, 5, 12, 12), reading.Report.Responses[0]);
    }

    [Fact]
    public void Read_OneOddCellInResponse_IsReportedAndAskedOneFails()
    {
        string text = Plain.Replace("B,,", "B,ca. 9,");
        Assert.Contains("'protein' has 1 numbers but is read as text because of 'ca. 9' in line 3", Read(text).Report.ToText(), StringComparison.Ordinal);
        AssertFails(
            text,
            "Line 3, sample 'B', response 'protein': expected a number or a missing-value mark, found 'ca. 9'",
            new WideCsvOptions { Responses = ["protein"] });
    }

    [Fact]
    public void Read_AskedResponses_ComeInOrderAndOthersAreLabels()
    {
        SpectralReading reading = Read(
            "id,a,b,c,900,902\nS,1,2,3,1,2\n", new WideCsvOptions { Responses = ["C", "a"] });
        Assert.Equal(["c", "a"], reading.Chunk.Responses.Select(r => r.Name));
        Assert.Equal(["2"], Assert.Single(reading.Chunk.Labels).Values.ToArray());
        reading = Read("id,a,group,900\nS,1,7,1\n", new WideCsvOptions { Labels = ["a"] });
        Assert.Equal(["a", "group"], reading.Chunk.Labels.Select(l => l.Name));
    }

    [Fact]
    public void Read_IdColumns_AreFoundInOrder()
    {
        Assert.Equal(["p", "q"], Read("site,Sample ID,900\nn,p,1\nn,q,2\n").Chunk.Ids.ToArray());
        Assert.Equal(["p", "q"], Read("y,site,code,900\n1,n,p,1\n2,n,q,2\n").Chunk.Ids.ToArray());
        Assert.Equal(["0", "1"], Read(",y,900\n0,5,1\n1,6,2\n").Chunk.Ids.ToArray());
        Assert.Equal(["n", "m"], Read("site,id,900\nn,p,1\nm,p,2\n", new WideCsvOptions { IdColumn = "SITE" }).Chunk.Ids.ToArray());
        SpectralReading numbered = Read("y,900,902\n5,1,2\n6,2,3\n");
        Assert.Equal(["S0001", "S0002"], numbered.Chunk.Ids.ToArray());
        Assert.Contains("No column of sample ids", Assert.Single(numbered.Report.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ConstantVariables_AreReported()
    {
        string text = Read("id,900,902,904,906\nA,1,2,3,0\nB,1,2,4,0\nC,1,2,4,0\n").Report.ToText();
        Assert.Contains("3 of 4 variables have the same value in all samples: 900-902, 906 nm.", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_OneVariableOneSample_IsLegal()
    {
        SpectralReading reading = Read("id,900\nA,0.5\n");
        Assert.Equal("900 nm, 1 variable", reading.Report.Axis);
        Assert.Equal(1, reading.Chunk.X.Columns);
    }

    [Fact]
    public void Read_Canceled_Stops() =>
        Assert.Throws<OperationCanceledException>(
            () => WideCsvReader.Read(new MemoryStream(Encoding.UTF8.GetBytes(Plain)), null, new CancellationToken(true)));

    private static void AssertFails(string text, string message, WideCsvOptions? options = null) =>
        AssertFails(Encoding.UTF8.GetBytes(text), message, options);

    private static void AssertFails(byte[] bytes, string message, WideCsvOptions? options = null)
    {
        var exception = Assert.Throws<StageException>(() => Read(bytes, options));
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
    }
}
