using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Flatbuf;
using Apache.Arrow.Ipc;
using Apache.Arrow.Ipc.Writing;
using Apache.Arrow.Types;

namespace Pipeline.Arrow.Tests.Hostile.Directed;

/// <summary>A stream made message by message, whose numbers may be anything.</summary>
internal sealed class HandMade
{
    private readonly List<byte> _bytes = [];

    /// <summary>Starts with a schema of these fields.</summary>
    public HandMade(params IpcField[] fields)
        : this([], fields)
    {
    }

    /// <summary>Starts with a schema of these fields whose message has a body.</summary>
    public HandMade(byte[] body, params IpcField[] fields)
    {
        var builder = new FlatBuilder();
        var schema = new Schema(fields.Select(field => field.Field), null);
        Add(builder, MessageKind.Schema, SchemaEncoder.Encode(builder, schema, fields), body);
    }

    /// <summary>A stream with one column and one batch.</summary>
    public static byte[] Of(IArrowType type, Parts parts) => new HandMade(Field(type)).Batch(parts).ToArray();

    /// <summary>A field with its children, dictionaries numbered from the inside.</summary>
    public static IpcField Field(IArrowType type, long? id = null) => new(
        new Field("c", type, true),
        id,
        (type is DictionaryType dictionary ? dictionary.ValueType : type) is NestedType nested
            ? [.. nested.Fields.Select(child => Field(child.DataType, child.DataType is DictionaryType ? id + 1 : id))]
            : []);

    /// <summary>Adds a batch.</summary>
    public HandMade Batch(Parts parts)
    {
        var builder = new FlatBuilder();
        return Add(builder, MessageKind.RecordBatch, parts.Encode(builder), parts.Body);
    }

    /// <summary>Adds a dictionary, or to one.</summary>
    public HandMade Dictionary(long id, Parts parts, bool isDelta = false)
    {
        var builder = new FlatBuilder();
        int data = parts.Encode(builder);
        builder.StartTable();
        builder.AddInt64(Slots.DictionaryBatch.Id, id);
        builder.AddReference(Slots.DictionaryBatch.Data, data);
        builder.AddBool(Slots.DictionaryBatch.IsDelta, isDelta);
        return Add(builder, MessageKind.DictionaryBatch, builder.EndTable(), parts.Body);
    }

    /// <summary>The bytes so far.</summary>
    public byte[] ToArray() => [.. _bytes];

    private HandMade Add(FlatBuilder builder, MessageKind kind, int header, byte[] body)
    {
        EncodedMessage message = EncodedMessage.Wrap(builder, kind, header, 0, [], body.Length, isLegacy: false);
        _bytes.AddRange(message.Head.Span);
        _bytes.AddRange(body);
        return this;
    }
}

/// <summary>The numbers and bytes of a batch.</summary>
internal sealed record Parts(long Rows)
{
    /// <summary>Length and nulls of each node.</summary>
    public long[] Nodes { get; init; } = [Rows, 0];

    /// <summary>Start and length of each buffer.</summary>
    public long[] Buffers { get; init; } = [0, 0];

    /// <summary>How many buffers are behind the views of each field that has them; none says nothing.</summary>
    public long[] ViewBufferCounts { get; init; } = [];

    /// <summary>The number of the codec with which the buffers are compressed; null when they are not.</summary>
    public byte? Codec { get; init; }

    /// <summary>The body.</summary>
    public byte[] Body { get; init; } = [];

    /// <summary>A body of these numbers.</summary>
    public static byte[] Bytes<T>(params T[] numbers)
        where T : struct => MemoryMarshal.AsBytes<T>(numbers).ToArray();

    /// <summary>Adds the table of the batch.</summary>
    public int Encode(FlatBuilder builder)
    {
        int counts = ViewBufferCounts.Length == 0 ? 0 : builder.CreateStructs(ViewBufferCounts, 1);
        int compression = Codec is byte codec ? Compression(builder, codec) : 0;
        int buffers = builder.CreateStructs(Buffers, 2);
        int nodes = builder.CreateStructs(Nodes, 2);
        builder.StartTable();
        builder.AddInt64(Slots.RecordBatch.Length, Rows);
        builder.AddReference(Slots.RecordBatch.Nodes, nodes);
        builder.AddReference(Slots.RecordBatch.Buffers, buffers);
        builder.AddPresent(Slots.RecordBatch.Compression, compression);
        builder.AddPresent(Slots.RecordBatch.ViewBufferCounts, counts);
        return builder.EndTable();
    }

    private static int Compression(FlatBuilder builder, byte codec)
    {
        builder.StartTable();
        builder.AddByte(Slots.BodyCompression.Codec, codec);
        return builder.EndTable();
    }
}
