using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Pipeline.Host.Http.Api;
using Pipeline.Host.Http.Tables;
using Pipeline.Host.Http.Views;
using Pipeline.Host.Results;
using Pipeline.Host.Runs.Queue;
using Pipeline.Host.Service;
using Pipeline.Host.State;

namespace Pipeline.Host.Http.Live;

/// <summary>Answers about runs, and what is asked of them.</summary>
internal sealed class RunAnswers(DaemonSight sight, RunViews views)
{
    /// <summary>What a run's number looks like.</summary>
    public const string IdPattern = "^[0-9]{1,15}$";

    private static readonly JsonSerializerOptions Strict = new(ApiJson.Options) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow };

    /// <summary>Runs, the newest first.</summary>
    public ApiAnswer List(ApiRequest request)
    {
        long before = request.Find(ApiRoutes.AfterName) is { } after ? long.Parse(after, CultureInfo.InvariantCulture) : long.MaxValue;
        int limit = request.Limit(ApiRoutes.PageItems);
        QueuedRun[] runs =
        [
            .. sight.Queue.All().OrderByDescending(run => run.Id)
                .Where(run => run.Id < before
                    && (request.Find("study") is not { } study || run.Study == study)
                    && (request.Find("state") is not { } state || QueueTable.Word(run.Phase) == state))
                .Take(limit + 1),
        ];
        Page<QueuedRun> page = Page<QueuedRun>.Of(runs, limit, run => run.Id.ToString(CultureInfo.InvariantCulture));
        return new ApiAnswer.Json(new Page<RunStatusView>([.. page.Items.Select(views.Of)], page.Next));
    }

    /// <summary>One run.</summary>
    public ApiAnswer One(ApiRequest request) => Find(request) is { } run ? new ApiAnswer.Json(views.Of(run)) : Missing(request);

    /// <summary>The leaderboard of a run.</summary>
    public ApiAnswer Leaderboard(ApiRequest request) =>
        OfComplete(request, "leaderboard", (folder, whose) => TableAnswers.Of(sight, request, folder, ResultFiles.Leaderboard, whose));

    /// <summary>The held-out predictions of a run.</summary>
    public ApiAnswer Predictions(ApiRequest request) =>
        OfComplete(request, "predictions", (folder, whose) => TableAnswers.Of(sight, request, folder, ResultFiles.Predictions, whose));

    /// <summary>What the results of a run come from.</summary>
    public ApiAnswer Provenance(ApiRequest request) => OfComplete(request, "provenance", (folder, whose) => ProvenanceAnswers.Of(sight, folder, whose));

    /// <summary>The report of a run.</summary>
    public ApiAnswer Report(ApiRequest request) => OfComplete(request, "report", (folder, whose) => ReportAnswers.Of(sight, folder, whose));

    /// <summary>The run that a request names, or null.</summary>
    public QueuedRun? Find(ApiRequest request) => sight.Queue.Find(IdOf(request));

    /// <summary>Asks for a run of a study.</summary>
    public async ValueTask<ApiAnswer> AskAsync(ApiRequest request, CancellationToken cancellation)
    {
        if (sight.StudySet.Find(request["name"]) is not { } study)
        {
            return ApiAnswer.NotFound(Names.Missing("study", request["name"], sight.Studies.Select(one => one.Name)));
        }

        (RunRequestView? asked, ApiAnswer? wrong) = await ReadAsync(request, isNeeded: false, cancellation);
        if (wrong is not null)
        {
            return wrong;
        }

        (QueuedRun run, bool isNew) = await study.AskAsync(asked?.Priority ?? 0);
        if (run.Phase == RunPhase.Paused)
        {
            return new ApiAnswer.Refused(Problem.Of(
                StatusCodes.Status409Conflict,
                $"Run {run.Id} of study '{run.Study}' is paused, and a study has one run at a time. POST {RunViews.PathOf(run)}/resume has it go on, "
                + $"{RunViews.PathOf(run)}/cancel makes room for another."));
        }

        return new ApiAnswer.Json(views.Of(run), isNew ? StatusCodes.Status201Created : StatusCodes.Status200OK) { Location = RunViews.PathOf(run) };
    }

    /// <summary>Holds a run back.</summary>
    public ValueTask<ApiAnswer> PauseAsync(ApiRequest request, CancellationToken cancellation) =>
        ChangedAsync(request, "pause", sight.Queue.PauseAsync(IdOf(request)));

    /// <summary>Puts a run that was held back into the queue again.</summary>
    public ValueTask<ApiAnswer> ResumeAsync(ApiRequest request, CancellationToken cancellation) =>
        ChangedAsync(request, "resume", sight.Queue.ResumeAsync(IdOf(request)));

    /// <summary>Ends a run.</summary>
    public ValueTask<ApiAnswer> CancelAsync(ApiRequest request, CancellationToken cancellation) =>
        ChangedAsync(request, "cancel", sight.Queue.CancelAsync(IdOf(request)));

    /// <summary>Gives a run another priority.</summary>
    public async ValueTask<ApiAnswer> RankAsync(ApiRequest request, CancellationToken cancellation)
    {
        (RunRequestView? asked, ApiAnswer? wrong) = await ReadAsync(request, isNeeded: true, cancellation);
        return wrong ?? await ChangedAsync(request, "rank", sight.Queue.RankAsync(IdOf(request), asked!.Priority));
    }

    /// <summary>That there is no such run.</summary>
    public static ApiAnswer Missing(ApiRequest request) => ApiAnswer.NotFound(
        $"There is no run '{request["id"]}'. Of each study the one that has not ended and the latest that have are kept; they are listed at '/v1/runs'.");

    private ApiAnswer OfComplete(ApiRequest request, string what, Func<string, string, ApiAnswer> answer)
    {
        if (Find(request) is not { } run)
        {
            return Missing(request);
        }

        return run.Folder.Length > 0
            ? answer(run.Folder, $"run {run.Id}")
            : ApiAnswer.NotFound($"Run {run.Id} is {QueueTable.Word(run.Phase)} and has no {what}; a complete one has.");
    }

    private static long IdOf(ApiRequest request) => long.Parse(request["id"], CultureInfo.InvariantCulture);

    private async ValueTask<ApiAnswer> ChangedAsync(ApiRequest request, string what, Task<RunChange> changing)
    {
        RunChange change = await changing;
        if (change.Run is not { } run)
        {
            return Missing(request);
        }

        string[] possible = [.. RunViews.Possible(run)];
        return change.IsAllowed
            ? new ApiAnswer.Json(views.Of(run))
            : new ApiAnswer.Refused(Problem.Of(
                StatusCodes.Status409Conflict,
                $"Run {run.Id} is {QueueTable.Word(run.Phase)}, so '{what}' cannot be. "
                + (possible.Length > 0 ? $"Possible: {string.Join(", ", possible)}." : $"Ask for another one: POST /v1/studies/{run.Study}/runs.")));
    }

    private static async Task<(RunRequestView? Asked, ApiAnswer? Wrong)> ReadAsync(ApiRequest request, bool isNeeded, CancellationToken cancellation)
    {
        using var bytes = new MemoryStream();
        await request.Body.CopyToAsync(bytes, cancellation);
        if (bytes.Length == 0 && !isNeeded)
        {
            return (null, null);
        }

        // A client's text, which is the client's to mend.
        string found;
        try
        {
            if (JsonSerializer.Deserialize<RunRequestView>(bytes.GetBuffer().AsSpan(0, (int)bytes.Length), Strict) is
                { Priority: >= QueuedRun.PriorityMin and <= QueuedRun.PriorityMax } asked)
            {
                return (asked, null);
            }

            found = "another value.";
        }
        catch (JsonException wrong)
        {
            found = wrong.Message;
        }

        return (null, new ApiAnswer.Refused(Problem.Of(
            StatusCodes.Status400BadRequest,
            $"The body must be JSON such as {{ \"priority\": 0 }}, with a whole number from {QueuedRun.PriorityMin} to "
                + $"{QueuedRun.PriorityMax}; found: {found}")));
    }
}
