using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.LocalPls;

/// <summary>Local PLS of several settings: all component counts from one fit of each number of neighbours.</summary>
internal sealed class LocalPlsPath(LocalCalibration calibration, LocalPlsSetting[] settings) : ISettingPath
{
    /// <inheritdoc/>
    public string? FailureOf(int settingIndex) => settings[settingIndex].FailureFor(calibration.Count, calibration.VariableCount);

    /// <inheritdoc/>
    public void Predict(MatrixView x, MatrixSpan yHat)
    {
        int[] places = [.. Enumerable.Range(0, settings.Length).Where(s => FailureOf(s) is null)];
        calibration.Predict(x, [.. places.Select(s => settings[s])], places, yHat);
    }

    /// <inheritdoc/>
    public void CopyImportance(int settingIndex, Span<double> importance)
    {
        if (FailureOf(settingIndex) is { } reason)
        {
            throw new InvalidOperationException($"A setting without answer has no importance: {reason}");
        }

        calibration.CopyImportance(settings[settingIndex], importance);
    }
}
