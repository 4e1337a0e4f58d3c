using Apache.Arrow;
using Apache.Arrow.Ipc;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Arrow.Tests.Memory;

/// <summary>Random reading, sharing and disposing against a list of who holds what.</summary>
public class LeaseModelTests
{
    private const int Steps = 400;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(2026)]
    public void RandomSharesAndDisposals_HoldExactlyWhatTheModelSays(ulong seed)
    {
        var random = new Pcg64(seed);
        var allocator = new GuardedAllocator();
        RecordBatch[] batches = [.. Enumerable.Range(5, 6).Select(Plain)];
        byte[] stream = Transport.WriteStream(batches[0].Schema, batches);
        byte[] file = Transport.WriteFile(batches[0].Schema, batches);
        var holders = new List<Holder>();
        ArrowStreamReader? reader = null;
        int read = 0;
        int pieces = 0;
        for (int step = 0; step < Steps; step++)
        {
            string where = $"seed {seed}, step {step}";
            Holder? any = holders.Count == 0 ? null : holders[random.NextInt(holders.Count)];
            switch (random.NextInt(8))
            {
                case 0 or 1:
                    reader ??= random.NextInt(2) == 0 ? Readers.Open(new DribblingStream(stream), allocator) : Readers.OpenFile(file, allocator);
                    if (reader.ReadNextRecordBatch() is RecordBatch batch)
                    {
                        holders.Add(new Holder(batch, batches[read++], pieces++));
                    }
                    else
                    {
                        reader.Dispose();
                        (reader, read) = (null, 0);
                    }

                    break;
                case 2 when reader is not null:
                    reader.Dispose();
                    (reader, read) = (null, 0);
                    break;
                case 3 or 4 when any is not null:
                    int offset = random.NextInt(any.Expected.Length + 1);
                    int length = random.NextInt(any.Expected.Length + 1);
                    holders.Add(new Holder(any.Batch.SliceShared(offset, length), any.Expected.Slice(offset, length), any.Piece));
                    break;
                case 5 when any is not null:
                    Assert.Equal(Rendering.Of(any.Expected), Rendering.Of(any.Batch));
                    Assert.Equal(Rendering.Of(any.Expected.Slice(0, 2)), Rendering.Of(any.Batch.Slice(0, 2)));
                    break;
                case 6 or 7 when any is not null:
                    any.Batch.Dispose();
                    any.Batch.Dispose();
                    holders.Remove(any);
                    Assert.Throws<ObjectDisposedException>(() => any.Batch.SliceShared(0, 1));
                    break;
            }

            Assert.True(allocator.LiveCount == holders.Select(holder => holder.Piece).Distinct().Count(), where);
        }

        reader?.Dispose();
        Assert.All(holders, holder => Assert.Equal(Rendering.Of(holder.Expected), Rendering.Of(holder.Batch)));
        holders.ForEach(holder => holder.Batch.Dispose());
        allocator.RequireAllBack($"seed {seed}");
    }

    [CodecTheory]
    [InlineData(7)]
    [InlineData(8)]
    public void RandomRelays_OfEveryLayout_GiveAllBack(ulong seed)
    {
        var random = new Pcg64(seed);
        RecordBatch[] batches = [.. Enumerable.Range(2, 5).Select(i => LayoutSamples.Of(4 * i))];
        var ways = Readers.Of(batches[0].Schema, batches).ToArray();
        for (int round = 0; round < 12; round++)
        {
            (string name, Func<GuardedAllocator, ArrowStreamReader> open) = ways[random.NextInt(ways.Length)];
            var allocator = new GuardedAllocator();
            var expected = new List<RecordBatch>();
            using var target = new MemoryStream();
            using (ArrowStreamReader reader = open(allocator))
            using (var writer = new ArrowStreamWriter(target, reader.Schema, leaveOpen: true))
            {
                for (int i = 0; reader.ReadNextRecordBatch() is RecordBatch batch; i++)
                {
                    int offset = random.NextInt(batch.Length);
                    using RecordBatch slice = batch.SliceShared(offset, batch.Length);
                    batch.Dispose();
                    if (random.NextInt(3) > 0)
                    {
                        writer.WriteRecordBatch(slice);
                        expected.Add(batches[i].Slice(offset, batch.Length));
                    }
                }

                writer.WriteEnd();
            }

            allocator.RequireAllBack($"seed {seed}, round {round}, {name}");
            Assert.Equal(expected.Select(Rendering.Of), Transport.ReadMemory(target.ToArray()).Batches.Select(Rendering.Of));
        }
    }

    /// <summary>Columns without dictionaries and without empty buffers: one piece of memory for each batch.</summary>
    private static RecordBatch Plain(int rows)
    {
        RecordBatch all = LayoutSamples.Of(rows);
        string[] names = ["f64", "text", "spectrum", "list", "text view", "struct"];
        return new RecordBatch(
            new Schema(names.Select(name => all.Schema.GetFieldByName(name)!), null), names.Select(name => all.Column(name)), rows);
    }

    private sealed record Holder(RecordBatch Batch, RecordBatch Expected, int Piece);
}
