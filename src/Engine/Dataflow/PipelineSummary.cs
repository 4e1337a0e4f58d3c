using System.Collections.Immutable;

namespace Pipeline.Engine.Dataflow;

/// <summary>What a finished run of a pipeline did.</summary>
/// <param name="Name">The pipeline's name.</param>
/// <param name="Taken">Tickets taken from the source: the sum of the three that follow.</param>
/// <param name="Succeeded">Tickets that passed all steps.</param>
/// <param name="Failed">Tickets with a failure other than cancellation.</param>
/// <param name="Canceled">Tickets cancelled by one of the steps.</param>
/// <param name="InFlightPeak">The most tickets between source and end of the sink at once.</param>
/// <param name="Steps">The blocks in order, the sink last.</param>
public sealed record PipelineSummary(
    string Name,
    long Taken,
    long Succeeded,
    long Failed,
    long Canceled,
    int InFlightPeak,
    ImmutableArray<StepProgress> Steps);
