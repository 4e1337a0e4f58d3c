using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Pipeline.Host.Http.Api;
using Pipeline.Host.Runs.Queue;

namespace Pipeline.Host.Http.Live;

/// <summary>Answers that go on: events of a run, of the daemon.</summary>
internal sealed class LiveAnswers(RunAnswers runs, EventStreams streams)
{
    /// <summary>The header in which a browser says which event it had last.</summary>
    public const string LastName = "Last-Event-ID";

    /// <summary>The content type of events.</summary>
    public const string ContentType = "text/event-stream";

    /// <summary>Events of a run.</summary>
    public ApiAnswer OfRun(ApiRequest request) => runs.Find(request) is { } run ? Stream(request, run.Id) : RunAnswers.Missing(request);

    /// <summary>All events.</summary>
    public ApiAnswer OfAll(ApiRequest request) => Stream(request, null);

    /// <summary>What is said of a run now and then; null where there is none.</summary>
    public static StreamedWord? WordOf(QueuedRun? run, RunViews views)
    {
        if (run is null)
        {
            return null;
        }

        RunStatusView view = views.Of(run);
        string text = JsonSerializer.Serialize(view, ApiJson.Options);
        return new StreamedWord(text, text);
    }

    private ApiAnswer Stream(ApiRequest request, long? run)
    {
        // The header is of whoever comes again, so it knows better than the address with which he came first.
        string? last = request.Find(LastName) ?? request.Find(ApiRoutes.AfterName);
        long? after = last is null ? null : long.Parse(last, CultureInfo.InvariantCulture);
        return streams.IsFull
            ? new ApiAnswer.Refused(
                Problem.Of(StatusCodes.Status503ServiceUnavailable, "As many streams of events are open as may be. Close one, or try again later."))
            : new ApiAnswer.Streamed(ContentType, (target, cancellation) => streams.WriteAsync(run, after, target, cancellation));
    }
}
