using Microsoft.AspNetCore.Http;
using Pipeline.Host.Datasets;
using Pipeline.Host.Http.Api;
using Pipeline.Host.Http.Views;
using Pipeline.Host.Inbox;
using Pipeline.Host.Service;

namespace Pipeline.Host.Http.Intake;

/// <summary>Takes whole files, as a watched folder does.</summary>
/// <remarks>Safe for all threads. A file lies in memory while it comes, accounted for as it grows.</remarks>
internal sealed class SourceIntake(DaemonSight sight)
{
    /// <summary>The parameter for the file's name.</summary>
    public const string FileName = "name";

    /// <summary>Answers a request.</summary>
    public async ValueTask<ApiAnswer> AnswerAsync(ApiRequest request, CancellationToken cancellation)
    {
        string dataset = request["name"];
        if (!sight.Stores.ContainsKey(dataset))
        {
            return ApiAnswer.NotFound(Names.Missing("dataset", dataset, sight.Stores.Keys));
        }

        using IntakeRoom room = sight.Intake.NewRoom();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, sight.Intake.Stopping);

        // What is expected to go wrong becomes a problem; defects go to the door of HTTP.
        try
        {
            sight.Intake.RequireOpen();
            using MemoryStream bytes = await room.ReadAsync(request.Body, either.Token);
            IngestOutcome outcome = await sight.Intake.TakeAsync(dataset, bytes, request.Find(FileName), isKeptWhenRefused: true);
            return IntakeProblems.Of(outcome) is { } refused
                ? new ApiAnswer.Refused(refused)
                : new ApiAnswer.Json(
                    SourceOutcomeView.Of(outcome), outcome.Kind is IngestKind.Known or IngestKind.Alias ? StatusCodes.Status200OK
                        : StatusCodes.Status201Created);
        }
        catch (OperationCanceledException) when (sight.Intake.Stopping.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            return new ApiAnswer.Refused(Problem.Of(StatusCodes.Status503ServiceUnavailable, "The daemon is stopping. Send the file again when it runs."));
        }
        catch (Exception failure) when (IntakeProblems.Of(failure) is { } problem)
        {
            return new ApiAnswer.Refused(problem);
        }
    }
}
