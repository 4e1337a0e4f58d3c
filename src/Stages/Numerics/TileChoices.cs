namespace Pipeline.Stages.Numerics;

/// <summary>A choice that the compiler makes once for each body of a kernel.</summary>
internal interface IFlag
{
    /// <summary>The choice.</summary>
    static abstract bool Is { get; }
}

/// <summary>Chosen.</summary>
internal readonly struct Yes : IFlag
{
    /// <inheritdoc/>
    public static bool Is => true;
}

/// <summary>Not chosen.</summary>
internal readonly struct No : IFlag
{
    /// <inheritdoc/>
    public static bool Is => false;
}

/// <summary>A number that the compiler knows in each body of a kernel.</summary>
internal interface IWidth
{
    /// <summary>The number.</summary>
    static abstract int Value { get; }
}

/// <summary>1.</summary>
internal readonly struct One : IWidth
{
    /// <inheritdoc/>
    public static int Value => 1;
}

/// <summary>2.</summary>
internal readonly struct Two : IWidth
{
    /// <inheritdoc/>
    public static int Value => 2;
}

/// <summary>3.</summary>
internal readonly struct Three : IWidth
{
    /// <inheritdoc/>
    public static int Value => 3;
}

/// <summary>4.</summary>
internal readonly struct Four : IWidth
{
    /// <inheritdoc/>
    public static int Value => 4;
}

/// <summary>5.</summary>
internal readonly struct Five : IWidth
{
    /// <inheritdoc/>
    public static int Value => 5;
}
