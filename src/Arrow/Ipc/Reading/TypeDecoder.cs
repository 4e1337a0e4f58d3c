using Apache.Arrow.Flatbuf;
using Apache.Arrow.Types;

namespace Apache.Arrow.Ipc.Reading;

/// <summary>Makes the type of a field of its flatbuffer, or says which one is not supported.</summary>
internal static class TypeDecoder
{
    private const int DecimalBits = 128;
    private const int DecimalDigitsMax = 38;

    /// <summary>Makes a text of bytes.</summary>
    internal delegate string TextOf(ReadOnlySpan<byte> utf8);

    /// <summary>Refuses types that nothing here can hold, before anything is read of their children.</summary>
    internal static void RequireSupported(FlatTable field, FieldPath path)
    {
        TypeKind kind = KindOf(field);
        if (kind is TypeKind.Interval or TypeKind.Union or TypeKind.RunEndEncoded or TypeKind.ListView or TypeKind.LargeListView
            or > TypeKind.LargeListView)
        {
            throw Unsupported(kind.ToString(), path);
        }
    }

    /// <summary>The type of a field with these children.</summary>
    internal static IArrowType Decode(FlatTable field, Field[] children, FieldPath path, TextOf text)
    {
        TypeKind kind = KindOf(field);
        if (!field.TryGetTable(Slots.Field.Type, out FlatTable type))
        {
            throw kind == TypeKind.None
                ? new InvalidDataException($"Field '{path}' has no type.")
                : new InvalidDataException($"Field '{path}' has no description of its type.");
        }

        int? expected = kind switch
        {
            TypeKind.List or TypeKind.LargeList or TypeKind.FixedSizeList or TypeKind.Map => 1,
            TypeKind.Struct => null,
            _ => 0,
        };
        if (expected is int count && children.Length != count)
        {
            throw new InvalidDataException($"Field '{path}': a {kind} has {count} children, found {children.Length}.");
        }

        return kind switch
        {
            TypeKind.Null => NullType.Default,
            TypeKind.Bool => BooleanType.Default,
            TypeKind.Int => Integer(type, path),
            TypeKind.FloatingPoint => FloatingPoint(type, path),
            TypeKind.Decimal => Decimal(type, path),
            TypeKind.Utf8 => StringType.Default,
            TypeKind.LargeUtf8 => LargeStringType.Default,
            TypeKind.Utf8View => StringViewType.Default,
            TypeKind.Binary => BinaryType.Default,
            TypeKind.LargeBinary => LargeBinaryType.Default,
            TypeKind.BinaryView => BinaryViewType.Default,
            TypeKind.FixedSizeBinary => new FixedSizeBinaryType(Size(type, int.MaxValue / 8, path)),
            TypeKind.Date => Date(type, path),
            TypeKind.Time => Time(type, path),
            TypeKind.Timestamp => Timestamp(type, path, text),
            TypeKind.Duration => DurationType.FromTimeUnit(Unit(type, TimeUnit.Millisecond, path)),
            TypeKind.List => new ListType(children[0]),
            TypeKind.LargeList => new LargeListType(children[0]),
            TypeKind.FixedSizeList => new FixedSizeListType(children[0], Size(type, int.MaxValue, path)),
            TypeKind.Struct => new StructType(children),
            TypeKind.Map => Map(type, children[0], path),
            _ => throw new InvalidDataException($"Field '{path}' has no type."),
        };
    }

    /// <summary>The type of a dictionary's indices; 32 bits with sign unless told otherwise.</summary>
    internal static IArrowType IndexType(FlatTable encoding, FieldPath path) =>
        encoding.TryGetTable(Slots.DictionaryEncoding.IndexType, out FlatTable type) ? Integer(type, path) : Int32Type.Default;

    private static NotSupportedException Unsupported(string type, FieldPath path) =>
        new($"not supported: Arrow type {type} (field '{path}')");

    private static TypeKind KindOf(FlatTable field) => (TypeKind)field.GetByte(Slots.Field.TypeKind);

    private static IArrowType Integer(FlatTable type, FieldPath path) =>
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

    private static FloatingPointType FloatingPoint(FlatTable type, FieldPath path) =>
        (FloatingPointType.PrecisionKind)type.GetInt16(Slots.Types.Precision) switch
        {
            FloatingPointType.PrecisionKind.Half => HalfFloatType.Default,
            FloatingPointType.PrecisionKind.Single => FloatType.Default,
            FloatingPointType.PrecisionKind.Double => DoubleType.Default,
            var precision => throw new InvalidDataException($"Field '{path}': floating-point precision {(int)precision}."),
        };

    private static Decimal128Type Decimal(FlatTable type, FieldPath path)
    {
        int precision = type.GetInt32(Slots.Types.DecimalPrecision);
        int scale = type.GetInt32(Slots.Types.DecimalScale);
        return type.GetInt32(Slots.Types.DecimalBitWidth, DecimalBits) switch
        {
            DecimalBits when precision is >= 1 and <= DecimalDigitsMax && Math.Abs((long)scale) <= DecimalDigitsMax =>
                new Decimal128Type(precision, scale),
            DecimalBits => throw new InvalidDataException(
                $"Field '{path}': decimals of {precision} digits, {scale} of them behind the point."),
            32 or 64 or 256 => throw Unsupported($"Decimal{type.GetInt32(Slots.Types.DecimalBitWidth)}", path),
            int bits => throw new InvalidDataException($"Field '{path}': decimals of {bits} bits."),
        };
    }

    private static DateType Date(FlatTable type, FieldPath path) =>
        (DateUnit)type.GetInt16(Slots.Types.Unit, (short)DateUnit.Milliseconds) switch
        {
            DateUnit.Day => Date32Type.Default,
            DateUnit.Milliseconds => Date64Type.Default,
            var unit => throw new InvalidDataException($"Field '{path}': date unit {(int)unit}."),
        };

    private static TimeType Time(FlatTable type, FieldPath path)
    {
        var time = TimeType.FromTimeUnit(Unit(type, TimeUnit.Millisecond, path));
        int bits = type.GetInt32(Slots.Types.TimeBitWidth, 32);
        return bits == time.BitWidth
            ? time
            : throw new InvalidDataException($"Field '{path}': times in {time.Unit}s of {bits} bits, not {time.BitWidth}.");
    }

    private static TimestampType Timestamp(FlatTable type, FieldPath path, TextOf text)
    {
        TimeUnit unit = Unit(type, TimeUnit.Second, path);
        ReadOnlySpan<byte> zone = type.GetUtf8(Slots.Types.Timezone, out bool hasZone);
        return new TimestampType(unit, hasZone ? text(zone) : null);
    }

    private static MapType Map(FlatTable type, Field entries, FieldPath path) =>
        entries.DataType is StructType { Fields.Count: 2 }
            ? new MapType(entries, type.GetBool(Slots.Types.KeysSorted))
            : throw new InvalidDataException($"Field '{path}': a Map's entries are a Struct of two, found {entries.DataType.Name}.");

    private static TimeUnit Unit(FlatTable type, TimeUnit absent, FieldPath path)
    {
        var unit = (TimeUnit)type.GetInt16(Slots.Types.Unit, (short)absent);
        return Enum.IsDefined(unit) ? unit : throw new InvalidDataException($"Field '{path}': time unit {(int)unit}.");
    }

    private static int Size(FlatTable type, int max, FieldPath path)
    {
        int size = type.GetInt32(Slots.Types.Size);
        return size >= 0 && size <= max ? size : throw new InvalidDataException($"Field '{path}': {size} values or bytes each.");
    }
}
