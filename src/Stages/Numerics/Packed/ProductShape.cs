namespace Pipeline.Stages.Numerics.Packed;

/// <summary>Which elements of a product are wanted.</summary>
internal enum ProductShape
{
    /// <summary>All of them.</summary>
    General,

    /// <summary>Those of the lower half, of a product that is symmetric.</summary>
    Lower,

    /// <summary>The same, and the upper half is their copy.</summary>
    Mirrored,
}
