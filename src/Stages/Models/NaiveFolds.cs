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

    /// <summary>The q values that one setting predicts for each sample, sample after sample.</summary>
    internal static void CopyOutputs(Matrix yHat, int setting, int q, Span<double> values)
    {
        for (int i = 0; i < yHat.Rows; i++)
        {
            yHat.Row(i).Slice(setting * q, q).CopyTo(values[(i * q)..]);
        }
    }

    /// <summary>Writes what a path predicts for a fold's held-out samples.</summary>
    internal static void Write(ISettingPath path, int fold, Matrix heldOut, int settings, FoldPredictions predictions)
    {
        int q = predictions.OutputCount;
        var yHat = new Matrix(heldOut.Rows, settings * q);
        path.Predict(heldOut.View, yHat.Span);
        double[] values = new double[heldOut.Rows * q];
        for (int s = 0; s < settings; s++)
        {
            if (path.FailureOf(s) is { } reason)
            {
                predictions.Fail(s, fold, reason);
                continue;
            }

            CopyOutputs(yHat, s, q, values);
            predictions.Complete(s, fold, values);
        }
    }
}
