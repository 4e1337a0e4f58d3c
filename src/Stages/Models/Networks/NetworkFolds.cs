using System.Collections.Immutable;
using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Models.Networks;

/// <summary>Networks of all folds, several folds side by side, one group of settings after the other in each.</summary>
/// <remarks>
/// Groups share what a fold prepares (scaling, split, row space), and the networks of one group are dropped before the next is trained.
/// What a fold holds out reaches none of its bits; neither does the number of threads.
/// </remarks>
internal static class NetworkFolds
{
    /// <summary>Predicts the held-out samples of several folds.</summary>
    /// <param name="data">The spectra.</param>
    /// <param name="folds">The folds.</param>
    /// <param name="groups">The settings, by index, that are answered together.</param>
    /// <param name="prepare">What the groups of a fold share.</param>
    /// <param name="fit">Answers one group.</param>
    /// <param name="predictions">Every setting × fold is written once.</param>
    /// <param name="cancellation">Looked at before each group of each fold.</param>
    public static void Predict<T>(
        SharedSpectra data,
        ImmutableArray<int> folds,
        ImmutableArray<int[]> groups,
        Func<FoldSpectra, T> prepare,
        Func<T, int[], FittedSettings> fit,
        FoldPredictions predictions,
        CancellationToken cancellation)
    {
        int settings = groups.Sum(group => group.Length);
        FoldLanes.Run(
            folds,
            data.Runner,
            k =>
            {
                FoldSpectra rows = data.Rows(new FoldSplit(k));
                T prepared = prepare(rows);
                int outputs = data.Y.Columns;
                var answers = new FoldAnswers(new Matrix(settings, rows.HeldOut.Rows * outputs), new string?[settings]);
                foreach (int[] group in groups)
                {
                    cancellation.ThrowIfCancellationRequested();
                    fit(prepared, group).WriteTo(group, rows.HeldOut, outputs, answers);
                }

                return answers;
            },
            (k, answers) => answers.WriteTo(predictions, k),
            (k, reason) => FoldAnswers.FailAll(predictions, k, settings, reason),
            cancellation);
    }
}
