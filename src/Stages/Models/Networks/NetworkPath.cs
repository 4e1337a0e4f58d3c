using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Networks;

/// <summary>Fitted networks of several settings.</summary>
/// <param name="models">The model of each setting, or null where it has no answer.</param>
/// <param name="failures">Why a setting has no answer, or null where it has one.</param>
internal sealed class NetworkPath(FittedNetworks?[] models, string?[] failures) : ISettingPath
{
    /// <inheritdoc/>
    public string? FailureOf(int settingIndex) => failures[settingIndex];

    /// <inheritdoc/>
    public void Predict(MatrixView x, MatrixSpan yHat)
    {
        var one = new Matrix(x.Rows, 1);
        for (int s = 0; s < models.Length; s++)
        {
            if (models[s] is not { } model)
            {
                continue;
            }

            model.Predict(x, one.Span);
            for (int i = 0; i < x.Rows; i++)
            {
                yHat[i, s] = one[i, 0];
            }
        }
    }

    /// <inheritdoc/>
    public void CopyImportance(int settingIndex, Span<double> importance) =>
        (models[settingIndex] ?? throw new InvalidOperationException($"A setting without answer has no importance: {failures[settingIndex]}"))
        .CopyImportance(importance);

    /// <summary>Answers of some settings written to their places among those of a fold.</summary>
    public void WriteTo(ReadOnlySpan<int> places, MatrixView heldOut, FoldAnswers answers)
    {
        var yHat = new Matrix(heldOut.Rows, models.Length);
        Predict(heldOut, yHat.Span);
        for (int s = 0; s < places.Length; s++)
        {
            answers.Failures[places[s]] = failures[s];
            yHat.View.CopyColumn(s, answers.YHat.Row(places[s]));
        }
    }
}
