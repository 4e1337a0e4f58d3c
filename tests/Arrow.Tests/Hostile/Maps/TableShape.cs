namespace Pipeline.Arrow.Tests.Hostile.Maps;

/// <summary>The members of a flatbuffer table by slot, as the Arrow format documents them.</summary>
internal sealed record TableShape(string Name, params Member[] Members)
{
    /// <summary>Message.fbs: Message.</summary>
    public static readonly TableShape Message = new(
        "Message",
        Member.Number("version", 2),
        Member.Choice("headerType"),
        Member.Union("header", kind => kind switch { 1 => Schema!, 2 => DictionaryBatch!, 3 => RecordBatch!, _ => null }),
        Member.Number("bodyLength", 8),
        Member.Tables("metadata", () => KeyValue!));

    /// <summary>File.fbs: Footer.</summary>
    public static readonly TableShape Footer = new(
        "Footer",
        Member.Number("version", 2),
        Member.Table("schema", () => Schema!),
        Member.Structs("dictionaries", PlaceKind.Block, 24, (0, 8), (8, 4), (16, 8)),
        Member.Structs("batches", PlaceKind.Block, 24, (0, 8), (8, 4), (16, 8)),
        Member.Tables("metadata", () => KeyValue!));

    /// <summary>Schema.fbs: Schema.</summary>
    public static readonly TableShape Schema = new(
        "Schema",
        Member.Number("endianness", 2),
        Member.Tables("fields", () => Field!),
        Member.Tables("metadata", () => KeyValue!),
        Member.Structs("features", PlaceKind.Number, 8, (0, 8)));

    /// <summary>Schema.fbs: Field.</summary>
    public static readonly TableShape Field = new(
        "Field",
        Member.Text("name"),
        Member.Number("nullable", 1),
        Member.Choice("typeKind"),
        Member.Union("type", kind => kind < Types!.Length ? Types[kind] : null),
        Member.Table("dictionary", () => DictionaryEncoding!),
        Member.Tables("children", () => Field!),
        Member.Tables("metadata", () => KeyValue!));

    /// <summary>Schema.fbs: KeyValue.</summary>
    public static readonly TableShape KeyValue = new("KeyValue", Member.Text("key"), Member.Text("value"));

    /// <summary>Schema.fbs: DictionaryEncoding.</summary>
    public static readonly TableShape DictionaryEncoding = new(
        "DictionaryEncoding",
        Member.Number("id", 8),
        Member.Table("indexType", () => Types![2]),
        Member.Number("isOrdered", 1),
        Member.Number("kind", 2));

    /// <summary>Message.fbs: RecordBatch.</summary>
    public static readonly TableShape RecordBatch = new(
        "RecordBatch",
        Member.Number("length", 8),
        Member.Structs("nodes", PlaceKind.Node, 16, (0, 8), (8, 8)),
        Member.Structs("buffers", PlaceKind.Buffer, 16, (0, 8), (8, 8)),
        Member.Table("compression", () => BodyCompression!),
        Member.Structs("variadicCounts", PlaceKind.Number, 8, (0, 8)));

    /// <summary>Message.fbs: BodyCompression.</summary>
    public static readonly TableShape BodyCompression = new("BodyCompression", Member.Number("codec", 1), Member.Number("method", 1));

    /// <summary>Message.fbs: DictionaryBatch.</summary>
    public static readonly TableShape DictionaryBatch = new(
        "DictionaryBatch",
        Member.Number("id", 8),
        Member.Table("data", () => RecordBatch!),
        Member.Number("isDelta", 1));

    /// <summary>Schema.fbs: the members of the union Type by their number.</summary>
    public static readonly TableShape[] Types =
    [
        new("None"),
        new("Null"),
        new("Int", Member.Number("bitWidth", 4), Member.Number("isSigned", 1)),
        new("FloatingPoint", Member.Number("precision", 2)),
        new("Binary"),
        new("Utf8"),
        new("Bool"),
        new("Decimal", Member.Number("precision", 4), Member.Number("scale", 4), Member.Number("bitWidth", 4)),
        new("Date", Member.Number("unit", 2)),
        new("Time", Member.Number("unit", 2), Member.Number("bitWidth", 4)),
        new("Timestamp", Member.Number("unit", 2), Member.Text("timezone")),
        new("Interval", Member.Number("unit", 2)),
        new("List"),
        new("Struct"),
        new("Union", Member.Number("mode", 2), Member.Structs("typeIds", PlaceKind.Number, 4, (0, 4))),
        new("FixedSizeBinary", Member.Number("byteWidth", 4)),
        new("FixedSizeList", Member.Number("listSize", 4)),
        new("Map", Member.Number("keysSorted", 1)),
        new("Duration", Member.Number("unit", 2)),
        new("LargeBinary"),
        new("LargeUtf8"),
        new("LargeList"),
        new("RunEndEncoded"),
        new("BinaryView"),
        new("Utf8View"),
        new("ListView"),
        new("LargeListView"),
    ];
}

/// <summary>What a slot of a table holds.</summary>
internal enum MemberKind
{
    /// <summary>A number in place.</summary>
    Number,

    /// <summary>A text.</summary>
    Text,

    /// <summary>A table, or a union's table, chosen by the slot before.</summary>
    Table,

    /// <summary>A vector of tables.</summary>
    Tables,

    /// <summary>A vector of numbers or structs.</summary>
    Structs,
}

/// <summary>One slot of a table.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">What it holds.</param>
/// <param name="PlaceKind">What its numbers are to a mutation.</param>
/// <param name="Size">Bytes of the number, or of an element.</param>
/// <param name="Shape">The table to which it leads, given the byte in the slot before.</param>
/// <param name="Parts">Offset and size of each number in a struct.</param>
internal sealed record Member(
    string Name, MemberKind Kind, PlaceKind PlaceKind, int Size, Func<int, TableShape?> Shape, (int Offset, int Size)[] Parts)
{
    public static Member Number(string name, int size) => new(name, MemberKind.Number, PlaceKind.Number, size, _ => null, []);

    public static Member Choice(string name) => new(name, MemberKind.Number, PlaceKind.Choice, 1, _ => null, []);

    public static Member Text(string name) => new(name, MemberKind.Text, PlaceKind.TextOffset, 4, _ => null, []);

    public static Member Table(string name, Func<TableShape> shape) => Union(name, _ => shape());

    public static Member Union(string name, Func<int, TableShape?> shape) =>
        new(name, MemberKind.Table, PlaceKind.TableOffset, 4, shape, []);

    public static Member Tables(string name, Func<TableShape> shape) =>
        new(name, MemberKind.Tables, PlaceKind.VectorOffset, 4, _ => shape(), []);

    public static Member Structs(string name, PlaceKind kind, int size, params (int Offset, int Size)[] parts) =>
        new(name, MemberKind.Structs, kind, size, _ => null, parts);
}
