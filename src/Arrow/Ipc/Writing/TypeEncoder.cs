using Apache.Arrow.Flatbuf;
using Apache.Arrow.Types;

namespace Apache.Arrow.Ipc.Writing;

/// <summary>Makes the flatbuffers of types.</summary>
internal static class TypeEncoder
{
    /// <summary>Adds the table of a type.</summary>
    internal static (TypeKind Kind, int Type) Encode(FlatBuilder builder, IArrowType type, string field)
    {
        int zone = type is TimestampType { Timezone: string text } ? builder.CreateString(text) : 0;
        builder.StartTable();
        TypeKind kind = AddMembers(builder, type, zone)
            ?? throw new NotSupportedException($"not supported: writing Arrow type {type.Name} (field '{field}')");
        return (kind, builder.EndTable());
    }

    /// <summary>Adds the table of a dictionary's number and indices.</summary>
    internal static int EncodeDictionary(FlatBuilder builder, DictionaryType type, long id)
    {
        builder.StartTable();
        AddInteger(builder, (IntegerType)type.IndexType);
        int indexType = builder.EndTable();
        builder.StartTable();
        builder.AddInt64(Slots.DictionaryEncoding.Id, id);
        builder.AddReference(Slots.DictionaryEncoding.IndexType, indexType);
        builder.AddBool(Slots.DictionaryEncoding.IsOrdered, type.Ordered);
        return builder.EndTable();
    }

    /// <summary>Fills the table that was started; null where there is no such type.</summary>
    private static TypeKind? AddMembers(FlatBuilder builder, IArrowType type, int zone)
    {
        switch (type)
        {
            case IntegerType integer:
                return AddInteger(builder, integer);
            case FloatingPointType number:
                builder.AddInt16(Slots.Types.Precision, (short)number.Precision);
                return TypeKind.FloatingPoint;
            case Decimal128Type number:
                builder.AddInt32(Slots.Types.DecimalPrecision, number.Precision);
                builder.AddInt32(Slots.Types.DecimalScale, number.Scale);
                builder.AddInt32(Slots.Types.DecimalBitWidth, number.BitWidth);
                return TypeKind.Decimal;
            case FixedSizeBinaryType bytes:
                builder.AddInt32(Slots.Types.Size, bytes.ByteWidth);
                return TypeKind.FixedSizeBinary;
            case FixedSizeListType list:
                builder.AddInt32(Slots.Types.Size, list.ListSize);
                return TypeKind.FixedSizeList;
            case MapType map:
                builder.AddBool(Slots.Types.KeysSorted, map.KeySorted);
                return TypeKind.Map;
            case DateType date:
                builder.AddInt16(Slots.Types.Unit, (short)date.Unit);
                return TypeKind.Date;
            case TimeType time:
                builder.AddInt32(Slots.Types.TimeBitWidth, time.BitWidth);
                builder.AddInt16(Slots.Types.Unit, (short)time.Unit);
                return TypeKind.Time;
            case TimestampType timestamp:
                builder.AddPresent(Slots.Types.Timezone, zone);
                builder.AddInt16(Slots.Types.Unit, (short)timestamp.Unit);
                return TypeKind.Timestamp;
            case DurationType duration:
                builder.AddInt16(Slots.Types.Unit, (short)duration.Unit);
                return TypeKind.Duration;
            default:
                return WithoutMembers(type);
        }
    }

    private static TypeKind? WithoutMembers(IArrowType type) => type switch
    {
        NullType => TypeKind.Null,
        BooleanType => TypeKind.Bool,
        StringType => TypeKind.Utf8,
        LargeStringType => TypeKind.LargeUtf8,
        StringViewType => TypeKind.Utf8View,
        BinaryType => TypeKind.Binary,
        LargeBinaryType => TypeKind.LargeBinary,
        BinaryViewType => TypeKind.BinaryView,
        ListType => TypeKind.List,
        LargeListType => TypeKind.LargeList,
        StructType => TypeKind.Struct,
        _ => null,
    };

    private static TypeKind AddInteger(FlatBuilder builder, IntegerType type)
    {
        builder.AddInt32(Slots.Types.BitWidth, type.BitWidth);
        builder.AddBool(Slots.Types.IsSigned, type.IsSigned);
        return TypeKind.Int;
    }
}
