using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Engine;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Calibration.Judging.Repeated;

/// <summary>Repeated folds: the study's search on the same samples, which the next seeds of its fold scheme divide anew.</summary>
/// <remarks>
/// One division is one draw, and the least error of many candidates is partly its luck. Each further one costs a search.
/// Burman (1989), Biometrika 76, 503-514; Kim (2009), Computational Statistics and Data Analysis 53, 3735-3745.
/// </remarks>
/// <param name="Searches">One search for each further division.</param>
public sealed record RepeatedFolds(ImmutableArray<SideSearch> Searches)
{
    /// <summary>The further divisions of a study whose spectra are in memory.</summary>
    /// <exception cref="StageException">The scheme has no seed, a division cannot be made, or there are too many candidates over all.</exception>
    internal static RepeatedFolds Of(Study study, CalibrationSet set, StudyPlan plan, Limits limits)
    {
        if (StudyMethods.Of(study).Splitter is not ISeededFolds scheme)
        {
            throw new StageException(
                FailureKind.InvalidRequest,
                $"{plan.FoldScheme} divides the samples in one way alone. Ask for \"random(10, seed 0)\" or \"stratified(10, seed 0)\".");
        }

        // Rankings of all divisions are in memory at the end.
        long candidates = (long)study.Repeats * plan.CandidateCount;
        if (candidates > limits.PlanCandidatesMax)
        {
            throw new StageException(
                FailureKind.InvalidRequest,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{study.Repeats} repeats of {plan.CandidateCount} candidates are {candidates}, the limit is "
                        + $"{limits.PlanCandidatesMax}. Ask for fewer repeats."));
        }

        Study again = study with { Nested = 0, Permutations = 0, Repeats = 0, Bootstrap = 0, Predictions = 1 };
        var searches = ImmutableArray.CreateBuilder<SideSearch>(study.Repeats);
        for (int r = 1; r <= study.Repeats; r++)
        {
            string folds = scheme.Reseeded(unchecked(scheme.Seed + (ulong)r)).Notation;
            searches.Add(new SideSearch($"with {folds}", StudyPlanner.Plan(again with { Folds = folds }, set.Manifest, limits), () => set));
        }

        return new RepeatedFolds(searches.ToImmutable());
    }
}
