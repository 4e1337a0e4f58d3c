namespace Pipeline.Arrow.Tests.Hostile.Maps;

/// <summary>A place of interest in Arrow bytes: a number whose change a reader must survive.</summary>
/// <param name="Kind">What the number is.</param>
/// <param name="Name">Where it stands, such as <c>Message.bodyLength</c>.</param>
/// <param name="Start">Position of its first byte.</param>
/// <param name="Size">Bytes of it.</param>
/// <param name="Target">Of an offset, the position to which it leads; otherwise -1.</param>
internal readonly record struct Place(PlaceKind Kind, string Name, int Start, int Size, int Target = -1);

/// <summary>What a place holds; the kinds from <see cref="Validity"/> on lie in bodies.</summary>
internal enum PlaceKind
{
    /// <summary>The continuation marker or the length before a message's metadata.</summary>
    Prefix,

    /// <summary>The offset that leads to a table.</summary>
    TableOffset,

    /// <summary>The offset that leads to a vector.</summary>
    VectorOffset,

    /// <summary>The offset that leads to a text.</summary>
    TextOffset,

    /// <summary>The distance from a table back to its layout.</summary>
    LayoutOffset,

    /// <summary>The size of a layout or of a table, or the place of a member in it.</summary>
    LayoutEntry,

    /// <summary>A plain member.</summary>
    Number,

    /// <summary>The byte that says which table a union is.</summary>
    Choice,

    /// <summary>The number of elements of a vector.</summary>
    VectorLength,

    /// <summary>The number of bytes of a text.</summary>
    TextLength,

    /// <summary>Length or null count of a FieldNode.</summary>
    Node,

    /// <summary>Offset or length of a Buffer.</summary>
    Buffer,

    /// <summary>Offset or lengths of a footer's Block.</summary>
    Block,

    /// <summary>The length of the footer, or the magic around a file.</summary>
    Trailer,

    /// <summary>Bits that say which values are null.</summary>
    Validity,

    /// <summary>Where a text or a list starts, 4 or 8 bytes.</summary>
    ValueOffset,

    /// <summary>How long a list view is, 4 or 8 bytes.</summary>
    ValueSize,

    /// <summary>An index into a dictionary.</summary>
    Index,

    /// <summary>One of the four numbers of a view: length, prefix, buffer, offset.</summary>
    View,

    /// <summary>Which child of a union a value is in.</summary>
    TypeId,

    /// <summary>Any other value.</summary>
    Value,

    /// <summary>The length that a compressed buffer announces.</summary>
    PlainLength,

    /// <summary>The head or the inside of a compressed frame.</summary>
    Frame,
}
