using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Calibration.Judging.Nested;

/// <summary>The outer folds of nested validation: for each, the whole search on the samples that it does not hold out.</summary>
/// <remarks>
/// The inner folds are made by the study's own scheme among the calibration samples, so the search inside does what the
/// study's search does: the same chains, families, subsets and settings, as far as fewer samples can answer them.
/// Stone (1974), Journal of the Royal Statistical Society B 36, 111-147; Varma and Simon (2006), BMC Bioinformatics 7, 91.
/// </remarks>
/// <param name="Scheme">The scheme that made them.</param>
/// <param name="Searches">One search for each fold.</param>
public sealed record OuterFolds(string Scheme, ImmutableArray<OuterSearch> Searches)
{
    /// <summary>The outer folds of a study whose spectra are in memory.</summary>
    /// <exception cref="StageException">There are too few samples, groups or given folds for folds inside folds.</exception>
    internal static OuterFolds Of(Study study, CalibrationSet set, Limits limits)
    {
        ISplitter splitter = StudyPlanner.Bind(StudyMethods.Of(study).Splitter, set.Manifest).Outer(study.Nested);
        Folds folds = splitter.Split(set.Manifest.Groups);
        var subset = new SampleSubset(set);

        // What is chosen inside is all that is asked there.
        Study inner = study with { Nested = 0, Permutations = 0, Repeats = 0, Bootstrap = 0, Predictions = 1 };
        var searches = ImmutableArray.CreateBuilder<OuterSearch>(folds.Count);
        for (int k = 0; k < folds.Count; k++)
        {
            int[] calibration = folds.Calibration(k);
            CalibrationManifest manifest = subset.Manifest(calibration);
            var search = new SideSearch(
                $"without outer fold {k + 1} of {folds.Count}",
                StudyPlanner.Plan(inner, manifest, limits),
                () => subset.Samples(manifest, calibration));
            searches.Add(new OuterSearch(k, [.. folds.HeldOut(k)], search));
        }

        return new OuterFolds(splitter.Notation, searches.ToImmutable());
    }
}

/// <summary>The search without one outer fold.</summary>
/// <param name="Fold">The 0-based outer fold.</param>
/// <param name="HeldOut">The samples that it holds out, by their places in the study's set, ascending.</param>
/// <param name="Search">The search on the others.</param>
public sealed record OuterSearch(int Fold, ImmutableArray<int> HeldOut, SideSearch Search)
{
    /// <summary>Has the winner, refitted on all samples of its search, predict what the fold holds out.</summary>
    /// <param name="winner">The best row of the search.</param>
    /// <param name="set">The study's samples.</param>
    /// <returns>The q values of each held-out sample.</returns>
    /// <exception cref="StageException">The winner cannot be refitted, or predicts no finite number.</exception>
    public double[] Predict(LeaderboardRow winner, CalibrationSet set)
    {
        double[] yHat = FittedCandidate.Fit(winner.Candidate, Search.Samples()).Predict(set.X.SelectRows(HeldOut.AsSpan()).View);
        return yHat.All(double.IsFinite)
            ? yHat
            : throw new StageException(FailureKind.Numerical, $"outer fold {Fold + 1}: a prediction is not a finite number");
    }
}
