using System.Globalization;
using Pipeline.Engine;

namespace Pipeline.Stages.Splitting;

/// <summary>Leave-one-out: every sample is held out alone, or every group where samples have groups.</summary>
/// <remarks>
/// <c>loo</c>. Nearly unbiased, but of larger variance than ten folds, and stuck with one division: its errors are those of n
/// models that hardly differ. Folds stand in the ordinal order of the groups' names. At most
/// <see cref="GroupsMax"/> groups, since most families need a fit for each; ridge has a shortcut, and PLS takes folds together. The outer
/// folds of nested validation are <see cref="RandomFolds"/>, as many as are asked for.
/// Stone (1974), Journal of the Royal Statistical Society B 36, 111-147.
/// </remarks>
public sealed record LeaveOneOut : ISplitter
{
    /// <summary>The most groups.</summary>
    public const int GroupsMax = 10_000;

    /// <inheritdoc/>
    public string Notation => "loo";

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public ISplitter Outer(int count) => new RandomFolds(count, 0);

    /// <inheritdoc/>
    public Folds Split(SampleGroups groups)
    {
        ArgumentNullException.ThrowIfNull(groups);
        if (groups.GroupCount > GroupsMax)
        {
            throw new StageException(
                FailureKind.InvalidRequest,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"loo would hold out {groups.GroupCount} samples or groups one by one, the limit is {GroupsMax}. Of so many, ten folds "
                        + $"tell as much: \"random(10, seed 0)\"."));
        }

        return new Folds(groups.OfSample.AsSpan(), groups.GroupCount);
    }
}
