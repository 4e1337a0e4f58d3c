namespace Pipeline.Stages.Numerics.Packed;

/// <summary>One factor of a product, as its rows lie in memory that the caller keeps in place.</summary>
/// <remarks>
/// An item is a row of A or a column of B, in either case an index of the target; k is the index that is summed over.
/// Across: items are columns of the source and k its rows. Along: items are rows and k runs along them.
/// </remarks>
/// <param name="start">The first value.</param>
/// <param name="stride">Values from one row to the next.</param>
/// <param name="isSingle">Whether the values are singles.</param>
/// <param name="reference">What is subtracted from each column, or null.</param>
/// <param name="items">Number of items.</param>
/// <param name="isAcross">Whether items are columns of the source.</param>
internal readonly unsafe struct Factor(byte* start, int stride, bool isSingle, double* reference, int items, bool isAcross)
{
    /// <summary>The first value.</summary>
    public byte* Start { get; } = start;

    /// <summary>Values from one row to the next.</summary>
    public nint Stride { get; } = stride;

    /// <summary>Whether the values are singles.</summary>
    public bool IsSingle { get; } = isSingle;

    /// <summary>What is subtracted from each column, or null.</summary>
    public double* Reference { get; } = reference;

    /// <summary>Number of items.</summary>
    public int Items { get; } = items;

    /// <summary>Whether items are columns of the source.</summary>
    public bool IsAcross { get; } = isAcross;

    /// <summary>Whether a tile can read the values where they lie.</summary>
    public bool IsPlain => !IsSingle && Reference == null;
}
