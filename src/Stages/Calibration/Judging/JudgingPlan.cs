using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Stages.Calibration.Judging.Nested;
using Pipeline.Stages.Calibration.Judging.Permuted;

namespace Pipeline.Stages.Calibration.Judging;

/// <summary>The searches beside a study's own, by which it is judged.</summary>
/// <param name="Outer">The outer folds of the nested estimate, or null.</param>
/// <param name="Null">The search on shuffled responses, or null.</param>
/// <param name="Notes">What was left out, and why.</param>
public sealed record JudgingPlan(OuterFolds? Outer, NullSearch? Null, ImmutableArray<string> Notes)
{
    /// <summary>Nothing is judged.</summary>
    public static JudgingPlan None { get; } = new(null, null, []);

    /// <summary>All searches, in the order in which they run.</summary>
    public IEnumerable<SideSearch> Searches =>
        [.. Outer?.Searches.Select(outer => outer.Search) ?? [], .. Null is { } shuffled ? [shuffled.Search] : (SideSearch[])[]];

    /// <summary>The searches that a study asks to be judged by.</summary>
    /// <remarks>What cannot be had is left out with its reason; the search stands without it.</remarks>
    /// <param name="study">The study.</param>
    /// <param name="set">Its samples.</param>
    /// <param name="plan">Its own units.</param>
    /// <param name="limits">Bounds of plans.</param>
    public static JudgingPlan Of(Study study, CalibrationSet set, StudyPlan plan, Limits limits)
    {
        // Shuffled classes would need families of their own.
        bool asksForNull = study.Permutations > 0 && plan.Metric is null;
        if (study.Nested == 0 && !asksForNull)
        {
            return None;
        }

        if (plan.Folds.IsForward)
        {
            return None with { Notes = [$"The nested estimate and the permutation null are left out: {plan.FoldScheme} predicts each block from those before it, and both would mix times."] };
        }

        if (set.OnDisk is not null)
        {
            return None with { Notes = ["The nested estimate and the permutation null are left out: they repeat the search, and the spectra are larger than memory."] };
        }

        var notes = ImmutableArray.CreateBuilder<string>();
        OuterFolds? outer = study.Nested == 0 ? null : OuterOf(study, set, limits, notes);
        NullSearch? shuffled = !asksForNull ? null : NullPlanner.Of(study, set, plan, limits, notes);
        return new JudgingPlan(outer, shuffled, notes.ToImmutable());
    }

    /// <summary>What the finished searches say of the study's own.</summary>
    /// <param name="board">The study's ranking.</param>
    /// <param name="boards">The rankings of <see cref="Searches"/>.</param>
    /// <param name="set">The study's samples.</param>
    /// <param name="plan">The study's units.</param>
    /// <param name="cancellation">Looked at between refits.</param>
    public SearchJudgement Conclude(
        Leaderboard board, IReadOnlyList<Leaderboard> boards, CalibrationSet set, StudyPlan plan, CancellationToken cancellation)
    {
        if (board.Winner is not { } winner)
        {
            return SearchJudgement.None;
        }

        int folds = Outer?.Searches.Length ?? 0;
        PermutationNull? chance = Null is { } search ? PermutationNull.Of(search, boards[folds], board) : null;
        if (Outer is null)
        {
            return new SearchJudgement(null, chance, Notes);
        }

        // One search that ranked nothing leaves samples unpredicted: then there is no estimate, and the reason is said.
        try
        {
            var nested = NestedEstimate.Of(Outer, [.. boards.Take(folds)], set, plan, winner, cancellation);
            return new SearchJudgement(nested, chance, Notes);
        }
        catch (StageException failure)
        {
            return new SearchJudgement(null, chance, [.. Notes, $"There is no nested estimate: {failure.Message}"]);
        }
    }

    private static OuterFolds? OuterOf(Study study, CalibrationSet set, Limits limits, ImmutableArray<string>.Builder notes)
    {
        // Folds inside folds need more samples than folds do.
        try
        {
            return OuterFolds.Of(study, set, limits);
        }
        catch (StageException refused)
        {
            notes.Add($"The nested estimate is left out: {refused.Message}");
            return null;
        }
    }
}
