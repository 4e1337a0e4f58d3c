using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using Pipeline.Engine;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Spectra.Readers;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Spectra.Readers;

public class ArrowSpectraTests
{
    [Fact]
    public void Read_WhatWasWritten_IsTheSameBitForBit()
    {
        SpectralChunk chunk = TestChunks.Make(n: 7, p: 12, seed: 2);
        double[] y = [.. chunk.Responses[0].Values];
        y[3] = double.NaN;
        chunk = new SpectralChunk(
            chunk.Ids,
            chunk.Axis,
            chunk.X,
            [new ResponseColumn("protein", [.. y])],
            [new LabelColumn("set", [.. "aabbcca".Select(one => $"{one}")])]);
        using var stream = new MemoryStream();
        ArrowSpectraWriter.Write(chunk, stream);

        SpectralReading reading = Read(stream.ToArray());

        Assert.Equal(chunk.Ids.ToArray(), reading.Chunk.Ids.ToArray());
        Assert.Equal(chunk.Axis.Positions.ToArray(), reading.Chunk.Axis.Positions.ToArray());
        Assert.Equal(AxisUnit.Nanometre, reading.Chunk.Axis.Unit);
        Assert.Equal(chunk.X.Values.ToArray(), reading.Chunk.X.Values.ToArray());
        Assert.Equal(y, reading.Chunk.Responses.Single().Values.ToArray());
        Assert.Equal(chunk.Labels[0].Values.ToArray(), reading.Chunk.Labels.Single().Values.ToArray());
        Assert.Contains("Arrow file of 1 batches", reading.Report.ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public void View_SpectrumColumn_IsAMatrixWhereTheBytesLie()
    {
        SpectralChunk chunk = TestChunks.Make(n: 5, p: 6, seed: 2);
        using RecordBatch batch = ArrowSpectraWriter.Batch(chunk);
        var column = (FixedSizeListArray)batch.Column("spectrum");
        Assert.True(ArrowMatrix.TryView(column, out MatrixView view));
        Assert.Equal(chunk.X.Values.ToArray(), view.ToMatrix().Values.ToArray());
        Assert.True(view.Values.Overlaps(((DoubleArray)column.Values).Values));
    }

    [Fact]
    public void View_SlicedColumn_StartsAtItsFirstRow()
    {
        SpectralChunk chunk = TestChunks.Make(n: 5, p: 6, seed: 2);
        using RecordBatch batch = ArrowSpectraWriter.Batch(chunk);
        var column = (FixedSizeListArray)ArrowArrayFactory.Slice(batch.Column("spectrum"), 2, 3);
        Assert.True(ArrowMatrix.TryView(column, out MatrixView view));
        Assert.Equal(chunk.X.Values[(2 * 6)..].ToArray(), view.ToMatrix().Values.ToArray());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Read_ListWithoutAFiniteNumber_NamesSampleAndVariable(bool isNull)
    {
        var type = new FixedSizeListType(new Field("item", DoubleType.Default, true), 2);
        DoubleArray.Builder values = new DoubleArray.Builder().Append(1).Append(2).Append(3);
        DoubleArray all = (isNull ? values.AppendNull() : values.Append(double.NaN)).Build();
        var schema = new Schema(
            [new Field("id", StringType.Default, false), new Field("spec", type, false)],
            new Dictionary<string, string> { ["wavelengths"] = "[1100, 1102]" });
        using var batch = new RecordBatch(
            schema, [new StringArray.Builder().Append("a").Append("b").Build(), new FixedSizeListArray(type, 2, all, ArrowBuffer.Empty, 0)], 2);
        StageException refused = Assert.Throws<StageException>(() => Read(Stream(schema, batch)));
        Assert.Contains(
            $"Sample 'b', variable 1102 nm: expected a finite number, found {(isNull ? "null" : "NaN")}",
            refused.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Read_StreamOfFloatListsInTwoBatches_IsOneChunk()
    {
        var type = new FixedSizeListType(new Field("item", FloatType.Default, false), 3);
        var schema = new Schema(
            [new Field("id", StringType.Default, false), new Field("spec", type, false)],
            new Dictionary<string, string> { ["wavelengths"] = "[1100, 1102.5, 1105]" });
        RecordBatch Batch(string[] ids, float[] values) => new(
            schema,
            [new StringArray.Builder().AppendRange(ids).Build(), new FixedSizeListArray(type, ids.Length, new FloatArray.Builder().Append(values).Build(), ArrowBuffer.Empty, 0)],
            ids.Length);
        SpectralReading reading = Read(Stream(schema, Batch(["a", "b"], [1, 2, 3, 4, 5, 6]), Batch(["c"], [7, 8, 9])));
        Assert.Equal(["a", "b", "c"], reading.Chunk.Ids.ToArray());
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8, 9], reading.Chunk.X.Values.ToArray());
        Assert.Equal([1100, 1102.5, 1105], reading.Chunk.Axis.Positions.ToArray());
    }

    [Fact]
    public void Read_WideFloatColumns_AreTheSpectrum()
    {
        var schema = new Schema(
            [new Field("sample", StringType.Default, false), new Field("protein", Int32Type.Default, true),
             new Field("1100 nm", DoubleType.Default, false), new Field("1110 nm", DoubleType.Default, false)],
            null);
        var batch = new RecordBatch(
            schema,
            [new StringArray.Builder().AppendRange(["x", "y"]).Build(), new Int32Array.Builder().Append(11).AppendNull().Build(),
             new DoubleArray.Builder().AppendRange([0.1, 0.2]).Build(), new DoubleArray.Builder().AppendRange([0.3, 0.4]).Build()],
            2);
        SpectralReading reading = Read(Stream(schema, batch));
        Assert.Equal([0.1, 0.3, 0.2, 0.4], reading.Chunk.X.Values.ToArray());
        Assert.Equal(AxisUnit.Nanometre, reading.Chunk.Axis.Unit);
        Assert.Equal([11, double.NaN], reading.Chunk.Responses.Single().Values.ToArray());
    }

    [Fact]
    public void Read_NullInASpectrum_NamesSampleAndVariable()
    {
        var schema = new Schema(
            [new Field("id", StringType.Default, false), new Field("1100", DoubleType.Default, true), new Field("1110", DoubleType.Default, true)],
            null);
        var batch = new RecordBatch(
            schema,
            [new StringArray.Builder().AppendRange(["x", "y"]).Build(), new DoubleArray.Builder().AppendRange([0.1, 0.2]).Build(),
             new DoubleArray.Builder().Append(0.3).AppendNull().Build()],
            2);
        StageException refused = Assert.Throws<StageException>(() => Read(Stream(schema, batch)));
        Assert.Contains("'y'", refused.Message, StringComparison.Ordinal);
        Assert.Contains("1110 nm", refused.Message, StringComparison.Ordinal);
        Assert.Contains("null", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_DamagedOrCutBytes_AreRefusedOrRead()
    {
        using var stream = new MemoryStream();
        ArrowSpectraWriter.Write(TestChunks.Make(n: 5, p: 6, seed: 2), stream);
        byte[] good = stream.ToArray();
        var random = new Pcg64(4);
        int refused = 0;
        for (int round = 0; round < 2000; round++)
        {
            byte[] bytes = round % 2 == 0 ? good[..random.NextInt(good.Length)] : [.. good];
            for (int flips = 0; flips < 3 && bytes.Length > 0; flips++)
            {
                bytes[random.NextInt(bytes.Length)] ^= (byte)(1 << random.NextInt(8));
            }

            try
            {
                Read(bytes);
            }
            catch (StageException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 1000, 2000);
    }

    [Theory]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void Read_InfiniteResponse_NamesSampleColumnAndValue(double value)
    {
        (Schema schema, RecordBatch batch) = WideTable("1100", "1110", value);
        StageException refused = Assert.Throws<StageException>(() => Read(Stream(schema, batch)));
        Assert.Contains("Sample 'y', column 'protein'", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Infinity", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Mend the value", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ManyRowsWithoutColumns_AreRefusedBeforeIdsAreMade()
    {
        var schema = new Schema([], null);
        var batch = new RecordBatch(schema, System.Array.Empty<IArrowArray>(), int.MaxValue);
        StageException refused = Assert.Throws<StageException>(() => Read(Stream(schema, batch, batch)));
        Assert.Contains("4294967294 rows, at most 2000000", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_FewerRowsWithoutColumns_HaveNoSpectra()
    {
        var schema = new Schema([], null);
        var batch = new RecordBatch(schema, System.Array.Empty<IArrowArray>(), ArrowSpectraReader.SamplesMax);
        StageException refused = Assert.Throws<StageException>(() => Read(Stream(schema, batch)));
        Assert.Contains("have no spectra", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_EmptyLists_AreRefused()
    {
        var type = new FixedSizeListType(new Field("item", DoubleType.Default, false), 0);
        var schema = new Schema([new Field("spec", type, false)], null);
        var column = new FixedSizeListArray(type, 1_000_000, new DoubleArray.Builder().Build(), ArrowBuffer.Empty, 0);
        var batch = new RecordBatch(schema, [column], 1_000_000);
        StageException refused = Assert.Throws<StageException>(() => Read(Stream(schema, batch)));
        Assert.Contains("'spec' have 0 values", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_StreamLongerThanMemoryCanHold_SaysSplit()
    {
        using var source = new LongStream();
        StageException refused = Assert.Throws<StageException>(() => ArrowSpectraReader.Read(source));
        Assert.Equal(FailureKind.InvalidData, refused.Kind);
        Assert.Contains("Split the file", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ContradictingUnits_AreRefusedUnlessOneIsAsked()
    {
        (Schema schema, RecordBatch batch) = WideTable("1100 nm", "1110 cm-1", 1);
        byte[] bytes = Stream(schema, batch);
        StageException refused = Assert.Throws<StageException>(() => Read(bytes));
        Assert.Contains("'1100 nm' and '1110 cm-1' are in different units", refused.Message, StringComparison.Ordinal);
        Assert.Equal(AxisUnit.Wavenumber, Read(bytes, AxisUnit.Wavenumber).Chunk.Axis.Unit);
    }

    [Fact]
    public void Read_UnknownUnitInTheMetadata_NamesItAndTheValidOnes()
    {
        byte[] bytes = ListTable("[1100, 1102]", "furlong");
        StageException refused = Assert.Throws<StageException>(() => Read(bytes));
        Assert.Contains("'furlong'; expected nm, cm-1 or channel", refused.Message, StringComparison.Ordinal);
        Assert.Equal(AxisUnit.Nanometre, Read(bytes, AxisUnit.Nanometre).Chunk.Axis.Unit);
    }

    [Fact]
    public void Read_UnsureUnit_IsAWarning()
    {
        SpectralReading reading = Read(ListTable("[1102, 1100]", unit: null));
        Assert.Contains(reading.Report.Warnings, warning => warning.Contains("--axis-unit", StringComparison.Ordinal));
        reading = Read(ListTable("[1102, 1100]", unit: null), AxisUnit.Wavenumber);
        Assert.Equal(AxisUnit.Wavenumber, reading.Chunk.Axis.Unit);
        Assert.DoesNotContain(reading.Report.Warnings, warning => warning.Contains("--axis-unit", StringComparison.Ordinal));
    }

    [Fact]
    public void Read_IdColumnAsked_IsTakenOrRefusedWithTheColumns()
    {
        (Schema schema, RecordBatch batch) = WideTable("1100", "1110", 7);
        byte[] bytes = Stream(schema, batch);
        SpectralReading reading = Read(bytes, idColumn: "protein");
        Assert.Equal(["11", "7"], reading.Chunk.Ids.ToArray());
        Assert.Empty(reading.Chunk.Responses);
        StageException refused = Assert.Throws<StageException>(() => Read(bytes, idColumn: "nobody"));
        Assert.Contains("'nobody'", refused.Message, StringComparison.Ordinal);
        Assert.Contains("'sample', 'protein'", refused.Message, StringComparison.Ordinal);
    }

    private static SpectralReading Read(byte[] bytes, AxisUnit? unit = null, string? idColumn = null) =>
        ArrowSpectraReader.Read(new MemoryStream(bytes), unit, idColumn);

    private static (Schema Schema, RecordBatch Batch) WideTable(string first, string second, double protein)
    {
        var schema = new Schema(
            [new Field("sample", StringType.Default, false), new Field("protein", DoubleType.Default, true),
             new Field(first, DoubleType.Default, false), new Field(second, DoubleType.Default, false)],
            null);
        return (schema, new RecordBatch(
            schema,
            [new StringArray.Builder().AppendRange(["x", "y"]).Build(), new DoubleArray.Builder().AppendRange([11, protein]).Build(),
             new DoubleArray.Builder().AppendRange([0.1, 0.2]).Build(), new DoubleArray.Builder().AppendRange([0.3, 0.4]).Build()],
            2));
    }

    private static byte[] ListTable(string axis, string? unit)
    {
        var type = new FixedSizeListType(new Field("item", DoubleType.Default, false), 2);
        var metadata = new Dictionary<string, string> { ["wavelengths"] = axis };
        if (unit is not null)
        {
            metadata["unit"] = unit;
        }

        var schema = new Schema([new Field("id", StringType.Default, false), new Field("spec", type, false)], metadata);
        DoubleArray values = new DoubleArray.Builder().AppendRange([1, 2, 3, 5]).Build();
        using var batch = new RecordBatch(
            schema, [new StringArray.Builder().Append("a").Append("b").Build(), new FixedSizeListArray(type, 2, values, ArrowBuffer.Empty, 0)], 2);
        return Stream(schema, batch);
    }

    private static byte[] Stream(Schema schema, params RecordBatch[] batches)
    {
        using var stream = new MemoryStream();
        using (var writer = new ArrowStreamWriter(stream, schema, leaveOpen: true))
        {
            foreach (RecordBatch batch in batches)
            {
                writer.WriteRecordBatch(batch);
            }

            writer.WriteEnd();
        }

        return stream.ToArray();
    }

    /// <summary>A source that says it is longer than an array can be.</summary>
    private sealed class LongStream : MemoryStream
    {
        public override long Length => 3_000_000_000;
    }
}
