using System.Collections.Immutable;
using Pipeline.Stages.Calibration.Judging.Nested;
using Pipeline.Stages.Calibration.Judging.Permuted;
using Pipeline.Stages.Calibration.Judging.Repeated;

namespace Pipeline.Stages.Calibration.Judging;

/// <summary>How far a search as a whole can be believed.</summary>
/// <param name="Nested">What it achieves on samples that it did not see; null where it was not asked for or could not be had.</param>
/// <param name="Null">What it achieves by chance; null where it was not asked for or could not be had.</param>
/// <param name="Repeats">How much its figures depend on the division into folds; null where it was not asked for or could not be had.</param>
/// <param name="Notes">What was left out, and why.</param>
public sealed record SearchJudgement(NestedEstimate? Nested, PermutationNull? Null, RepeatedEstimate? Repeats, ImmutableArray<string> Notes)
{
    /// <summary>Nothing was asked.</summary>
    public static SearchJudgement None { get; } = new(null, null, null, []);
}
