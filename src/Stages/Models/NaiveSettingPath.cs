using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models;

/// <summary>One separate fit for every setting: what each fast path must equal.</summary>
public sealed class NaiveSettingPath : ISettingPath
{
    private readonly IFittedModel?[] _models;
    private readonly string?[] _failures;

    /// <summary>Fits every setting on its own.</summary>
    public NaiveSettingPath(ICandidateFamily family, MatrixView x, MatrixView y, ImmutableArray<ModelSetting> settings)
    {
        _models = new IFittedModel?[settings.Length];
        _failures = new string?[settings.Length];
        for (int s = 0; s < settings.Length; s++)
        {
            // Numerical failures belong to one setting; the others still have an answer.
            try
            {
                _models[s] = family.Model(settings[s]).Fit(x, y);
            }
            catch (StageException failure) when (failure.Kind == FailureKind.Numerical)
            {
                _failures[s] = failure.Message;
            }
        }
    }

    /// <inheritdoc/>
    public string? FailureOf(int settingIndex) => _failures[settingIndex];

    /// <inheritdoc/>
    public void Predict(MatrixView x, MatrixSpan yHat)
    {
        for (int s = 0; s < _models.Length; s++)
        {
            if (_models[s] is not { } model)
            {
                continue;
            }

            int q = model.ResponseCount;
            var one = new Matrix(x.Rows, q);
            model.Predict(x, one.Span);
            for (int i = 0; i < x.Rows; i++)
            {
                one.Row(i).CopyTo(yHat.Row(i)[(s * q)..]);
            }
        }
    }

    /// <inheritdoc/>
    public void CopyImportance(int settingIndex, Span<double> importance) =>
        (_models[settingIndex] ?? throw new InvalidOperationException("A setting without answer has no importance."))
        .CopyImportance(importance);
}
