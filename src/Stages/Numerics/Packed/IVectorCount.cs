namespace Pipeline.Stages.Numerics.Packed;

/// <summary>A number of vectors that the compiler knows, so that what is not wanted is left out of the loop.</summary>
internal interface IVectorCount
{
    /// <summary>1, 2 or 3.</summary>
    static abstract int Count { get; }
}

/// <summary>One vector.</summary>
internal readonly struct OneVector : IVectorCount
{
    public static int Count => 1;
}

/// <summary>Two vectors.</summary>
internal readonly struct TwoVectors : IVectorCount
{
    public static int Count => 2;
}

/// <summary>Three vectors.</summary>
internal readonly struct ThreeVectors : IVectorCount
{
    public static int Count => 3;
}

/// <summary>Whether a factor lies in a panel or as it came, known to the compiler.</summary>
internal interface IPlace
{
    /// <summary>True where rows lie apart and k runs along them.</summary>
    static abstract bool IsInPlace { get; }
}

/// <summary>Packed into a panel.</summary>
internal readonly struct InPanel : IPlace
{
    public static bool IsInPlace => false;
}

/// <summary>As it came.</summary>
internal readonly struct InPlace : IPlace
{
    public static bool IsInPlace => true;
}
