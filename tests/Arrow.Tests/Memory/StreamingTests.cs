using Apache.Arrow;
using Apache.Arrow.Ipc;
using Xunit;

namespace Pipeline.Arrow.Tests.Memory;

/// <summary>Asynchronous readers and writers wait for their stream, and hold no more than a message meanwhile.</summary>
public class StreamingTests
{
    private const int LargeRows = 400_000;
    private const int LargeBytes = LargeRows * sizeof(double);

    [Fact]
    public async Task Reader_SlowStream_HoldsOneMessageBesidesTheBatches()
    {
        const int Batches = 5;
        RecordBatch large = Large();
        byte[] stream = Transport.WriteStream(large.Schema, [.. Enumerable.Repeat(large, Batches)]);
        var allocator = new GuardedAllocator();
        var held = new Queue<RecordBatch>();
        using (ArrowStreamReader reader = Readers.Open(new TrickleStream(stream), allocator))
        {
            while (await reader.ReadNextRecordBatchAsync() is RecordBatch batch)
            {
                held.Enqueue(batch);
                Assert.Equal(held.Count, allocator.LiveCount);
                if (held.Count == 2)
                {
                    held.Dequeue().Dispose();
                }
            }

            Assert.Equal(1, allocator.LiveCount);

            // The batch that is held; and while memory grows with what arrives, the old piece beside the new one, which is
            // less than twice the message.
            Assert.InRange(allocator.PeakBytes, 2 * LargeBytes, 3 * LargeBytes);
        }

        held.Dequeue().Dispose();
        allocator.RequireAllBack();
    }

    [Fact]
    public async Task Reader_SlowStream_ReadsWhatIsThereOnTime()
    {
        // A batch is there as soon as its bytes are; the reader does not ask for those of the next.
        RecordBatch batch = LayoutSamples.Of(20);
        byte[] stream = Transport.WriteStream(batch.Schema, batch, batch);
        int[] ends = [.. Framing.Messages(stream, 0).Where(m => m.Kind == Apache.Arrow.Flatbuf.MessageKind.RecordBatch).Select(m => m.End)];
        var source = new TrickleStream(stream);
        using var reader = new ArrowStreamReader(source);
        foreach (int end in ends)
        {
            Assert.Equal(Rendering.Of(batch), Rendering.Of((await reader.ReadNextRecordBatchAsync())!));
            Assert.Equal(end, source.Position);
        }
    }

    [Fact]
    public async Task Writer_SlowStream_WaitsAndCopiesNothing()
    {
        RecordBatch large = Large();
        using var target = new GatedStream();
        using var writer = new ArrowStreamWriter(target, large.Schema, leaveOpen: true);
        Task writing = WriteAsync();
        int begun = 0;
        bool sawTheBatchItself = false;
        await foreach (ReadOnlyMemory<byte> pending in target.Begun.ReadAllAsync())
        {
            // One write at a time is under way; the next comes when the stream has taken this one.
            Assert.Equal(begun, target.TakenCount);
            sawTheBatchItself |= pending.Length == LargeBytes && pending.Span.Overlaps(large.Column(0).Data.Buffers[1].Span);
            Assert.True(pending.Length is <= 64 << 10 or LargeBytes);
            begun++;
            target.Open(1);
        }

        await writing;
        Assert.True(sawTheBatchItself);

        async Task WriteAsync()
        {
            await writer.WriteRecordBatchAsync(large);
            target.Finish();
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Writer_SlowStream_WritesTheSameBytes(bool isFile)
    {
        RecordBatch[] batches = [LayoutSamples.Of(30), LayoutSamples.Of(5000)];
        Func<Stream, ArrowStreamWriter> open = isFile
            ? stream => new ArrowFileWriter(stream, batches[0].Schema, leaveOpen: true)
            : stream => new ArrowStreamWriter(stream, batches[0].Schema, leaveOpen: true);
        byte[] expected = Transport.Write(open, batches);
        using var target = new GatedStream();
        target.Open(int.MaxValue);
        using (ArrowStreamWriter writer = open(target))
        {
            foreach (RecordBatch batch in batches)
            {
                await writer.WriteRecordBatchAsync(batch);
            }

            await writer.WriteEndAsync();
        }

        Assert.Equal(expected, target.ToArray());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Writer_CanceledAtAnyWrite_RefusesToGoOn(bool isFile)
    {
        // Some of its buffers are written by themselves, the others are gathered.
        RecordBatch batch = LayoutSamples.Of(3000);
        bool wasWhole = false;
        for (int writes = 0; !wasWhole; writes++)
        {
            using var cancellation = new CancellationTokenSource();
            using var target = new GatedStream();
            target.Open(writes);
            target.OnClosed = cancellation.Cancel;
            using ArrowStreamWriter writer = isFile
                ? new ArrowFileWriter(target, batch.Schema, leaveOpen: true)
                : new ArrowStreamWriter(target, batch.Schema, leaveOpen: true);
            try
            {
                await writer.WriteRecordBatchAsync(batch, cancellation.Token);
                await writer.WriteEndAsync(cancellation.Token);
                wasWhole = true;
            }
            catch (OperationCanceledException)
            {
                target.OnClosed = null;
                target.Open(1000);
                await Assert.ThrowsAsync<InvalidOperationException>(() => writer.WriteRecordBatchAsync(batch));
                await Assert.ThrowsAsync<InvalidOperationException>(() => writer.WriteEndAsync());
                Assert.Throws<InvalidOperationException>(() => writer.WriteRecordBatch(batch));
                Assert.Throws<InvalidOperationException>(writer.WriteEnd);
            }
        }
    }

    [Fact]
    public async Task Writer_CanceledBeforeItBegan_GoesOn()
    {
        RecordBatch batch = LayoutSamples.Of(10);
        using var target = new MemoryStream();
        var canceled = new CancellationToken(canceled: true);
        using (var writer = new ArrowStreamWriter(target, batch.Schema, leaveOpen: true))
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writer.WriteRecordBatchAsync(batch, canceled));
            await writer.WriteRecordBatchAsync(batch);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writer.WriteRecordBatchAsync(batch, canceled));
            await writer.WriteRecordBatchAsync(batch);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writer.WriteEndAsync(canceled));
            await writer.WriteEndAsync();
        }

        Assert.Equal(Transport.WriteStream(batch.Schema, batch, batch), target.ToArray());
    }

    [Fact]
    public void Writer_RefusedBatch_ChangesNothing()
    {
        // The dictionary of the first column is new, the second column is of another type than the schema says.
        RecordBatch[] good = [Pair("a", new Int32Array.Builder().Append(1).Build()), Pair("b", new Int32Array.Builder().Append(2).Build())];
        RecordBatch bad = Pair("b", new Int64Array.Builder().Append(3).Build());
        using var target = new MemoryStream();
        using (var writer = new ArrowStreamWriter(target, good[0].Schema, leaveOpen: true))
        {
            writer.WriteRecordBatch(good[0]);
            Assert.Throws<ArgumentException>(() => writer.WriteRecordBatch(bad));
            writer.WriteRecordBatch(good[1]);
            writer.WriteEnd();
        }

        Assert.Equal(Transport.WriteStream(good[0].Schema, good), target.ToArray());
    }

    private static RecordBatch Pair(string word, IArrowArray second)
    {
        DictionaryArray first = Samples.Groups(1, false, word);
        Field[] fields = [new Field("word", first.Data.DataType, false), new Field("number", second.Data.DataType, false)];
        return new RecordBatch(new Schema(fields, null), [first, second], 1);
    }

    private static RecordBatch Large()
    {
        byte[] bytes = new byte[LargeBytes];
        return LayoutSamples.Over("x", new DoubleArray(new ArrowBuffer(bytes), ArrowBuffer.Empty, LargeRows, 0, 0));
    }

    /// <summary>A stream that cannot seek, gives at most a few thousand bytes at a time and yields in between.</summary>
    private sealed class TrickleStream(byte[] bytes) : MemoryStream(bytes)
    {
        private const int AtOnce = 40_000;

        public override bool CanSeek => false;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            return await base.ReadAsync(buffer[..Math.Min(AtOnce, buffer.Length)], cancellationToken);
        }
    }
}
