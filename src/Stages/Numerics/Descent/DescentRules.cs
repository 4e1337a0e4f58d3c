namespace Pipeline.Stages.Numerics.Descent;

/// <summary>When a descent ends.</summary>
/// <param name="IterationsMax">Most steps.</param>
/// <param name="GradientTolerance">Ends where no partial derivative is larger.</param>
/// <param name="EvaluationsMax">Ends after the step in which there were more evaluations.</param>
/// <param name="ValueTolerance">Ends where a step gains at most this part of the value, or of 1.</param>
internal sealed record DescentRules(
    int IterationsMax,
    double GradientTolerance,
    int EvaluationsMax = 15000,
    double ValueTolerance = 2.2204460492503131e-09);
