namespace Pipeline.Stages.Numerics.Packed;

/// <summary>Which panels of a factor are packed, and where.</summary>
internal readonly struct Side
{
    /// <summary>Values in a line of the cache, to which packed factors are aligned.</summary>
    public const int Alignment = 8;

    /// <summary>Decides for a factor.</summary>
    /// <param name="factor">The factor.</param>
    /// <param name="panels">Its panels.</param>
    /// <param name="isInPlace">Whether it is read where it lies, as far as whole panels go.</param>
    /// <param name="start">Where its packed panels begin within a packed block.</param>
    public Side(in Factor factor, int panels, bool isInPlace, nint start)
    {
        Panels = panels;
        Start = (start + Alignment - 1) & ~(nint)(Alignment - 1);

        // Across, a tile would read behind the last item, where nothing may be; along, missing rows are not read at all.
        bool isWhole = !factor.IsAcross || factor.Items % TileBody.WholeItems == 0;
        int wholePanels = isWhole ? panels : factor.Items / TileBody.Width;
        FirstPacked = isInPlace ? wholePanels : 0;
    }

    /// <summary>All panels.</summary>
    public int Panels { get; }

    /// <summary>The first panel that is packed; those before are read where they lie.</summary>
    public int FirstPacked { get; }

    /// <summary>How many are packed.</summary>
    public int PackedPanels => Panels - FirstPacked;

    /// <summary>Where its packed panels begin within a packed block.</summary>
    public nint Start { get; }
}
