namespace Pipeline.Stages.Splitting;

/// <summary>A fold scheme whose division follows from a seed, so that there are others of its kind.</summary>
internal interface ISeededFolds : IFoldCount
{
    /// <summary>The seed.</summary>
    ulong Seed { get; }

    /// <summary>The same scheme with another seed.</summary>
    ISplitter Reseeded(ulong seed);
}
