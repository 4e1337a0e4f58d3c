using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Classes;

/// <summary>What one calibration set gives for several settings of a family of classes.</summary>
/// <param name="Models">The model of each setting, or null where it has none.</param>
/// <param name="Failures">Why a setting has no model, or null.</param>
internal sealed record ClassFits(IFittedModel?[] Models, string?[] Failures) : ISettingPath
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

    /// <inheritdoc/>
    public void CopyImportance(int settingIndex, Span<double> importance) =>
        (Models[settingIndex] ?? throw new InvalidOperationException($"A setting without answer has no importance: {Failures[settingIndex]}"))
        .CopyImportance(importance);
}
