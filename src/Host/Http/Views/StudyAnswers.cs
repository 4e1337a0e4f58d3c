using System.Text.Json;
using Pipeline.Host.Http.Api;
using Pipeline.Host.Http.Tables;
using Pipeline.Host.Results;
using Pipeline.Host.Runs.Queue;
using Pipeline.Host.Service;
using Pipeline.Host.Service.Studies;
using Pipeline.Host.State;
using Pipeline.Stages.Calibration;

namespace Pipeline.Host.Http.Views;

/// <summary>Answers about studies.</summary>
internal sealed class StudyAnswers(DaemonSight sight)
{
    /// <summary>All studies.</summary>
    public ApiAnswer List(ApiRequest request)
    {
        Page<BoundStudyRunner> studies = request.PageOf(sight.Studies, study => study.Name);
        return new ApiAnswer.Json(new Page<StudyView>([.. studies.Items.Select(View)], studies.Next));
    }

    /// <summary>One study.</summary>
    public ApiAnswer One(ApiRequest request) =>
        sight.Studies.FirstOrDefault(one => one.Name == request["name"]) is { } study ? new ApiAnswer.Json(View(study)) : Missing(request["name"]);

    /// <summary>The leaderboard of the latest complete run.</summary>
    public ApiAnswer Leaderboard(ApiRequest request) =>
        OfLatest(request, "leaderboard", (folder, whose) => TableAnswers.Of(sight, request, folder, ResultFiles.Leaderboard, whose));

    /// <summary>The report of the latest complete run.</summary>
    public ApiAnswer Report(ApiRequest request) => OfLatest(request, "report", (folder, whose) => ReportAnswers.Of(sight, folder, whose));

    private ApiAnswer OfLatest(ApiRequest request, string what, Func<string, string, ApiAnswer> answer)
    {
        if (sight.Studies.FirstOrDefault(one => one.Name == request["name"]) is not { } study)
        {
            return Missing(request["name"]);
        }

        if (study.Row.Run is not { } run)
        {
            return ApiAnswer.NotFound($"Study '{study.Name}' has no {what} yet: it runs when {study.RunAfterReferences} new reference values have come.");
        }

        return answer(Path.Combine("studies", study.Name, run.ToShortString()), $"study '{study.Name}'");
    }

    private StudyView View(BoundStudyRunner study)
    {
        StudyRow row = study.Row;
        QueuedRun? latest = sight.Queue.Latest(study.Name);
        return new StudyView(
            study.Name,
            study.DatasetName,
            study.RunAfterReferences,
            row.KnownCount,
            JsonSerializer.Deserialize<JsonElement>(StudyFile.Write(study.Study)),
            latest is null ? null : new RunView(latest.Id, latest.Key?.ToString(), QueueTable.Word(latest.Phase), latest.Asked, latest.Begun, latest.Ended),
            row.Run is not null,
            row.ModelFolder.Length > 0,
            study.Refusal ?? (latest is { Phase: RunPhase.Refused } refused ? refused.Why : null));
    }

    private ApiAnswer Missing(string name) => ApiAnswer.NotFound(Names.Missing("study", name, sight.Studies.Select(study => study.Name)));
}
