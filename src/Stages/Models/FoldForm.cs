namespace Pipeline.Stages.Models;

/// <summary>How a family that needs cross-products computes all folds.</summary>
internal enum FoldForm
{
    /// <summary>Fold after fold, from copies of its rows.</summary>
    Alone,

    /// <summary>In the space of samples, from one Gram matrix.</summary>
    Dual,

    /// <summary>In the space of variables, from merged moments.</summary>
    Moments,
}
