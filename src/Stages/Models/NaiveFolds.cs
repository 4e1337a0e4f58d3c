using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Models;

/// <summary>One path for every fold, fold after fold: what each computation of all folds must equal.</summary>
public static class NaiveFolds
{
    /// <summary>Predicts the held-out samples of several folds; see <see cref="ICandidateFamily.PredictFolds"/>.</summary>
    public static void Predict(
        ICandidateFamily family,
        SharedSpectra data,
        ImmutableArray<int> folds,
        ImmutableArray<ModelSetting> settings,
        FoldPredictions predictions,
        CancellationToken cancellation)
    {
        foreach (int k in folds)
        {
            cancellation.ThrowIfCancellationRequested();

            // Bad data or numerics of one fold are no reason to lose the others.
            try
            {
                FoldSpectra rows = data.Rows(new FoldSplit(k));
                Write(family.FitPath(rows.X.View, rows.Y.View, settings), k, rows.HeldOut, settings.Length, predictions);
            }
            catch (StageException failure) when (failure.Kind is FailureKind.InvalidData or FailureKind.Numerical)
            {
                for (int s = 0; s < settings.Length; s++)
                {
                    if (predictions.IsOpen(s, k))
                    {
                        predictions.Fail(s, k, failure.Message);
                    }
                }
            }
        }
    }

    /// <summary>Writes what a path predicts for a fold's held-out samples.</summary>
    internal static void Write(ISettingPath path, int fold, Matrix heldOut, int settings, FoldPredictions predictions)
    {
        var yHat = new Matrix(heldOut.Rows, settings);
        path.Predict(heldOut.View, yHat.Span);
        double[] column = new double[heldOut.Rows];
        for (int s = 0; s < settings; s++)
        {
            if (path.FailureOf(s) is { } reason)
            {
                predictions.Fail(s, fold, reason);
                continue;
            }

            yHat.View.CopyColumn(s, column);
            predictions.Complete(s, fold, column);
        }
    }
}
