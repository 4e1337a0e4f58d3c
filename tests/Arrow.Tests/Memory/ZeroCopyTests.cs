using System.IO.MemoryMappedFiles;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Memory;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Arrow.Tests.Memory;

/// <summary>Values lie where they were: in the mapping, in the caller's memory, in the one piece a batch was read into.</summary>
public class ZeroCopyTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Read_MappedView_LiesInTheMapping(bool isFile)
    {
        RecordBatch batch = LayoutSamples.Of(100);
        using var mapped = new MappedFile(isFile ? Transport.WriteFile(batch.Schema, batch) : Transport.WriteStream(batch.Schema, batch));
        MemoryMappedViewStream view = mapped.View();
        using ArrowStreamReader reader = isFile ? new ArrowFileReader(view) : new ArrowStreamReader(view);
        using RecordBatch read = reader.ReadNextRecordBatch()!;
        Assert.Equal(Rendering.Of(batch), Rendering.Of(read));
        RequireAll(read, span => LiesIn(view, span));
    }

    [Fact]
    public void Read_ViewBehindItsStart_LiesInTheMapping()
    {
        RecordBatch batch = LayoutSamples.Of(10);
        byte[] stream = Transport.WriteStream(batch.Schema, batch);
        using var mapped = new MappedFile([.. new byte[64], .. stream]);
        MemoryMappedViewStream view = mapped.View();
        view.Position = 64;
        using var reader = new ArrowStreamReader(view);
        using RecordBatch read = reader.ReadNextRecordBatch()!;
        Assert.Equal(Rendering.Of(batch), Rendering.Of(read));
        RequireAll(read, span => LiesIn(view, span));
        Assert.Null(reader.ReadNextRecordBatch());
    }

    [Fact]
    public void Read_Memory_LiesInIt()
    {
        RecordBatch batch = LayoutSamples.Of(100);
        byte[] stream = Transport.WriteStream(batch.Schema, batch);
        RequireAll(Transport.ReadMemory(stream).Batches[0], span => stream.AsSpan().Overlaps(span));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Read_IntoAllocator_TakesOnePieceForEachMessage(bool isFile)
    {
        RecordBatch batch = LayoutSamples.Of(100);
        byte[] bytes = isFile ? Transport.WriteFile(batch.Schema, batch) : Transport.WriteStream(batch.Schema, batch);
        var allocator = new GuardedAllocator();
        using (ArrowStreamReader reader = isFile ? Readers.OpenFile(bytes, allocator) : Readers.Open(new MemoryStream(bytes), allocator))
        using (RecordBatch read = reader.ReadNextRecordBatch()!)
        {
            // Two dictionaries and the batch.
            Assert.Equal(3, allocator.LiveCount);
            RequireAll(read, allocator.Holds);
        }

        allocator.RequireAllBack();
    }

    [CodecFact]
    public void Read_BufferThatDoesNotCompress_LiesInTheBody()
    {
        // Noise is written as it is, behind -1; zeros are compressed.
        byte[] noise = new byte[4096];
        new Random(1).NextBytes(noise);
        IArrowArray[] columns = [new UInt8Array.Builder().AppendRange(noise).Build(), new UInt8Array.Builder().AppendRange(new byte[4096]).Build()];
        var batch = new RecordBatch(
            new Schema(columns.Select((column, j) => new Field($"{j}", column.Data.DataType, false)), null), columns, noise.Length);
        byte[] stream = Transport.Write(
            target => new ArrowStreamWriter(target, batch.Schema, true, Readers.Options(CompressionCodecType.Lz4Frame)), batch);
        using var mapped = new MappedFile(stream);
        MemoryMappedViewStream view = mapped.View();
        using var reader = new ArrowStreamReader(view, new Apache.Arrow.Compression.CompressionCodecFactory());
        using RecordBatch read = reader.ReadNextRecordBatch()!;
        Assert.Equal(Rendering.Of(batch), Rendering.Of(read));
        Assert.True(LiesIn(view, read.Column(0).Data.Buffers[1].Span));
        Assert.False(LiesIn(view, read.Column(1).Data.Buffers[1].Span));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Read_Mapped64MB_AllocatesNoBodies(bool isFile)
    {
        const int Rows = 1 << 20;
        const int Batches = 8;
        var column = new DoubleArray(new ArrowBuffer(new byte[Rows * sizeof(double)]), ArrowBuffer.Empty, Rows, 0, 0);
        RecordBatch batch = LayoutSamples.Over("x", column);
        RecordBatch[] batches = [.. Enumerable.Repeat(batch, Batches)];
        using var mapped = new MappedFile(isFile ? Transport.WriteFile(batch.Schema, batches) : Transport.WriteStream(batch.Schema, batches));
        MemoryMappedViewStream view = mapped.View();
        long before = GC.GetAllocatedBytesForCurrentThread();
        int rows = 0;
        using (ArrowStreamReader reader = isFile ? new ArrowFileReader(view) : new ArrowStreamReader(view))
        {
            while (reader.ReadNextRecordBatch() is RecordBatch read)
            {
                using (read)
                {
                    rows += read.Length;
                }
            }
        }

        Assert.Equal(Rows * Batches, rows);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 256 << 10);
        Assert.True(view.SafeMemoryMappedViewHandle.IsClosed);
    }

    [Fact]
    public void Clone_AllocatorThatGivesMore_KeepsTheLengths()
    {
        RecordBatch batch = LayoutSamples.Of(20);
        var allocator = new GuardedAllocator(extraBytes: 100);
        using (RecordBatch clone = batch.Clone(allocator))
        {
            Assert.Equal(batch.Arrays.SelectMany(Lengths), clone.Arrays.SelectMany(Lengths));
            Assert.Equal(Rendering.Of(batch), Rendering.Of(clone));
        }

        ArrowBuffer built = new ArrowBuffer.Builder<int>().Append(1).Build(allocator);
        Assert.Equal(MemoryAllocator.DefaultAlignment, built.Length);
        built.Dispose();
        allocator.RequireAllBack();
    }

    private static IEnumerable<int> Lengths(IArrowArray array) => Readers.Buffers(array.Data).Select(buffer => buffer.Length);

    private static void RequireAll(RecordBatch batch, SpanPredicate isInside)
    {
        int checkedCount = 0;
        foreach (ArrowBuffer buffer in batch.Arrays.SelectMany(column => Readers.Buffers(column.Data)).Where(buffer => !buffer.IsEmpty))
        {
            Assert.True(isInside(buffer.Span), $"buffer {checkedCount} of {buffer.Length} bytes");
            checkedCount++;
        }

        Assert.InRange(checkedCount, 40, 200);
    }

    private static unsafe bool LiesIn(MemoryMappedViewStream view, ReadOnlySpan<byte> span)
    {
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        try
        {
            return new ReadOnlySpan<byte>(start + view.PointerOffset, (int)view.Length).Overlaps(span);
        }
        finally
        {
            view.SafeMemoryMappedViewHandle.ReleasePointer();
        }
    }

    private delegate bool SpanPredicate(ReadOnlySpan<byte> span);
}
