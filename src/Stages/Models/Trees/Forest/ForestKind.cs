namespace Pipeline.Stages.Models.Trees.Forest;

/// <summary>Which forest.</summary>
public enum ForestKind
{
    /// <summary>Best thresholds, samples drawn with replacement.</summary>
    Random,

    /// <summary>Random thresholds, every sample once.</summary>
    Extra,
}
