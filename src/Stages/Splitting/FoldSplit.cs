namespace Pipeline.Stages.Splitting;

/// <summary>One division of the samples: a fold is predicted, and fitted on the folds that are neither it nor left out.</summary>
/// <param name="HeldOut">The fold whose samples are predicted.</param>
/// <param name="LeftOut">A second fold that is not fitted on either, as inside an outer fold of nested validation; -1 for none.</param>
public readonly record struct FoldSplit(int HeldOut, int LeftOut = -1)
{
    /// <summary>Whether samples of a fold are calibration samples here.</summary>
    public bool Calibrates(int fold) => fold != HeldOut && fold != LeftOut;

    /// <summary>The lowest fold of calibration samples: what is taken about its mean owes nothing to what is held out.</summary>
    public int ReferenceFold
    {
        get
        {
            int fold = 0;
            while (!Calibrates(fold))
            {
                fold++;
            }

            return fold;
        }
    }

    /// <summary>The samples fitted on, ascending.</summary>
    public int[] Calibration(Folds folds)
    {
        ReadOnlySpan<int> foldOf = folds.FoldOfSample;
        var samples = new List<int>(foldOf.Length);
        for (int i = 0; i < foldOf.Length; i++)
        {
            if (Calibrates(foldOf[i]))
            {
                samples.Add(i);
            }
        }

        return [.. samples];
    }

    /// <summary>The plain splits of cross-validation, one for each fold.</summary>
    public static FoldSplit[] Each(Folds folds) => [.. Enumerable.Range(0, folds.Count).Select(k => new FoldSplit(k))];
}
