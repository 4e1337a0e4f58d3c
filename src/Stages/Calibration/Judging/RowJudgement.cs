namespace Pipeline.Stages.Calibration.Judging;

/// <summary>How sure the figures of one ranked candidate are.</summary>
/// <remarks>
/// What varies is the samples: the candidate's own predictions are taken as they are, so none of it sees that the best of
/// many was chosen. That is what the nested estimate is for.
/// </remarks>
/// <param name="Rmse">Interval of RMSECV.</param>
/// <param name="RSquared">Interval of R².</param>
/// <param name="Bias">Interval of the bias.</param>
/// <param name="PAgainstBest">
/// Probability of so large a lead of the best over this one if both predicted equally well; 1 for the best itself.
/// </param>
/// <param name="RankConfidence">Share of resamples in which it ranks first of all that are judged.</param>
public sealed record RowJudgement(Interval Rmse, Interval RSquared, Interval Bias, double PAgainstBest, double RankConfidence);
