namespace Pipeline.Stages.Numerics.Packed;

/// <summary>One factor of a product, as its rows lie in memory that the caller keeps in place.</summary>
/// <remarks>
/// An item is a row of A or a column of B, in either case an index of the target; k is the index that is summed over.
/// Across: items are columns of the source and k its rows. Along: items are rows and k runs along them.
/// </remarks>
internal readonly unsafe struct Factor
{
    /// <summary>A factor of one source.</summary>
    public Factor(FactorRows rows, int items, bool isAcross)
    {
        First = rows;
        FirstItems = items;
        Items = items;
        IsAcross = isAcross;
    }

    /// <summary>A factor whose items are the columns of two sources, side by side.</summary>
    public Factor(FactorRows first, int firstItems, FactorRows second, int secondItems)
    {
        First = first;
        FirstItems = firstItems;
        Second = second;
        Items = firstItems + secondItems;
        IsAcross = true;
    }

    /// <summary>Where the first items come from.</summary>
    public FactorRows First { get; }

    /// <summary>How many of the items come from there.</summary>
    public int FirstItems { get; }

    /// <summary>Where the other items come from.</summary>
    public FactorRows Second { get; }

    /// <summary>Number of items.</summary>
    public int Items { get; }

    /// <summary>Whether items are columns of the source.</summary>
    public bool IsAcross { get; }

    /// <summary>Whether a tile can read the values where they lie.</summary>
    public bool IsPlain => !First.IsSingle && First.Reference == null && FirstItems == Items;
}

/// <summary>Rows of one source.</summary>
/// <param name="start">The first value.</param>
/// <param name="stride">Values from one row to the next.</param>
/// <param name="isSingle">Whether the values are singles.</param>
/// <param name="reference">What is subtracted from each column, or null.</param>
internal readonly unsafe struct FactorRows(byte* start, int stride, bool isSingle, double* reference)
{
    /// <summary>The first value.</summary>
    public byte* Start { get; } = start;

    /// <summary>Values from one row to the next.</summary>
    public nint Stride { get; } = stride;

    /// <summary>Whether the values are singles.</summary>
    public bool IsSingle { get; } = isSingle;

    /// <summary>What is subtracted from each column, or null.</summary>
    public double* Reference { get; } = reference;
}
