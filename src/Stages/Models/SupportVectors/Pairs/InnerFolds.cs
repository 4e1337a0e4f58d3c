using Pipeline.Stages.Models.Classes;

namespace Pipeline.Stages.Models.SupportVectors.Pairs;

/// <summary>Folds inside a calibration set from which decision values for probabilities come.</summary>
/// <remarks>
/// The samples of each class in the order of their numbers, spectrum against spectrum, are dealt to the folds in turn: no seed, the same
/// folds in any order of the samples, and every fold has its share of every class. Samples of one group are not known here; their folds
/// differ, which makes probabilities of replicates too sure.
/// </remarks>
internal static class InnerFolds
{
    /// <summary>Number of folds, as in libsvm.</summary>
    public const int Count = 5;

    /// <summary>The fold of each sample. Time np log n at most.</summary>
    public static int[] Of(ClassCalibration calibration)
    {
        int[] folds = new int[calibration.Classes.Length];
        for (int c = 0; c < calibration.Counts.Length; c++)
        {
            int[] samples = [.. Enumerable.Range(0, folds.Length).Where(i => calibration.Classes[i] == c)];
            Array.Sort(samples, (i, j) => calibration.X.Row(i).SequenceCompareTo(calibration.X.Row(j)));
            for (int place = 0; place < samples.Length; place++)
            {
                folds[samples[place]] = place % Count;
            }
        }

        return folds;
    }
}
