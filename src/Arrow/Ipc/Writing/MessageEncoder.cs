using Apache.Arrow.Flatbuf;
using Apache.Arrow.Types;

namespace Apache.Arrow.Ipc.Writing;

/// <summary>Turns batches into messages: dictionaries as far as the reader lacks them, then the batch.</summary>
/// <remarks>
/// Dictionaries that were written are retained: the next batch's are compared with them, when the batch that brought them
/// may be disposed. A batch that is refused changes nothing.
/// </remarks>
internal sealed class MessageEncoder(Schema schema, IpcOptions? options, bool canReplace) : IDisposable
{
    private readonly BodyCompressor? _compressor = BodyCompressor.For(options);
    private readonly IpcField[] _fields = IpcField.Number(schema);
    private readonly Dictionary<long, ArrayData> _written = [];
    private readonly Dictionary<long, ArrayData> _news = [];

    /// <summary>True when messages are framed as before 0.15.</summary>
    internal bool IsLegacy { get; } = options?.WriteLegacyIpcFormat ?? false;

    /// <summary>The message of the schema, which starts so many bytes behind the start of all.</summary>
    internal EncodedMessage EncodeSchema(int position)
    {
        var builder = new FlatBuilder();
        int table = SchemaEncoder.Encode(builder, schema, _fields);
        return EncodedMessage.Wrap(builder, MessageKind.Schema, table, position, [], 0, IsLegacy);
    }

    /// <summary>The messages of a batch.</summary>
    internal List<EncodedMessage> EncodeBatch(RecordBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (batch.ColumnCount != _fields.Length)
        {
            throw new ArgumentException($"The schema has {_fields.Length} fields, the batch {batch.ColumnCount} columns.", nameof(batch));
        }

        try
        {
            List<EncodedMessage> messages = EncodeColumns(batch);
            foreach ((long id, ArrayData values) in _news)
            {
                _written.GetValueOrDefault(id)?.Dispose();
                _written[id] = values;
            }

            _news.Clear();
            return messages;
        }
        finally
        {
            Release(_news);
        }
    }

    /// <summary>Gives the dictionaries and the codec back.</summary>
    public void Dispose()
    {
        Release(_written);
        _compressor?.Dispose();
    }

    private static void Release(Dictionary<long, ArrayData> dictionaries)
    {
        foreach (ArrayData values in dictionaries.Values)
        {
            values.Dispose();
        }

        dictionaries.Clear();
    }

    private List<EncodedMessage> EncodeColumns(RecordBatch batch)
    {
        var messages = new List<EncodedMessage>();
        var encoder = new BatchEncoder(_compressor);
        for (int i = 0; i < _fields.Length; i++)
        {
            ArrayData column = batch.Column(i).Data;
            Field field = _fields[i].Field;
            if (!Layouts.AreSame(column.DataType, field.DataType) || column.Length != batch.Length)
            {
                throw new ArgumentException(
                    $"Column '{field.Name}': expected {batch.Length} values of {field.DataType.Name}, "
                    + $"found {column.Length} of {column.DataType.Name}.",
                    nameof(batch));
            }

            EncodeDictionaries(_fields[i], column, messages);
            encoder.Add(column);
        }

        var builder = new FlatBuilder();
        int table = encoder.Encode(builder, batch.Length);
        messages.Add(EncodedMessage.Wrap(builder, MessageKind.RecordBatch, table, 0, encoder.Body, encoder.BodyBytes, IsLegacy));
        return messages;
    }

    /// <summary>The flatbuffer behind the messages of a file, with the places of dictionaries and batches.</summary>
    internal ReadOnlySpan<byte> EncodeFooter(IReadOnlyList<long> dictionaries, IReadOnlyList<long> batches)
    {
        const int MembersPerBlock = Slots.Footer.BlockBytes / sizeof(long);
        var builder = new FlatBuilder();
        int table = SchemaEncoder.Encode(builder, schema, _fields);
        int batchBlocks = builder.CreateStructs([.. batches], MembersPerBlock);
        int dictionaryBlocks = builder.CreateStructs([.. dictionaries], MembersPerBlock);
        builder.StartTable();
        builder.AddReference(Slots.Footer.Schema, table);
        builder.AddReference(Slots.Footer.Dictionaries, dictionaryBlocks);
        builder.AddReference(Slots.Footer.RecordBatches, batchBlocks);
        builder.AddInt16(Slots.Footer.Version, IsLegacy ? IpcFormat.VersionFour : IpcFormat.VersionFive);
        return builder.Finish(builder.EndTable());
    }

    /// <summary>Adds what the reader lacks of the dictionaries of a field, those inside other dictionaries first.</summary>
    private void EncodeDictionaries(IpcField field, ArrayData data, List<EncodedMessage> messages)
    {
        ArrayData values = field.DictionaryId is null ? data : data.Dictionary!;
        for (int i = 0; i < field.Children.Length; i++)
        {
            EncodeDictionaries(field.Children[i], values.Children[i], messages);
        }

        if (field.DictionaryId is long id)
        {
            EncodeDictionary(field, id, values, messages);
        }
    }

    private void EncodeDictionary(IpcField field, long id, ArrayData values, List<EncodedMessage> messages)
    {
        ArrayData? known = _written.GetValueOrDefault(id);
        bool isDelta = known is not null && known.Length <= values.Length
            && BatchEncoder.AreSame(known, values.Slice(0, known.Length));
        if (known is not null && !isDelta && !canReplace)
        {
            throw new InvalidOperationException(
                $"Field '{field.Field.Name}': an Arrow file holds one dictionary per field, to which values may be added; "
                + "this batch has another. Use one dictionary for all batches, or the stream format.");
        }

        _news[id] = values.Retain();
        ArrayData news = isDelta ? values.Slice(known!.Length, values.Length - known.Length) : values;
        if (!isDelta || news.Length > 0)
        {
            messages.Add(EncodeDictionary(id, news, isDelta));
        }
    }

    private EncodedMessage EncodeDictionary(long id, ArrayData values, bool isDelta)
    {
        var encoder = new BatchEncoder(_compressor);
        encoder.Add(values);
        var builder = new FlatBuilder();
        int data = encoder.Encode(builder, values.Length);
        builder.StartTable();
        builder.AddInt64(Slots.DictionaryBatch.Id, id);
        builder.AddReference(Slots.DictionaryBatch.Data, data);
        builder.AddBool(Slots.DictionaryBatch.IsDelta, isDelta);
        int table = builder.EndTable();
        return EncodedMessage.Wrap(builder, MessageKind.DictionaryBatch, table, 0, encoder.Body, encoder.BodyBytes, IsLegacy);
    }
}
