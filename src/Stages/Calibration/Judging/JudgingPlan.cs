using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Stages.Calibration.Judging.Nested;
using Pipeline.Stages.Calibration.Judging.Permuted;
using Pipeline.Stages.Calibration.Judging.Repeated;

namespace Pipeline.Stages.Calibration.Judging;

/// <summary>The searches beside a study's own, by which it is judged.</summary>
/// <param name="Outer">The outer folds of the nested estimate, or null.</param>
/// <param name="Null">The search on shuffled responses, or null.</param>
/// <param name="Repeats">The searches on other divisions of the samples, or null.</param>
/// <param name="Notes">What was left out, and why.</param>
public sealed record JudgingPlan(OuterFolds? Outer, NullSearch? Null, RepeatedFolds? Repeats, ImmutableArray<string> Notes)
{
    /// <summary>Nothing is judged.</summary>
    public static JudgingPlan None { get; } = new(null, null, null, []);

    /// <summary>All searches, in the order in which they run.</summary>
    public IEnumerable<SideSearch> Searches =>
    [
        .. Outer?.Searches.Select(outer => outer.Search) ?? [],
        .. Null is { } shuffled ? [shuffled.Search] : (SideSearch[])[],
        .. Repeats?.Searches ?? [],
    ];

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
        if (study is { Nested: 0, Repeats: 0 } && !asksForNull)
        {
            return None;
        }

        if (plan.Folds.IsForward)
        {
            return None with { Notes = [$"Nested estimate, permutation null and repeats are left out: {plan.FoldScheme} predicts each block "
                + $"from those before it, and they would mix times."] };
        }

        if (set.OnDisk is not null)
        {
            return None with { Notes = ["Nested estimate, permutation null and repeats are left out: they do the search again, and the "
                + "spectra are larger than memory."] };
        }

        var notes = ImmutableArray.CreateBuilder<string>();
        OuterFolds? outer = study.Nested == 0 ? null : Planned("The nested estimate is", () => OuterFolds.Of(study, set, limits), notes);
        NullSearch? shuffled = !asksForNull ? null : NullPlanner.Of(study, set, plan, limits, notes);
        RepeatedFolds? repeats = study.Repeats == 0 ? null : Planned("The repeats are", () => RepeatedFolds.Of(study, set, plan, limits), notes);
        return new JudgingPlan(outer, shuffled, repeats, notes.ToImmutable());
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
        ImmutableArray<string>.Builder notes = Notes.ToBuilder();
        NestedEstimate? nested = Outer is { } outer
            ? Concluded("nested estimate", () => NestedEstimate.Of(outer, [.. boards.Take(folds)], set, plan, winner, cancellation), notes)
            : null;
        PermutationNull? chance = Null is { } search ? PermutationNull.Of(search, boards[folds], board) : null;
        RepeatedEstimate? repeats = Repeats is { } repeated
            ? Concluded("estimate over repeats", () => RepeatedEstimate.Of(repeated, [.. boards.TakeLast(repeated.Searches.Length)], board, plan), notes)
            : null;
        return new SearchJudgement(nested, chance, repeats, notes.ToImmutable());
    }

    private static T? Planned<T>(string what, Func<T> plan, ImmutableArray<string>.Builder notes)
        where T : class
    {
        // Folds inside folds need more samples than folds do, and not every scheme has other divisions.
        try
        {
            return plan();
        }
        catch (StageException refused)
        {
            notes.Add($"{what} left out: {refused.Message}");
            return null;
        }
    }

    private static T? Concluded<T>(string what, Func<T> conclude, ImmutableArray<string>.Builder notes)
        where T : class
    {
        // One search that ranked nothing leaves a gap: then there is no estimate, and the reason is said.
        try
        {
            return conclude();
        }
        catch (StageException failure)
        {
            notes.Add($"There is no {what}: {failure.Message}");
            return null;
        }
    }
}
