namespace Pipeline.Stages.Numerics;

/// <summary>What a product does with its target.</summary>
public enum ProductSum
{
    /// <summary>The product replaces what is there.</summary>
    Set,

    /// <summary>The product is added to what is there.</summary>
    Add,

    /// <summary>The product is taken off what is there.</summary>
    Subtract,
}
