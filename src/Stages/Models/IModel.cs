using System.Collections.Immutable;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models;

/// <summary>The specification of one model with all its settings.</summary>
public interface IModel
{
    /// <summary>Fits the model; a response or variable without variance is no error.</summary>
    /// <param name="x">n × p calibration spectra, as measured; centring is the model's own business.</param>
    /// <param name="y">n × q responses.</param>
    /// <exception cref="Engine.StageException">The data do not allow this model, for example more components than rank.</exception>
    IFittedModel Fit(MatrixView x, MatrixView y);
}

/// <summary>A fitted model.</summary>
/// <remarks>
/// Immutable, safe to use from several threads, keeps no reference to the calibration data; a model that consists of
/// calibration spectra, as kernel models do, keeps a copy.
/// </remarks>
public interface IFittedModel
{
    /// <summary>Variables expected of a spectrum, p.</summary>
    int VariableCount { get; }

    /// <summary>Responses predicted, q; of classes, their number.</summary>
    int ResponseCount { get; }

    /// <summary>All that the model has learnt, under names from which its family restores it (<see cref="ICandidateFamily.Restore"/>).</summary>
    ImmutableArray<NamedArray> Learnt { get; }

    /// <summary>Predicts n × p spectra into n × q values: of classes, probabilities that add up to 1.</summary>
    void Predict(MatrixView x, MatrixSpan yHat);

    /// <summary>How much each variable matters to the model, p values of at least 0; the model says by what measure.</summary>
    void CopyImportance(Span<double> importance);
}
