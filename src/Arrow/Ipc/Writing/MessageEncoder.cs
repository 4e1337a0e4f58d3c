using Apache.Arrow.Flatbuf;

namespace Apache.Arrow.Ipc.Writing;

/// <summary>Turns batches into messages: dictionaries as far as the reader lacks them, then the batch.</summary>
internal sealed class MessageEncoder(Schema schema, bool isLegacy, bool canReplace)
{
    private readonly IpcField[] _fields = IpcField.Number(schema);
    private readonly Dictionary<long, ArrayData> _written = [];

    /// <summary>The message of the schema.</summary>
    internal EncodedMessage EncodeSchema()
    {
        var builder = new FlatBuilder();
        int table = SchemaEncoder.Encode(builder, schema, _fields);
        return EncodedMessage.Wrap(builder, MessageKind.Schema, table, [], 0, isLegacy);
    }

    /// <summary>The messages of a batch.</summary>
    internal List<EncodedMessage> EncodeBatch(RecordBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (batch.ColumnCount != _fields.Length)
        {
            throw new ArgumentException($"The schema has {_fields.Length} fields, the batch {batch.ColumnCount} columns.", nameof(batch));
        }

        var messages = new List<EncodedMessage>();
        var encoder = new BatchEncoder();
        for (int i = 0; i < _fields.Length; i++)
        {
            ArrayData column = batch.Column(i).Data;
            Field field = _fields[i].Field;
            if (column.DataType.TypeId != field.DataType.TypeId || column.Length != batch.Length)
            {
                throw new ArgumentException(
                    $"Column '{field.Name}': expected {batch.Length} values of {field.DataType.Name}, "
                    + $"found {column.Length} of {column.DataType.Name}.",
                    nameof(batch));
            }

            EncodeDictionary(_fields[i], column, messages);
            encoder.Add(column);
        }

        var builder = new FlatBuilder();
        int table = encoder.Encode(builder, batch.Length);
        messages.Add(EncodedMessage.Wrap(builder, MessageKind.RecordBatch, table, encoder.Body, encoder.BodyBytes, isLegacy));
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
        builder.AddInt16(Slots.Footer.Version, isLegacy ? IpcFormat.VersionFour : IpcFormat.VersionFive);
        return builder.Finish(builder.EndTable());
    }

    private void EncodeDictionary(IpcField field, ArrayData column, List<EncodedMessage> messages)
    {
        if (field.Child is not null)
        {
            EncodeDictionary(field.Child, column.Children[0], messages);
        }

        if (field.DictionaryId is not long id)
        {
            return;
        }

        ArrayData values = column.Dictionary!;
        ArrayData? known = _written.GetValueOrDefault(id);
        if (ReferenceEquals(known, values))
        {
            return;
        }

        bool isDelta = known is not null && known.Length <= values.Length && IsSame(known, values.Slice(0, known.Length));
        if (known is not null && !isDelta && !canReplace)
        {
            throw new InvalidOperationException(
                $"Field '{field.Field.Name}': an Arrow file holds one dictionary per field, to which values may be added; "
                + "this batch has another. Use one dictionary for all batches, or the stream format.");
        }

        _written[id] = values;
        ArrayData news = isDelta ? values.Slice(known!.Length, values.Length - known.Length) : values;
        if (!isDelta || news.Length > 0)
        {
            messages.Add(EncodeDictionary(id, news, isDelta));
        }
    }

    private EncodedMessage EncodeDictionary(long id, ArrayData values, bool isDelta)
    {
        var encoder = new BatchEncoder();
        encoder.Add(values);
        var builder = new FlatBuilder();
        int data = encoder.Encode(builder, values.Length);
        builder.StartTable();
        builder.AddInt64(Slots.DictionaryBatch.Id, id);
        builder.AddReference(Slots.DictionaryBatch.Data, data);
        builder.AddBool(Slots.DictionaryBatch.IsDelta, isDelta);
        int table = builder.EndTable();
        return EncodedMessage.Wrap(builder, MessageKind.DictionaryBatch, table, encoder.Body, encoder.BodyBytes, isLegacy);
    }

    private static bool IsSame(ArrayData first, ArrayData second)
    {
        var one = new BatchEncoder();
        var two = new BatchEncoder();
        one.Add(first);
        two.Add(second);
        return one.IsSame(two);
    }
}
