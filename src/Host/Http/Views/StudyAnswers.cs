using System.Text.Json;
using Pipeline.Engine.State;
using Pipeline.Host.Http.Api;
using Pipeline.Host.Http.Tables;
using Pipeline.Host.Service;
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
    public ApiAnswer Leaderboard(ApiRequest request)
    {
        if (sight.Studies.FirstOrDefault(one => one.Name == request["name"]) is not { } study)
        {
            return Missing(request["name"]);
        }

        if (StudyRow.Read(sight.State, study.Name).Samples is not { } samples)
        {
            return ApiAnswer.NotFound($"Study '{study.Name}' has no leaderboard yet: it runs when {study.RunAfterReferences} new reference values have come.");
        }

        return LeaderboardAnswers.Of(sight, request, Path.Combine("studies", study.Name, samples.ToShortString()), $"study '{study.Name}'");
    }

    private StudyView View(BoundStudyRunner study)
    {
        StudyRow row = StudyRow.Read(sight.State, study.Name);
        RunRow? latest = RunRow.Latest(sight.State, study.Name);
        return new StudyView(
            study.Name,
            study.DatasetName,
            study.RunAfterReferences,
            row.KnownCount,
            JsonSerializer.Deserialize<JsonElement>(StudyFile.Write(study.Study)),
            latest is null ? null : new RunView(latest.Key.ToString(), Word(latest.State), latest.UnitCount, latest.Begun, latest.Ended),
            row.Samples is not null,
            row.ModelFolder.Length > 0,
            study.Refusal ?? (latest is { State: RunState.Refused } refused ? refused.Detail : null));
    }

    private static string Word(RunState state) => state.ToString().ToLowerInvariant();

    private ApiAnswer Missing(string name) => ApiAnswer.NotFound(Names.Missing("study", name, sight.Studies.Select(study => study.Name)));
}
