namespace Pipeline.Stages.Models;

/// <summary>What a family predicts.</summary>
public enum ResponseKind
{
    /// <summary>A number: y is n × 1, one prediction per sample.</summary>
    Number,

    /// <summary>One of C classes: y is n × C, 1 in the column of a sample's class and 0 elsewhere, and so are probabilities.</summary>
    Class,
}
