using System.Diagnostics;
using Apache.Arrow.Flatbuf;
using Apache.Arrow.Ipc;
using Apache.Arrow.Ipc.Writing;
using Pipeline.Arrow.Tests.Memory;
using Xunit;

namespace Pipeline.Arrow.Tests.Hostile.Directed;

/// <summary>Messages whose parts lead many times to the same bytes: what is cheap to send must not be dear to read.</summary>
/// <remarks>Each stream has some hundred KiB; read part by part as often as it is led to, it would take seconds or hundreds of MiB.</remarks>
public class HostileSharingTests
{
    private const int Fields = 4000;
    private const long BytesMax = 64 << 20;
    private static readonly TimeSpan TimeMax = TimeSpan.FromSeconds(5);

    [Fact]
    public void Notes_SharedByManyFields_AreRefused()
    {
        byte[] stream = SchemaOf(TypeKind.Utf8, builder =>
        {
            builder.StartTable();
            int[] entries = [.. Enumerable.Repeat(builder.EndTable(), 20 * Fields)];
            return (0, builder.CreateVector(entries));
        });
        RefusesInTime(() => new ArrowStreamReader(stream));
    }

    [Fact]
    public void Buffers_SharedByManyFields_AreRefused()
    {
        const int Rows = 100_000;
        const long OffsetsBytes = (Rows + 1) * sizeof(int);
        byte[] schema = SchemaOf(TypeKind.Utf8, _ => (0, 0));
        long[] buffers = [.. Enumerable.Repeat<long[]>([0, 0, 0, OffsetsBytes, 0, 0], Fields).SelectMany(one => one)];
        long[] nodes = [.. Enumerable.Repeat<long[]>([Rows, 0], Fields).SelectMany(one => one)];
        var parts = new Parts(Rows) { Nodes = nodes, Buffers = buffers };
        var builder = new FlatBuilder();
        byte[] batch = Message(builder, MessageKind.RecordBatch, parts.Encode(builder), new byte[OffsetsBytes]);
        RefusesInTime(() => new ArrowStreamReader((byte[])[.. schema, .. batch]));
    }

    [Fact]
    public void Dictionary_OfManyPartsSharedByManyFields_IsRefused()
    {
        const int ViewBuffers = 4000;
        byte[] schema = SchemaOf(TypeKind.Utf8View, builder =>
        {
            builder.StartTable();
            builder.AddInt64(Slots.DictionaryEncoding.Id, 7);
            return (builder.EndTable(), 0);
        });
        long[] buffers = new long[2 * (2 + ViewBuffers)];
        buffers[5] = sizeof(long);
        var builder = new FlatBuilder();
        int values = new Parts(0) { Buffers = buffers, ViewBufferCounts = [ViewBuffers] }.Encode(builder);
        builder.StartTable();
        builder.AddInt64(Slots.DictionaryBatch.Id, 7);
        builder.AddReference(Slots.DictionaryBatch.Data, values);
        byte[] dictionary = Message(builder, MessageKind.DictionaryBatch, builder.EndTable(), new byte[64]);
        builder = new FlatBuilder();
        int indices = new Parts(0) { Nodes = new long[2 * Fields], Buffers = new long[4 * Fields] }.Encode(builder);
        byte[] batch = Message(builder, MessageKind.RecordBatch, indices, []);
        var allocator = new GuardedAllocator();
        RefusesInTime(() => new ArrowStreamReader(new MemoryStream([.. schema, .. dictionary, .. batch]), allocator));
        allocator.RequireAllBack();
    }

    private static void RefusesInTime(Func<ArrowStreamReader> open)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        var watch = Stopwatch.StartNew();
        using (ArrowStreamReader reader = open())
        {
            Assert.Throws<InvalidDataException>(reader.ReadNextRecordBatch);
        }

        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeMax);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, BytesMax);
    }

    /// <summary>A schema all of whose fields lead to one; padded so that there are bytes enough for their number.</summary>
    private static byte[] SchemaOf(TypeKind kind, Func<FlatBuilder, (int Dictionary, int Notes)> describe)
    {
        var builder = new FlatBuilder();
        builder.CreateString(new string(' ', 16 * Fields));
        (int dictionary, int notes) = describe(builder);
        builder.StartTable();
        int type = builder.EndTable();
        builder.StartTable();
        builder.AddReference(Slots.Field.Type, type);
        builder.AddPresent(Slots.Field.Dictionary, dictionary);
        builder.AddPresent(Slots.Field.Metadata, notes);
        builder.AddByte(Slots.Field.TypeKind, (byte)kind);
        int[] fields = [.. Enumerable.Repeat(builder.EndTable(), Fields)];
        int vector = builder.CreateVector(fields);
        builder.StartTable();
        builder.AddReference(Slots.Schema.Fields, vector);
        return Message(builder, MessageKind.Schema, builder.EndTable(), []);
    }

    private static byte[] Message(FlatBuilder builder, MessageKind kind, int header, byte[] body)
    {
        EncodedMessage message = EncodedMessage.Wrap(builder, kind, header, 0, [body], body.Length, isLegacy: false);
        return [.. message.Head.Span, .. body];
    }
}
