using System.Globalization;
using Apache.Arrow;
using Apache.Arrow.Compression;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using Pipeline.Engine;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Spectra.Readers;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Spectra.Readers;

/// <summary>Spectra are read whichever of Arrow's types and codecs a program chose for them.</summary>
public class ArrowSpectraTypesTests
{
    private static readonly double[][] Spectra = [[0.5, 0.25, 0.125], [1, -2, 4], [8, 16, 32]];

    [Theory]
    [InlineData("fixed double")]
    [InlineData("list float")]
    [InlineData("large list double")]
    [InlineData("list half")]
    public void Read_ListsOfAnyKind_AreTheSpectra(string kind)
    {
        SpectralReading reading = Read(null, Field("spec", Lists(kind, Spectra)), Field("id", Texts("utf8")));
        Assert.Equal(Spectra.SelectMany(row => row), reading.Chunk.X.Values.ToArray());
        Assert.Equal(["a", "b", "c"], reading.Chunk.Ids.ToArray());
    }

    [Fact]
    public void Read_ListsOfDifferentLengths_NameTheSample()
    {
        StageException refused = Assert.Throws<StageException>(
            () => Read(null, Field("spec", Lists("list float", [Spectra[0], [1, 2], Spectra[2]])), Field("id", Texts("utf8"))));
        Assert.Contains("'b' has a spectrum of 2 values, the axis has 3", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("utf8")]
    [InlineData("large")]
    [InlineData("view")]
    [InlineData("dictionary")]
    public void Read_TextsOfAnyKind_AreIds(string kind)
    {
        SpectralReading reading = Read(null, Field("sample", Texts(kind)), Field("spec", Lists("fixed double", Spectra)));
        Assert.Equal(["a", "b", "c"], reading.Chunk.Ids.ToArray());
    }

    [Fact]
    public void Read_DecimalsAndHalfFloats_AreResponses()
    {
        var decimals = new Decimal128Array.Builder(new Decimal128Type(9, 2));
        decimals.Append(12.25m).Append(-0.5m).AppendNull();
        HalfFloatArray halves = new HalfFloatArray.Builder().Append((Half)1.5).AppendNull().Append((Half)3).Build();
        SpectralReading reading = Read(
            null, Field("id", Texts("utf8")), Field("spec", Lists("fixed double", Spectra)),
            Field("fat", decimals.Build()), Field("salt", halves));
        Assert.Equal([12.25, -0.5, double.NaN], reading.Chunk.Responses[0].Values.ToArray());
        Assert.Equal([1.5, double.NaN, 3], reading.Chunk.Responses[1].Values.ToArray());
    }

    [CodecTheory]
    [InlineData(CompressionCodecType.Lz4Frame)]
    [InlineData(CompressionCodecType.Zstd)]
    public void Read_CompressedData_GiveTheSameSpectra(CompressionCodecType codec)
    {
        SpectralReading reading = Read(codec, Field("id", Texts("utf8")), Field("spec", Lists("fixed double", Spectra)));
        Assert.Equal(Spectra.SelectMany(row => row), reading.Chunk.X.Values.ToArray());
    }

    [CodecFact]
    public void Read_DataThatGrowFarBeyondTheirBytes_AreRefused()
    {
        const int Samples = 30;
        double[][] zeros = [.. Enumerable.Repeat(new double[400_000], Samples)];
        string[] ids = [.. Enumerable.Range(0, Samples).Select(i => i.ToString(CultureInfo.InvariantCulture))];
        StringArray texts = new StringArray.Builder().AppendRange(ids).Build();
        StageException refused = Assert.Throws<StageException>(
            () => Read(CompressionCodecType.Zstd, Field("id", texts), Field("spec", Lists("fixed double", zeros))));
        Assert.Equal(FailureKind.InvalidData, refused.Kind);
        Assert.Contains("when decompressed", refused.Message, StringComparison.Ordinal);
    }

    private static (string Name, IArrowArray Column) Field(string name, IArrowArray column) => (name, column);

    private static IArrowArray Texts(string kind) => kind switch
    {
        "large" => new LargeStringArray.Builder().AppendRange(["a", "b", "c"]).Build(),
        "view" => new StringViewArray.Builder().AppendRange(["a", "b", "c"]).Build(),
        "dictionary" => new DictionaryArray(
            new DictionaryType(Int8Type.Default, LargeStringType.Default, ordered: false),
            new Int8Array.Builder().AppendRange([2, 1, 0]).Build(),
            new LargeStringArray.Builder().AppendRange(["c", "b", "a"]).Build()),
        _ => new StringArray.Builder().AppendRange(["a", "b", "c"]).Build(),
    };

    private static IArrowArray Lists(string kind, double[][] rows)
    {
        switch (kind)
        {
            case "fixed double":
                var type = new FixedSizeListType(DoubleType.Default, rows[0].Length);
                DoubleArray values = new DoubleArray.Builder().AppendRange(rows.SelectMany(row => row)).Build();
                return new FixedSizeListArray(type, rows.Length, values, ArrowBuffer.Empty);
            case "large list double":
                var large = new LargeListArray.Builder(DoubleType.Default);
                Fill(rows, () => large.Append(), row => ((DoubleArray.Builder)large.ValueBuilder).AppendRange(row));
                return large.Build();
            case "list half":
                var half = new ListArray.Builder(HalfFloatType.Default);
                Fill(rows, () => half.Append(), row => ((HalfFloatArray.Builder)half.ValueBuilder).AppendRange(row.Select(v => (Half)v)));
                return half.Build();
            default:
                var list = new ListArray.Builder(FloatType.Default);
                Fill(rows, () => list.Append(), row => ((FloatArray.Builder)list.ValueBuilder).AppendRange(row.Select(v => (float)v)));
                return list.Build();
        }
    }

    private static void Fill(double[][] rows, Action start, Action<double[]> append)
    {
        foreach (double[] row in rows)
        {
            start();
            append(row);
        }
    }

    private static SpectralReading Read(CompressionCodecType? codec, params (string Name, IArrowArray Column)[] columns)
    {
        var schema = new Schema(columns.Select(c => new Field(c.Name, c.Column.Data.DataType, nullable: true)), null);
        using var batch = new RecordBatch(schema, columns.Select(c => c.Column), columns[0].Column.Length);
        using var stream = new MemoryStream();
        var options = new IpcOptions { CompressionCodec = codec, CompressionCodecFactory = new CompressionCodecFactory() };
        using (var writer = new ArrowFileWriter(stream, schema, leaveOpen: true, options))
        {
            writer.WriteRecordBatch(batch);
            writer.WriteEnd();
        }

        stream.Position = 0;
        return ArrowSpectraReader.Read(stream);
    }
}
