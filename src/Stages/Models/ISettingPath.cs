using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models;

/// <summary>The answers of one fit for several settings of a family.</summary>
public interface ISettingPath
{
    /// <summary>Why the setting has no answer on these calibration data, or null where it has one.</summary>
    string? FailureOf(int settingIndex);

    /// <summary>
    /// Predicts n spectra with every setting into n × (settings · q) values, those of one setting side by side; columns
    /// without answer are not touched.
    /// </summary>
    void Predict(MatrixView x, MatrixSpan yHat);

    /// <summary>How much each variable matters to one setting; see <see cref="IFittedModel.CopyImportance"/>.</summary>
    void CopyImportance(int settingIndex, Span<double> importance);
}
