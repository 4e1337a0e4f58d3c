using Apache.Arrow;
using Apache.Arrow.Types;

namespace Pipeline.Arrow.Tests.Foreign;

/// <summary>Our types as the npm package apache-arrow writes them in words.</summary>
internal static class ForeignTypes
{
    public static string Of(IArrowType type) => type switch
    {
        NullType => "Null",
        BooleanType => "Bool",
        IntegerType number => $"{(number.IsSigned ? "Int" : "Uint")}{number.BitWidth}",
        FloatingPointType number => $"Float{number.BitWidth}",
        StringType => "Utf8",
        LargeStringType => "LargeUtf8",
        StringViewType => "Utf8View",
        BinaryType => "Binary",
        LargeBinaryType => "LargeBinary",
        BinaryViewType => "BinaryView",
        Decimal128Type number => $"Decimal[{number.Precision}e+{number.Scale}]",
        FixedSizeBinaryType bytes => $"FixedSizeBinary[{bytes.ByteWidth}]",
        Date32Type => "Date32<DAY>",
        Date64Type => "Date64<MILLISECOND>",
        Time32Type time => $"Time32<{Of(time.Unit)}>",
        Time64Type time => $"Time64<{Of(time.Unit)}>",
        TimestampType { Timezone: string zone } time => $"Timestamp<{Of(time.Unit)}, {zone}>",
        TimestampType time => $"Timestamp<{Of(time.Unit)}>",
        DurationType time => $"Duration<{Of(time.Unit)}>",
        MapType map => $"Map<{{{Of(map.KeyValueType.Fields)}}}>",
        ListType list => $"List<{Of(list.ValueDataType)}>",
        LargeListType list => $"LargeList<{Of(list.ValueDataType)}>",
        FixedSizeListType list => $"FixedSizeList[{list.ListSize}]<{Of(list.ValueDataType)}>",
        StructType record => $"Struct<{{{Of(record.Fields)}}}>",
        DictionaryType dictionary => $"Dictionary<{Of(dictionary.IndexType)}, {Of(dictionary.ValueType)}>",
        _ => throw new NotSupportedException(type.Name),
    };

    private static string Of(IReadOnlyList<Field> fields) =>
        string.Join(", ", fields.Select(field => $"{field.Name}:{Of(field.DataType)}"));

    private static string Of(TimeUnit unit) => unit.ToString().ToUpperInvariant();
}
