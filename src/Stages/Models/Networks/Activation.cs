namespace Pipeline.Stages.Models.Networks;

/// <summary>What a hidden node makes of its weighted sum.</summary>
public enum Activation
{
    /// <summary>The sum itself: the network is a line.</summary>
    Identity,

    /// <summary>The hyperbolic tangent.</summary>
    Tanh,

    /// <summary>The sum where it is above 0, else 0.</summary>
    Relu,
}
