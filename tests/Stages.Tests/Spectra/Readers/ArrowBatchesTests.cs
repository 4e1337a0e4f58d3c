using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using Pipeline.Engine;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Spectra.Readers;
using Xunit;

namespace Pipeline.Stages.Tests.Spectra.Readers;

/// <summary>Batches of an Arrow stream as they arrive.</summary>
public class ArrowBatchesTests
{
    [Fact]
    public async Task NextAsync_HoweverTheBytesDribble_GivesEachBatchTheBytesOfAStreamOfItsOwn()
    {
        SpectralChunk[] chunks = [Chunk(0, 5), Chunk(5, 3), Chunk(8, 1)];
        byte[] all = Stream(chunks);
        foreach (int piece in new[] { 1, 7, 1000, all.Length })
        {
            var room = new CountingRoom();
            using var batches = new ArrowBatches(new DribblingStream(all, piece), room);
            foreach (SpectralChunk chunk in chunks)
            {
                using MemoryStream bytes = (await batches.NextAsync(CancellationToken.None))!;
                Assert.Equal(Stream(chunk), bytes.ToArray());
                Assert.Equal(chunk.Ids.ToArray(), ArrowSpectraReader.Read(bytes).Chunk.Ids.ToArray());
            }

            Assert.Null(await batches.NextAsync(CancellationToken.None));
        }
    }

    [Fact]
    public async Task NextAsync_AnnouncementsAreNotBelieved_RoomFollowsTheBytes()
    {
        // Aim: who announces much and sends little costs little. Method: a body of 64 MiB is announced, and a mebibyte comes.
        byte[] all = Stream(Chunk(0, 64 << 10, 128));
        var room = new CountingRoom();
        using var batches = new ArrowBatches(new DribblingStream(all[..(1 << 20)], 10_000), room);
        StageException cut = await Assert.ThrowsAsync<StageException>(async () => await batches.NextAsync(CancellationToken.None));
        Assert.Equal(FailureKind.InvalidData, cut.Kind);
        Assert.InRange(room.Most, 1 << 20, 2 << 20);
    }

    [Fact]
    public async Task NextAsync_LongerThanTheRoom_IsRefusedBeforeAllHasArrived()
    {
        byte[] all = Stream(Chunk(0, 16 << 10, 128));
        var source = new DribblingStream(all, 100_000);
        using var batches = new ArrowBatches(source, new CountingRoom { BytesMax = 1 << 20 });
        StageException refused = await Assert.ThrowsAsync<StageException>(async () => await batches.NextAsync(CancellationToken.None));
        Assert.Equal(FailureKind.OverBudget, refused.Kind);
        Assert.InRange(source.Given, 1, 3 << 20);
    }

    [Fact]
    public async Task NextAsync_DictionariesThatGrow_AreWholeInEachBatch()
    {
        var type = new DictionaryType(Int32Type.Default, StringType.Default, false);
        var schema = new Schema([new Field("variety", type, true)], null);
        using var bytes = new MemoryStream();
        using (var writer = new ArrowStreamWriter(bytes, schema, leaveOpen: true))
        {
            foreach (string[] names in new[] { new[] { "a" }, ["a", "b"], ["c"] })
            {
                IArrowArray values = new StringArray.Builder().AppendRange(names).Build();
                IArrowArray indices = new Int32Array.Builder().Append(names.Length - 1).Build();
                writer.WriteRecordBatch(new RecordBatch(schema, [new DictionaryArray(type, indices, values)], 1));
            }

            writer.WriteEnd();
        }

        bytes.Position = 0;
        using var batches = new ArrowBatches(bytes, new CountingRoom());
        foreach (string expected in new[] { "a", "b", "c" })
        {
            using MemoryStream own = (await batches.NextAsync(CancellationToken.None))!;
            using var reader = new ArrowStreamReader(own);
            var column = (DictionaryArray)reader.ReadNextRecordBatch()!.Column(0);
            Assert.Equal(expected, ((StringArray)column.Dictionary).GetString(((Int32Array)column.Indices).GetValue(0)!.Value));
        }

        Assert.Null(await batches.NextAsync(CancellationToken.None));
    }

    [Fact]
    public async Task NextAsync_BytesBehindTheEnd_AreNotLostSilently()
    {
        byte[] one = Stream(Chunk(0, 2));
        using var batches = new ArrowBatches(new MemoryStream([.. one, .. one]), new CountingRoom());
        (await batches.NextAsync(CancellationToken.None))!.Dispose();
        StageException refused = await Assert.ThrowsAsync<StageException>(async () => await batches.NextAsync(CancellationToken.None));
        Assert.Contains("behind the end", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NextAsync_RoomIsGivenBackBetweenBatches()
    {
        var room = new CountingRoom();
        using var batches = new ArrowBatches(new MemoryStream(Stream(Chunk(0, 4 << 10, 128), Chunk(4 << 10, 1, 128))), room);
        (await batches.NextAsync(CancellationToken.None))!.Dispose();
        long first = room.Granted;
        (await batches.NextAsync(CancellationToken.None))!.Dispose();
        Assert.True(first > 4 << 20);
        Assert.InRange(room.Granted, 1, 1 << 20);
    }

    private static SpectralChunk Chunk(int start, int count, int variables = 4)
    {
        var x = new Matrix(count, variables);
        for (int i = 0; i < count; i++)
        {
            for (int j = 0; j < variables; j++)
            {
                x[i, j] = ((start + i) * 0.01) + j;
            }
        }

        return new SpectralChunk(
            [.. Enumerable.Range(start, count).Select(i => $"S{i}")],
            new SpectralAxis([.. Enumerable.Range(0, variables).Select(j => 1100.0 + (2 * j))], AxisUnit.Nanometre),
            x,
            [],
            []);
    }

    private static byte[] Stream(params SpectralChunk[] chunks)
    {
        RecordBatch[] batches = [.. chunks.Select(ArrowSpectraWriter.Batch)];
        using var bytes = new MemoryStream();
        using (var writer = new ArrowStreamWriter(bytes, batches[0].Schema, leaveOpen: true))
        {
            foreach (RecordBatch batch in batches)
            {
                writer.WriteRecordBatch(batch);
                batch.Dispose();
            }

            writer.WriteEnd();
        }

        return bytes.ToArray();
    }

    /// <summary>Room without end that remembers what it was asked for.</summary>
    private sealed class CountingRoom : IBatchRoom
    {
        public long BytesMax { get; init; } = 1 << 30;

        public long Granted { get; private set; }

        public long Most { get; private set; }

        public ValueTask GrowAsync(long bytes, CancellationToken cancellation)
        {
            Grow(bytes);
            return ValueTask.CompletedTask;
        }

        public void Grow(long bytes)
        {
            Granted = Math.Max(Granted, bytes);
            Most = Math.Max(Most, Granted);
        }

        public void ShrinkTo(long bytes) => Granted = Math.Min(Granted, bytes);
    }

    /// <summary>A source that gives a few bytes at a time, and only asynchronously.</summary>
    private sealed class DribblingStream(byte[] bytes, int piece) : MemoryStream
    {
        public long Given { get; private set; }

        public override bool CanSeek => false;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            int count = (int)Math.Min(Math.Min(buffer.Length, piece), bytes.Length - Given);
            bytes.AsSpan((int)Given, count).CopyTo(buffer.Span);
            Given += count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
