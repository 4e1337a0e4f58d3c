using Microsoft.AspNetCore.Http;
using Pipeline.Engine;
using Pipeline.Host.Datasets;
using Pipeline.Host.Inbox;

namespace Pipeline.Host.Http.Intake;

/// <summary>What goes wrong while data are taken, as problems.</summary>
internal static class IntakeProblems
{
    /// <summary>The problem of an expected failure; null for what is a defect, or nobody is there to hear.</summary>
    public static Problem? Of(Exception failure) => failure switch
    {
        IntakeObstacleException { Obstacle: IntakeObstacle.Busy } => Problem.Of(StatusCodes.Status429TooManyRequests, failure.Message),
        IntakeObstacleException => Problem.Of(StatusCodes.Status503ServiceUnavailable, failure.Message),
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => Problem.Of(
            StatusCodes.Status413PayloadTooLarge, "The body is longer than is taken here (batches: Pipeline:Http:Upload; files: about 2 % "
                + "of Pipeline:Memory). Send it in parts."),
        BadHttpRequestException bad => Problem.Of(bad.StatusCode, bad.Message),
        OutOfMemoryException => Problem.Of(
            StatusCodes.Status429TooManyRequests, "There is not enough free memory for this at the moment. Send the same again a little "
                + "later, in smaller batches, or raise Pipeline:Memory."),
        StageException { Kind: FailureKind.OverBudget } => Problem.Of(StatusCodes.Status413PayloadTooLarge, failure.Message),
        StageException { Kind: FailureKind.Storage } => Problem.Of(StatusCodes.Status503ServiceUnavailable, failure.Message),
        StageException refused => At(Problem.Of(StatusCodes.Status422UnprocessableEntity, refused.Message), refused.Place),
        _ => null,
    };

    /// <summary>The problem of bytes that could not join; null where they have.</summary>
    public static Problem? Of(IngestOutcome outcome) => outcome.Kind switch
    {
        IngestKind.Refused => At(Problem.Of(StatusCodes.Status422UnprocessableEntity, outcome.Message), outcome.Place),
        IngestKind.Quarantined => At(
            Problem.Of(StatusCodes.Status422UnprocessableEntity, $"{outcome.Message} The bytes are kept: /v1/quarantine/{outcome.Digest}."), outcome.Place),
        IngestKind.KnownBad => Problem.Of(
            StatusCodes.Status422UnprocessableEntity, $"These bytes could not join before. /v1/quarantine/{outcome.Digest} says why; POST "
                + "to its 'retry' tries them again."),
        _ => null,
    };

    private static Problem At(Problem problem, DataPlace? place) => problem with { Row = place?.Row, Column = place?.Column };
}
