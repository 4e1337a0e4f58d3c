using Pipeline.Engine;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Calibration;

/// <summary>Refuses folds in which a class cannot be learnt or judged.</summary>
internal static class ClassCounts
{
    /// <summary>Refuses a class with fewer samples than a scheme has folds.</summary>
    /// <exception cref="StageException">There is such a class; it is named with its count and what to do.</exception>
    public static void RefuseFewerThanFolds(CalibrationManifest manifest, ISplitter splitter)
    {
        if (splitter is not IFoldCount { Count: var folds })
        {
            return;
        }

        int[] counts = new int[manifest.Classes.Length];
        foreach (double place in manifest.Strata)
        {
            counts[(int)place]++;
        }

        int least = Array.IndexOf(counts, counts.Min());
        if (counts[least] >= folds)
        {
            return;
        }

        throw new StageException(
            FailureKind.InvalidData,
            $"Class '{manifest.Classes[least]}' of response '{manifest.Response}' has {counts[least]} samples, fewer than the {folds} folds of "
            + $"{splitter.Notation}. {StratifiedFolds.Remedy(counts[least])}");
    }

    /// <summary>Refuses forward folds, in which a class may be predicted before any of its samples has been seen.</summary>
    public static void RefuseForward(CalibrationManifest manifest, ISplitter splitter, Folds folds)
    {
        if (folds.IsForward)
        {
            throw new StageException(
                FailureKind.InvalidRequest,
                $"{splitter.Notation} is for numbers, and response '{manifest.Response}' has classes, which must have been seen before they are predicted. "
                + "Ask for \"stratified(10, seed 0)\", or give folds by a column.");
        }
    }

    /// <summary>Refuses a class whose samples all lie in one fold: whoever predicts them has never seen it.</summary>
    /// <exception cref="StageException">There is such a class; it is named with its fold and what to do.</exception>
    public static void RefuseInOneFold(CalibrationManifest manifest, Folds folds)
    {
        ReadOnlySpan<int> foldOf = folds.FoldOfSample;
        int[] only = [.. Enumerable.Repeat(-1, manifest.Classes.Length)];
        const int Several = -2;
        for (int i = 0; i < foldOf.Length; i++)
        {
            ref int one = ref only[(int)manifest.Strata[i]];
            one = one == -1 || one == foldOf[i] ? foldOf[i] : Several;
        }

        if (Array.FindIndex(only, fold => fold >= 0) is >= 0 and var place)
        {
            throw new StageException(
                FailureKind.InvalidData,
                $"Class '{manifest.Classes[place]}' of response '{manifest.Response}' lies in fold {only[place] + 1} alone: predicted there, it "
                + "has been calibrated nowhere. Spread it over the folds, add samples of it that belong to another group, or leave it out.");
        }
    }
}
