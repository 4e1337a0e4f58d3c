using Pipeline.Stages.Models.Kernels;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.SupportVectors;

/// <summary>Radial support vector regressions of several settings that share one copy of their calibration spectra.</summary>
internal sealed class SupportVectorPath(KernelExpansion expansion, SupportVectorWeights weights) : ISettingPath
{
    /// <inheritdoc/>
    public string? FailureOf(int settingIndex) => weights.Failures[settingIndex];

    /// <summary>
    /// One distance to every calibration sample for all settings. Time 2mp, and m for each kernel and 2m for each setting, for every
    /// spectrum.
    /// </summary>
    public void Predict(MatrixView x, MatrixSpan yHat)
    {
        double[] squared = new double[expansion.Count];
        double[] kernel = new double[expansion.Count];
        double[] centred = new double[x.Columns];
        double[] values = new double[weights.Failures.Length];
        for (int i = 0; i < x.Rows; i++)
        {
            expansion.Distances(x.Row(i), centred, squared);
            weights.Sum(squared, kernel, values);
            for (int s = 0; s < values.Length; s++)
            {
                if (weights.Failures[s] is null)
                {
                    yHat[i, s] = values[s];
                }
            }
        }
    }

    /// <summary>Root mean square, over support vectors, of the derivative of the prediction by each variable.</summary>
    public void CopyImportance(int settingIndex, Span<double> importance)
    {
        if (weights.Failures[settingIndex] is { } reason)
        {
            throw new InvalidOperationException($"A setting without answer has no importance: {reason}");
        }

        weights.Expansion(settingIndex, expansion).CopyImportance(importance);
    }
}
