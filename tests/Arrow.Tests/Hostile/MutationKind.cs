namespace Pipeline.Arrow.Tests.Hostile;

/// <summary>What a mutation does; they are applied in this order, at most one of those up to <see cref="Splice"/>.</summary>
internal enum MutationKind
{
    /// <summary>A message comes twice.</summary>
    DuplicateMessage,

    /// <summary>A message is missing.</summary>
    DeleteMessage,

    /// <summary>Two messages have changed places.</summary>
    ReorderMessages,

    /// <summary>Messages of another stream or file stand behind our schema.</summary>
    Splice,

    /// <summary>A number of the metadata is at or beyond a boundary.</summary>
    Number,

    /// <summary>A number in a body is at or beyond a boundary.</summary>
    BodyNumber,

    /// <summary>Two numbers have changed places.</summary>
    Swap,

    /// <summary>An offset leads where another one leads.</summary>
    Alias,

    /// <summary>An offset leads back to the root, to a table around it or to its own layout.</summary>
    Ancestor,

    /// <summary>A bit is flipped anywhere.</summary>
    Flip,

    /// <summary>Some bytes anywhere are random.</summary>
    Noise,

    /// <summary>Bytes in the middle are missing.</summary>
    Cut,

    /// <summary>The end is missing.</summary>
    Truncate,

    /// <summary>Bytes follow behind the end.</summary>
    Extend,
}
