namespace Apache.Arrow.Types;

/// <summary>How the values of a type lie in buffers and children; validity comes first in all but <see cref="Null"/>.</summary>
internal enum Layout
{
    /// <summary>No buffers at all.</summary>
    Null,

    /// <summary>One bit per value.</summary>
    Bits,

    /// <summary>So many bytes per value; of dictionary types the indices.</summary>
    Fixed,

    /// <summary>32-bit offsets, then the bytes to which they lead.</summary>
    Texts,

    /// <summary>64-bit offsets, then the bytes to which they lead.</summary>
    LargeTexts,

    /// <summary>16 bytes per value, then any number of buffers to which they lead.</summary>
    Views,

    /// <summary>32-bit offsets into one child.</summary>
    Lists,

    /// <summary>64-bit offsets into one child.</summary>
    LargeLists,

    /// <summary>One child with so many values per list.</summary>
    FixedSizeLists,

    /// <summary>One child per field.</summary>
    Struct,
}
