using Pipeline.Engine;
using Pipeline.Stages.Models.Trees.Boosting.Growth;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Trees.Boosting;

/// <summary>Boosting of regression trees on binned variables: a number by squared error, or classes by log loss.</summary>
/// <remarks>
/// X is n × p with missing values as NaN, y is n × 1 numbers or n × C indicators. Starts from the mean, the log-odds of the
/// second of two classes, or the centred log shares of more; each round adds, for the number or for every class, a tree
/// fitted to the first derivatives of the loss with leaf values -rate × G/(H + λ). Trees grow by their best split until
/// they have the most leaves or no leaf has twice the fewest samples. Bins: <see cref="BinEdges"/>. No early stopping, no
/// sampling: nothing is random. Time: rounds × p (n log L + L b) with L leaves and b ≤ 255 bins; memory np bytes, and 8np
/// for a copy of X. A variable or response without variance is no error; fewer than twice the fewest samples
/// of a leaf give the mean or the shares. A class without calibration samples has the probability 0; fewer than two classes
/// are refused, and so are infinite values.
/// Friedman (2001), Annals of Statistics 29, 1189-1232; Ke et al. (2017), NIPS 30, 3146-3154; the semantics are those of
/// scikit-learn 1.2, HistGradientBoostingRegressor and HistGradientBoostingClassifier.
/// </remarks>
public sealed class BoostingModel : IModel
{
    /// <summary>A specification.</summary>
    /// <param name="kind">What is predicted.</param>
    /// <param name="rounds">Number of rounds, 1 to <see cref="BoostingFamily.RoundsLimit"/>.</param>
    /// <param name="rules">How trees grow.</param>
    public BoostingModel(ResponseKind kind, int rounds, BoostingRules rules)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rounds, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rounds, BoostingFamily.RoundsLimit);
        Kind = kind;
        Rounds = rounds;
        Rules = rules;
    }

    /// <summary>What is predicted.</summary>
    public ResponseKind Kind { get; }

    /// <summary>Number of rounds.</summary>
    public int Rounds { get; }

    /// <summary>How trees grow.</summary>
    public BoostingRules Rules { get; }

    /// <inheritdoc cref="IModel.Fit"/>
    public FittedBoosting Fit(MatrixView x, MatrixView y) => new(FitTrees(x, y, Kind, Rules, [Rounds]));

    /// <inheritdoc/>
    IFittedModel IModel.Fit(MatrixView x, MatrixView y) => Fit(x, y);

    /// <summary>The trees of one calibration set.</summary>
    internal static BoostedTrees FitTrees(MatrixView x, MatrixView y, ResponseKind kind, BoostingRules rules, int[] prefixes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(x.Rows, 1, nameof(x));
        ArgumentOutOfRangeException.ThrowIfLessThan(x.Columns, 1, nameof(x));
        ArgumentOutOfRangeException.ThrowIfNotEqual(y.Rows, x.Rows, nameof(y));
        using var copy = new ScratchMatrix(x.Rows, x.Columns);
        x.CopyTo(copy.Span);
        int[] all = [.. Enumerable.Range(0, x.Rows)];
        (BoostedTrees? trees, string? failure) = BoostingFit.Of(
            copy.Stored, y.ToMatrix(), [all], kind, rules, prefixes, Pieces.InOrder, CancellationToken.None)[0];
        return trees ?? throw new StageException(FailureKind.InvalidData, failure!);
    }
}
