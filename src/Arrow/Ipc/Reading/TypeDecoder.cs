using Apache.Arrow.Flatbuf;
using Apache.Arrow.Types;

namespace Apache.Arrow.Ipc.Reading;

/// <summary>Makes the type of a field of its flatbuffer, or says which one is not supported.</summary>
internal static class TypeDecoder
{
    /// <summary>Makes a text of bytes.</summary>
    internal delegate string TextOf(ReadOnlySpan<byte> utf8);

    /// <summary>The type of a field that has no children.</summary>
    internal static IArrowType Leaf(FlatTable field, string path, TextOf text)
    {
        var kind = (TypeKind)field.GetByte(Slots.Field.TypeKind);
        FlatTable type = Describe(field, path);
        return kind switch
        {
            TypeKind.Bool => BooleanType.Default,
            TypeKind.Int => Integer(type, path),
            TypeKind.FloatingPoint => FloatingPoint(type, path),
            TypeKind.Utf8 => StringType.Default,
            TypeKind.Binary => BinaryType.Default,
            TypeKind.Timestamp => Timestamp(type, path, text),
            TypeKind.None => throw new InvalidDataException($"Field '{path}' has no type."),
            _ => throw Unsupported(kind.ToString(), path),
        };
    }

    /// <summary>The type of a field of lists with a child.</summary>
    internal static FixedSizeListType FixedSizeList(FlatTable field, Field child, string path)
    {
        int size = Describe(field, path).GetInt32(Slots.Types.ListSize);
        return size >= 0
            ? new FixedSizeListType(child, size)
            : throw new InvalidDataException($"Field '{path}': lists of {size} values.");
    }

    /// <summary>The type of a dictionary's indices; 32 bits with sign unless told otherwise.</summary>
    internal static IArrowType IndexType(FlatTable encoding, string path) =>
        encoding.TryGetTable(Slots.DictionaryEncoding.IndexType, out FlatTable type) ? Integer(type, path) : Int32Type.Default;

    /// <summary>What is thrown at a type that is not supported.</summary>
    internal static NotSupportedException Unsupported(string type, string path) =>
        new($"not supported: Arrow type {type} (field '{path}')");

    private static FlatTable Describe(FlatTable field, string path) =>
        field.TryGetTable(Slots.Field.Type, out FlatTable type)
            ? type
            : throw new InvalidDataException($"Field '{path}' has no description of its type.");

    private static IArrowType Integer(FlatTable type, string path) =>
        (type.GetInt32(Slots.Types.BitWidth), type.GetBool(Slots.Types.IsSigned)) switch
        {
            (8, true) => Int8Type.Default,
            (16, true) => Int16Type.Default,
            (32, true) => Int32Type.Default,
            (64, true) => Int64Type.Default,
            (8, false) => UInt8Type.Default,
            (16, false) => UInt16Type.Default,
            (32, false) => UInt32Type.Default,
            (64, false) => UInt64Type.Default,
            (int bits, _) => throw new InvalidDataException($"Field '{path}': integers of {bits} bits."),
        };

    private static IArrowType FloatingPoint(FlatTable type, string path) =>
        (FloatingPointType.PrecisionKind)type.GetInt16(Slots.Types.Precision) switch
        {
            FloatingPointType.PrecisionKind.Single => FloatType.Default,
            FloatingPointType.PrecisionKind.Double => DoubleType.Default,
            FloatingPointType.PrecisionKind.Half => throw Unsupported("HalfFloat", path),
            var precision => throw new InvalidDataException($"Field '{path}': floating-point precision {(int)precision}."),
        };

    private static TimestampType Timestamp(FlatTable type, string path, TextOf text)
    {
        var unit = (TimeUnit)type.GetInt16(Slots.Types.Unit);
        if (!Enum.IsDefined(unit))
        {
            throw new InvalidDataException($"Field '{path}': time unit {(int)unit}.");
        }

        ReadOnlySpan<byte> zone = type.GetUtf8(Slots.Types.Timezone, out bool hasZone);
        return new TimestampType(unit, hasZone ? text(zone) : null);
    }
}
