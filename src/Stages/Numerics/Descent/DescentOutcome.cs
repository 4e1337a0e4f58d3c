namespace Pipeline.Stages.Numerics.Descent;

/// <summary>How a descent ended.</summary>
/// <param name="Value">The function's value where it ended.</param>
/// <param name="Iterations">Steps taken.</param>
/// <param name="Evaluations">Evaluations of function and gradient.</param>
/// <param name="HasConverged">Whether it ended by its tolerances, not by a limit or for want of a better step.</param>
internal readonly record struct DescentOutcome(double Value, int Iterations, int Evaluations, bool HasConverged);
