namespace Apache.Arrow.Flatbuf;

/// <summary>Members of the union Type in Schema.fbs; the names are those of messages.</summary>
internal enum TypeKind : byte
{
    /// <summary>No type at all.</summary>
    None = 0,

    /// <summary>Nothing but nulls.</summary>
    Null = 1,

    /// <summary>Integers of 8 to 64 bits.</summary>
    Int = 2,

    /// <summary>Floating point of 16 to 64 bits.</summary>
    FloatingPoint = 3,

    /// <summary>Bytes, 32-bit offsets.</summary>
    Binary = 4,

    /// <summary>Text, 32-bit offsets.</summary>
    Utf8 = 5,

    /// <summary>Bits.</summary>
    Bool = 6,

    /// <summary>Decimals of 32 to 256 bits.</summary>
    Decimal = 7,

    /// <summary>Days or milliseconds.</summary>
    Date = 8,

    /// <summary>Time of day.</summary>
    Time = 9,

    /// <summary>Points in time.</summary>
    Timestamp = 10,

    /// <summary>Calendar intervals.</summary>
    Interval = 11,

    /// <summary>Lists, 32-bit offsets.</summary>
    List = 12,

    /// <summary>Records of columns.</summary>
    Struct = 13,

    /// <summary>One of several types.</summary>
    Union = 14,

    /// <summary>A fixed number of bytes.</summary>
    FixedSizeBinary = 15,

    /// <summary>A fixed number of values.</summary>
    FixedSizeList = 16,

    /// <summary>Pairs of key and value.</summary>
    Map = 17,

    /// <summary>Lengths of time.</summary>
    Duration = 18,

    /// <summary>Bytes, 64-bit offsets.</summary>
    LargeBinary = 19,

    /// <summary>Text, 64-bit offsets.</summary>
    LargeUtf8 = 20,

    /// <summary>Lists, 64-bit offsets.</summary>
    LargeList = 21,

    /// <summary>Runs of equal values.</summary>
    RunEndEncoded = 22,

    /// <summary>Views of bytes.</summary>
    BinaryView = 23,

    /// <summary>Views of text.</summary>
    Utf8View = 24,

    /// <summary>Lists with sizes, 32 bits.</summary>
    ListView = 25,

    /// <summary>Lists with sizes, 64 bits.</summary>
    LargeListView = 26,
}
