namespace Pipeline.Stages.Splitting;

/// <summary>A fold scheme that makes a number of folds that was asked for.</summary>
internal interface IFoldCount : ISplitter
{
    /// <summary>Number of folds, K.</summary>
    int Count { get; }
}
