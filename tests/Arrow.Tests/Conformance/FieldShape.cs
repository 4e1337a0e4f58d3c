using System.Globalization;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace Pipeline.Arrow.Tests.Conformance;

/// <summary>All that a schema says of a field, as texts, so that fields of gold and of readers compare.</summary>
/// <remarks>The names inside a map mean nothing: where the gold has others, the files do not have them.</remarks>
internal sealed record FieldShape(
    string Name, string Type, bool IsNullable, string Metadata, IReadOnlyList<FieldShape> Children)
{
    /// <summary>What a reader says of a field.</summary>
    public static FieldShape Of(Field field)
    {
        IArrowType values = field.DataType is DictionaryType dictionary ? dictionary.ValueType : field.DataType;
        FieldShape[] children = values is NestedType nested ? [.. nested.Fields.Select(Of)] : [];
        return new FieldShape(
            field.Name,
            TypeOf(field.DataType),
            field.IsNullable,
            TextOf(field.Metadata),
            values is MapType ? InMap(children) : children);
    }

    /// <summary>What is inside a map, with the names that it should have.</summary>
    public static FieldShape[] InMap(FieldShape[] children)
    {
        FieldShape entries = children.Single();
        FieldShape[] pair = [entries.Children[0] with { Name = "key" }, entries.Children[1] with { Name = "value" }];
        return [entries with { Name = "entries", Children = pair }];
    }

    /// <summary>Metadata in the order of its keys.</summary>
    public static string TextOf(IEnumerable<KeyValuePair<string, string>>? metadata) => string.Join(
        "; ", (metadata ?? []).OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}"));

    /// <summary>A dictionary as a type, of those of its indices and values.</summary>
    public static string DictionaryOf(string index, bool isOrdered, string values) =>
        $"{(isOrdered ? "ordered " : "")}dictionary of {index} to {values}";

    /// <summary>One line per field, those inside indented below it.</summary>
    public IEnumerable<string> ToLines(int depth = 0)
    {
        string line = $"{new string(' ', depth)}{Name}: {Type}{(IsNullable ? "?" : "")} {{{Metadata}}}";
        return [line, .. Children.SelectMany(child => child.ToLines(depth + 1))];
    }

    private static string TypeOf(IArrowType type) => type switch
    {
        NullType => "null",
        BooleanType => "bool",
        IntegerType integer => string.Create(
            CultureInfo.InvariantCulture, $"{(integer.IsSigned ? "int" : "uint")}{integer.BitWidth}"),
        FloatingPointType number => $"floatingpoint {number.Precision.ToString().ToUpperInvariant()}",
        StringType => "utf8",
        LargeStringType => "largeutf8",
        StringViewType => "utf8view",
        BinaryType => "binary",
        LargeBinaryType => "largebinary",
        BinaryViewType => "binaryview",
        Decimal128Type number => string.Create(
            CultureInfo.InvariantCulture, $"decimal128 {number.Precision} {number.Scale}"),
        FixedSizeBinaryType bytes => string.Create(CultureInfo.InvariantCulture, $"fixedsizebinary {bytes.ByteWidth}"),
        Date32Type => "date DAY",
        Date64Type => "date MILLISECOND",
        TimeType time => string.Create(CultureInfo.InvariantCulture, $"time{time.BitWidth} {UnitOf(time)}"),
        TimestampType time => $"timestamp {UnitOf(time)} '{time.Timezone}'",
        DurationType time => $"duration {UnitOf(time)}",
        ListType => "list",
        LargeListType => "largelist",
        FixedSizeListType list => string.Create(CultureInfo.InvariantCulture, $"fixedsizelist {list.ListSize}"),
        StructType => "struct",
        MapType map => map.KeySorted ? "sorted map" : "map",
        DictionaryType dictionary => DictionaryOf(
            TypeOf(dictionary.IndexType), dictionary.Ordered, TypeOf(dictionary.ValueType)),
        _ => $"unknown {type.Name}",
    };

    private static string UnitOf(TimeBasedType type) => type.Unit.ToString().ToUpperInvariant();
}
