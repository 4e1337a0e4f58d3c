namespace Apache.Arrow.Types;

/// <summary>Which type a column has.</summary>
/// <remarks>The list is the package's; those without a type class here are known by name only.</remarks>
public enum ArrowTypeId
{
    /// <summary>Nothing but nulls.</summary>
    Null,

    /// <summary>One bit.</summary>
    Boolean,

    /// <summary>Unsigned 8-bit integer.</summary>
    UInt8,

    /// <summary>Signed 8-bit integer.</summary>
    Int8,

    /// <summary>Unsigned 16-bit integer.</summary>
    UInt16,

    /// <summary>Signed 16-bit integer.</summary>
    Int16,

    /// <summary>Unsigned 32-bit integer.</summary>
    UInt32,

    /// <summary>Signed 32-bit integer.</summary>
    Int32,

    /// <summary>Unsigned 64-bit integer.</summary>
    UInt64,

    /// <summary>Signed 64-bit integer.</summary>
    Int64,

    /// <summary>16-bit floating point.</summary>
    HalfFloat,

    /// <summary>32-bit floating point.</summary>
    Float,

    /// <summary>64-bit floating point.</summary>
    Double,

    /// <summary>UTF-8 text, 32-bit offsets.</summary>
    String,

    /// <summary>Bytes, 32-bit offsets.</summary>
    Binary,

    /// <summary>A fixed number of bytes.</summary>
    FixedSizedBinary,

    /// <summary>Days since 1970.</summary>
    Date32,

    /// <summary>Milliseconds since 1970, whole days.</summary>
    Date64,

    /// <summary>A point in time.</summary>
    Timestamp,

    /// <summary>Time of day, 32 bits.</summary>
    Time32,

    /// <summary>Time of day, 64 bits.</summary>
    Time64,

    /// <summary>A calendar interval.</summary>
    Interval,

    /// <summary>128-bit decimal.</summary>
    Decimal128,

    /// <summary>256-bit decimal.</summary>
    Decimal256,

    /// <summary>A list, 32-bit offsets.</summary>
    List,

    /// <summary>A record of columns.</summary>
    Struct,

    /// <summary>One of several types.</summary>
    Union,

    /// <summary>Indices into a dictionary of values.</summary>
    Dictionary,

    /// <summary>Pairs of key and value.</summary>
    Map,

    /// <summary>A list of fixed length.</summary>
    FixedSizeList,

    /// <summary>A length of time.</summary>
    Duration,

    /// <summary>A schema.</summary>
    RecordBatch,

    /// <summary>Views of bytes.</summary>
    BinaryView,

    /// <summary>Views of UTF-8 text.</summary>
    StringView,

    /// <summary>A list with sizes, 32 bits.</summary>
    ListView,

    /// <summary>A list, 64-bit offsets.</summary>
    LargeList,

    /// <summary>Bytes, 64-bit offsets.</summary>
    LargeBinary,

    /// <summary>UTF-8 text, 64-bit offsets.</summary>
    LargeString,

    /// <summary>32-bit decimal.</summary>
    Decimal32,

    /// <summary>64-bit decimal.</summary>
    Decimal64,

    /// <summary>A user-defined type.</summary>
    Extension,

    /// <summary>A list with sizes, 64 bits.</summary>
    LargeListView,

    /// <summary>Runs of equal values.</summary>
    RunEndEncoded,
}
