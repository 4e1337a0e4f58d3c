namespace Pipeline.Stages.Models.Trees.Forest;

/// <summary>How many of the variables a split looks at.</summary>
public enum VariableShare
{
    /// <summary>√p, rounded down.</summary>
    Root,

    /// <summary>p/3, rounded down.</summary>
    Third,

    /// <summary>All of them.</summary>
    All,
}
