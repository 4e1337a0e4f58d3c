using System.Collections.Immutable;
using Microsoft.AspNetCore.Http;
using Pipeline.Host.Http.Api;
using Pipeline.Host.Http.Tables;
using Pipeline.Host.Http.Views;

namespace Pipeline.Host.Http.Live;

/// <summary>The routes of runs, of the status, and of events.</summary>
/// <param name="runs">Answers about runs.</param>
/// <param name="live">Streams.</param>
/// <param name="status">The whole daemon.</param>
internal sealed class LiveRoutes(RunAnswers runs, LiveAnswers live, StatusViews status)
{
    private const string EventPattern = "^[0-9]{1,18}$";
    private const string EventRule = "the number of an event";
    private const int RequestBytesMax = 4 << 10;

    private static readonly ApiParameter Id = new("id", ApiPlace.Path, "The run's number.", RunAnswers.IdPattern, "a number");
    private static readonly ApiBody Request = new([ApiOffer.Json], RequestBytesMax, typeof(RunRequestView), "The run's priority.");
    private static readonly ImmutableArray<ApiParameter> From =
    [
        new ApiParameter(ApiRoutes.AfterName, ApiPlace.Query, "The event after which to begin.", EventPattern, EventRule),
        new ApiParameter(LiveAnswers.LastName, ApiPlace.Header, "The same, as browsers say it when they come again.", EventPattern, EventRule),
    ];

    /// <summary>The routes.</summary>
    /// <param name="limit">The parameter for the length of a page.</param>
    /// <param name="study">The parameter for a study's name in a path.</param>
    public IEnumerable<ApiRoute> Of(ApiParameter limit, ApiParameter study) =>
    [
        new ApiRoute
        {
            Pattern = "/v1/status",
            Id = "getStatus",
            Summary = "The whole daemon in one document.",
            Offers = [Json<StatusView>("The status.")],
            Answer = ApiRoute.Now(_ => new ApiAnswer.Json(status.Now())),
        },
        new ApiRoute
        {
            Pattern = "/v1/events",
            Id = "getEvents",
            Summary = "What happens, as Server-Sent Events; from an event on where one is named.",
            Parameters = From,
            Offers = [Events("'progress' carries the status, at most once a second.")],
            Answer = ApiRoute.Now(live.OfAll),
        },
        new ApiRoute
        {
            Pattern = "/v1/runs",
            Id = "listRuns",
            Summary = "Runs that have not ended, and the latest ended ones of each study; the newest first.",
            Parameters =
            [
                limit,
                new ApiParameter(
                    ApiRoutes.AfterName,
                    ApiPlace.Query,
                    "The 'next' of the page before; nothing for the first page.",
                    RunAnswers.IdPattern,
                    "a number"),
                study with { Name = "study", Place = ApiPlace.Query, Meaning = "Only runs of this study." },
                new ApiParameter(
                    "state", ApiPlace.Query, "Only runs in this state.", "^(queued|running|paused|completed|refused|cancelled|failed)$",
                    "one of queued, running, paused, completed, refused, cancelled, failed"),
            ],
            Offers = [Json<Page<RunStatusView>>("A page of runs.")],
            Answer = ApiRoute.Now(runs.List),
        },
        new ApiRoute
        {
            Pattern = "/v1/runs/{id}",
            Id = "getRun",
            Summary = "One run: where it stands, how far it is, what its blocks do, what its results come from.",
            Parameters = [Id],
            Offers = [Json<RunStatusView>("The run.")],
            Answer = ApiRoute.Now(runs.One),
        },
        new ApiRoute
        {
            Method = HttpMethods.Patch,
            Pattern = "/v1/runs/{id}",
            Id = "rankRun",
            Summary = "Gives a run that has not ended another priority.",
            Parameters = [Id],
            Body = Request,
            Offers = [Json<RunStatusView>("The run.")],
            Answer = runs.RankAsync,
        },
        Change("pause", "Finishes a run's units in work, keeps them, and holds the rest back until it is resumed; also after a restart.", runs.PauseAsync),
        Change("resume", "Puts a paused run into the queue again, at its old place.", runs.ResumeAsync),
        Change("cancel", "Ends a run; its finished units are kept, and its study stays as it was.", runs.CancelAsync),
        new ApiRoute
        {
            Pattern = "/v1/runs/{id}/leaderboard",
            Id = "getRunLeaderboard",
            Summary = "The leaderboard of a complete run.",
            Parameters = [Id],
            Offers = TableRoutes.FileOffers<LeaderboardView>("The leaderboard with everything that was asked for."),
            Answer = ApiRoute.Now(runs.Leaderboard),
        },
        new ApiRoute
        {
            Pattern = "/v1/runs/{id}/predictions",
            Id = "getRunPredictions",
            Summary = "The held-out predictions of a complete run's best candidates, with reference and fold of every sample.",
            Parameters = [Id],
            Offers = TableRoutes.FileOffers("The predictions."),
            Answer = ApiRoute.Now(runs.Predictions),
        },
        new ApiRoute
        {
            Pattern = "/v1/runs/{id}/provenance",
            Id = "getRunProvenance",
            Summary = "What the results of a complete run come from: digests of inputs, study, folds, seeds, methods with versions, program, times, cache.",
            Parameters = [Id],
            Offers = ProvenanceAnswers.Offers,
            Answer = ApiRoute.Now(runs.Provenance),
        },
        new ApiRoute
        {
            Pattern = "/v1/runs/{id}/report",
            Id = "getRunReport",
            Summary = "The report of a complete run, for people.",
            Parameters = [Id],
            Offers = ReportAnswers.Offers,
            Answer = ApiRoute.Now(runs.Report),
        },
        new ApiRoute
        {
            Pattern = "/v1/runs/{id}/events",
            Id = "getRunEvents",
            Summary = "What happens to a run, as Server-Sent Events; all of it, or from an event on where one is named.",
            Parameters = [Id, .. From],
            Offers = [Events("'progress' carries the run as at /v1/runs/{id}, at most once a second.")],
            Answer = ApiRoute.Now(live.OfRun),
        },
        new ApiRoute
        {
            Method = HttpMethods.Post,
            Pattern = "/v1/studies/{name}/runs",
            Id = "askForRun",
            Summary = "Asks for a run, also where nothing is new; units that are known cost nothing. 409 where the study has one that is paused.",
            Parameters = [study],
            Body = Request,
            Offers = [Json<RunStatusView>("The run that the study has already and that has not ended; it has the greater priority of the two now.")],
            Otherwise = [(StatusCodes.Status201Created, "A new run.")],
            Answer = runs.AskAsync,
        },
    ];

    private static ApiRoute Change(string what, string summary, Func<ApiRequest, CancellationToken, ValueTask<ApiAnswer>> answer) => new()
    {
        Method = HttpMethods.Post,
        Pattern = $"/v1/runs/{{id}}/{what}",
        Id = $"{what}Run",
        Summary = summary + " 409 where the run does not allow it.",
        Parameters = [Id],
        Offers = [Json<RunStatusView>("The run as it is now.")],
        Answer = answer,
    };

    private static ApiOffer Events(string progress) => new(
        LiveAnswers.ContentType, null, $"Messages with an id are events as in 'events' of the status; 'gap' says which have been dropped before; {progress}");

    private static ApiOffer Json<T>(string meaning) => new(ApiOffer.Json, typeof(T), meaning);
}
