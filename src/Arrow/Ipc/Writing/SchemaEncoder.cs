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
        AddPresent(builder, Slots.Schema.Metadata, metadata);
        builder.AddInt16(Slots.Schema.Endianness, 0);
        return builder.EndTable();
    }

    private static int EncodeField(FlatBuilder builder, IpcField field)
    {
        int name = builder.CreateString(field.Field.Name);
        int children = builder.CreateVector(field.Child is null ? [] : [EncodeField(builder, field.Child)]);
        int metadata = EncodeMetadata(builder, field.Field.Metadata);
        IArrowType declared = field.Field.DataType;
        (TypeKind kind, int type) = EncodeType(builder, (declared as DictionaryType)?.ValueType ?? declared, field.Field.Name);
        int dictionary = declared is DictionaryType encoded ? EncodeDictionary(builder, encoded, field.DictionaryId!.Value) : 0;
        builder.StartTable();
        builder.AddReference(Slots.Field.Name, name);
        builder.AddReference(Slots.Field.Type, type);
        AddPresent(builder, Slots.Field.Dictionary, dictionary);
        builder.AddReference(Slots.Field.Children, children);
        AddPresent(builder, Slots.Field.Metadata, metadata);
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

    private static (TypeKind Kind, int Type) EncodeType(FlatBuilder builder, IArrowType type, string field)
    {
        int zone = type is TimestampType { Timezone: string text } ? builder.CreateString(text) : 0;
        if (type is IntegerType integer)
        {
            return (TypeKind.Int, EncodeInteger(builder, integer));
        }

        builder.StartTable();
        TypeKind kind;
        switch (type)
        {
            case BooleanType:
                kind = TypeKind.Bool;
                break;
            case FloatingPointType number:
                kind = TypeKind.FloatingPoint;
                builder.AddInt16(Slots.Types.Precision, (short)number.Precision);
                break;
            case StringType:
                kind = TypeKind.Utf8;
                break;
            case BinaryType:
                kind = TypeKind.Binary;
                break;
            case TimestampType timestamp:
                kind = TypeKind.Timestamp;
                AddPresent(builder, Slots.Types.Timezone, zone);
                builder.AddInt16(Slots.Types.Unit, (short)timestamp.Unit);
                break;
            case FixedSizeListType list:
                kind = TypeKind.FixedSizeList;
                builder.AddInt32(Slots.Types.ListSize, list.ListSize);
                break;
            default:
                throw new NotSupportedException($"not supported: writing Arrow type {type.Name} (field '{field}')");
        }

        return (kind, builder.EndTable());
    }

    private static int EncodeInteger(FlatBuilder builder, IntegerType type)
    {
        builder.StartTable();
        builder.AddInt32(Slots.Types.BitWidth, type.BitWidth);
        builder.AddBool(Slots.Types.IsSigned, type.IsSigned);
        return builder.EndTable();
    }

    private static int EncodeDictionary(FlatBuilder builder, DictionaryType type, long id)
    {
        int indexType = EncodeInteger(builder, (IntegerType)type.IndexType);
        builder.StartTable();
        builder.AddInt64(Slots.DictionaryEncoding.Id, id);
        builder.AddReference(Slots.DictionaryEncoding.IndexType, indexType);
        builder.AddBool(Slots.DictionaryEncoding.IsOrdered, type.Ordered);
        return builder.EndTable();
    }

    private static void AddPresent(FlatBuilder builder, int slot, int reference)
    {
        if (reference != 0)
        {
            builder.AddReference(slot, reference);
        }
    }
}
