using Apache.Arrow.Flatbuf;
using Apache.Arrow.Types;

namespace Apache.Arrow.Ipc.Writing;

/// <summary>Makes the flatbuffer of a schema.</summary>
internal static class SchemaEncoder
{
    /// <summary>Adds the table of a schema, whose fields have numbered dictionaries.</summary>
    internal static int Encode(FlatBuilder builder, Schema schema, IReadOnlyList<IpcField> fields)
    {
        int fieldVector = builder.CreateVector([.. fields.Select(field => EncodeField(builder, field))]);
        int metadata = EncodeMetadata(builder, schema.Metadata);
        builder.StartTable();
        builder.AddReference(Slots.Schema.Fields, fieldVector);
        builder.AddPresent(Slots.Schema.Metadata, metadata);
        builder.AddInt16(Slots.Schema.Endianness, 0);
        return builder.EndTable();
    }

    private static int EncodeField(FlatBuilder builder, IpcField field)
    {
        int name = builder.CreateString(field.Field.Name);
        int children = builder.CreateVector([.. field.Children.Select(child => EncodeField(builder, child))]);
        int metadata = EncodeMetadata(builder, field.Field.Metadata);
        (TypeKind kind, int type) = TypeEncoder.Encode(builder, field.ValueType, field.Field.Name);
        int dictionary = field.Field.DataType is DictionaryType encoded
            ? TypeEncoder.EncodeDictionary(builder, encoded, field.DictionaryId!.Value)
            : 0;
        builder.StartTable();
        builder.AddReference(Slots.Field.Name, name);
        builder.AddReference(Slots.Field.Type, type);
        builder.AddPresent(Slots.Field.Dictionary, dictionary);
        builder.AddReference(Slots.Field.Children, children);
        builder.AddPresent(Slots.Field.Metadata, metadata);
        builder.AddByte(Slots.Field.TypeKind, (byte)kind);
        builder.AddBool(Slots.Field.Nullable, field.Field.IsNullable);
        return builder.EndTable();
    }

    private static int EncodeMetadata(FlatBuilder builder, IReadOnlyDictionary<string, string>? metadata)
    {
        if (metadata is not { Count: > 0 })
        {
            return 0;
        }

        var entries = new List<int>(metadata.Count);
        foreach ((string key, string value) in metadata)
        {
            int keyText = builder.CreateString(key);
            int valueText = builder.CreateString(value);
            builder.StartTable();
            builder.AddReference(Slots.KeyValue.Key, keyText);
            builder.AddReference(Slots.KeyValue.Value, valueText);
            entries.Add(builder.EndTable());
        }

        return builder.CreateVector([.. entries]);
    }
}
