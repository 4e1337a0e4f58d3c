using Pipeline.Stages.Calibration;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Prediction;

/// <summary>A candidate refitted on all calibration samples, with what these samples say about it.</summary>
/// <remarks>Made once for a chosen candidate; metrics, the saved model and the report read it.</remarks>
/// <param name="Fitted">The fitted candidate.</param>
/// <param name="Scores">The space in which spectra are judged.</param>
/// <param name="Predictions">Its predictions of the samples that it was fitted on, q side by side.</param>
/// <param name="Distances">How far each of these samples lies in that space.</param>
public sealed record CandidateRefit(FittedCandidate Fitted, ScoreModel Scores, double[] Predictions, ScoreDistance[] Distances)
{
    /// <summary>Fits a candidate on all samples. Memory: the pretreated spectra twice, beside what the model takes.</summary>
    /// <exception cref="Engine.StageException">It cannot be fitted on all samples.</exception>
    public static CandidateRefit Of(Candidate candidate, CalibrationSet samples)
    {
        FittedCandidate fitted = FittedCandidate.Fit(candidate, samples);
        Matrix seen = fitted.Pretreat(samples.X.View);
        ScoreModel scores = ScoreModel.Of(fitted.Model, seen.View);
        var yHat = new Matrix(seen.Rows, fitted.Model.ResponseCount);
        fitted.Model.Predict(seen.View, yHat.Span);
        return new CandidateRefit(fitted, scores, yHat.Values.ToArray(), scores.Distances(seen.View));
    }
}
