using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models;

/// <summary>What one fold's held-out samples are predicted with every setting.</summary>
/// <param name="YHat">Settings × held-out samples; of classes, the probabilities of a sample side by side.</param>
/// <param name="Failures">Why a setting has no answer, or null where it has one.</param>
internal sealed record FoldAnswers(Matrix YHat, string?[] Failures)
{
    /// <summary>Writes all settings of one fold.</summary>
    public void WriteTo(FoldPredictions predictions, int fold)
    {
        for (int s = 0; s < Failures.Length; s++)
        {
            if (Failures[s] is { } reason)
            {
                predictions.Fail(s, fold, reason);
            }
            else
            {
                predictions.Complete(s, fold, YHat.Row(s));
            }
        }
    }

    /// <summary>Says of all settings of one fold why they have no answer.</summary>
    public static void FailAll(FoldPredictions predictions, int fold, int settings, string reason)
    {
        for (int s = 0; s < settings; s++)
        {
            predictions.Fail(s, fold, reason);
        }
    }
}
