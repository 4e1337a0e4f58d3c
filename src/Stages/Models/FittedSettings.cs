using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models;

/// <summary>The models that one calibration set gives for several settings of a family.</summary>
/// <param name="Models">The model of each setting, or null where it has none.</param>
/// <param name="Failures">Why a setting has no model, or null.</param>
internal sealed record FittedSettings(IFittedModel?[] Models, string?[] Failures) : ISettingPath
{
    /// <inheritdoc/>
    public string? FailureOf(int settingIndex) => Failures[settingIndex];

    /// <inheritdoc/>
    public void Predict(MatrixView x, MatrixSpan yHat)
    {
        for (int s = 0; s < Models.Length; s++)
        {
            if (Models[s] is { } model)
            {
                int q = model.ResponseCount;
                model.Predict(x, yHat.Block(0, s * q, x.Rows, q));
            }
        }
    }

    /// <summary>Predicts held-out spectra with every setting, into its place among the answers of a fold.</summary>
    /// <param name="places">The place of each setting.</param>
    /// <param name="heldOut">The spectra.</param>
    /// <param name="outputs">Values predicted for each, q.</param>
    /// <param name="answers">The answers of the fold.</param>
    public void WriteTo(ReadOnlySpan<int> places, Matrix heldOut, int outputs, FoldAnswers answers)
    {
        for (int s = 0; s < places.Length; s++)
        {
            answers.Failures[places[s]] = Failures[s];
            Models[s]?.Predict(heldOut.View, new MatrixSpan(answers.YHat.Row(places[s]), heldOut.Rows, outputs, outputs));
        }
    }

    /// <inheritdoc/>
    public void CopyImportance(int settingIndex, Span<double> importance) =>
        (Models[settingIndex] ?? throw new InvalidOperationException($"A setting without answer has no importance: {Failures[settingIndex]}"))
        .CopyImportance(importance);
}
