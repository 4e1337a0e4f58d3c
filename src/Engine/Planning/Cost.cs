namespace Pipeline.Engine.Planning;

/// <summary>What a unit of work is expected to take.</summary>
/// <param name="CpuSeconds">Processor time on one core; orders work and predicts progress, never chooses arithmetic.</param>
/// <param name="PeakBytes">The most bytes held at once over the unit's whole chain; reserved before it starts.</param>
public readonly record struct Cost(double CpuSeconds, long PeakBytes);
