using System.Runtime.CompilerServices;
using System.Text.Json;
using Pipeline.Engine.State;
using Pipeline.Host.Datasets;
using Pipeline.Host.Http.Api;
using Pipeline.Host.Http.Views;
using Pipeline.Host.Runs.Queue;
using Pipeline.Host.Service;
using Pipeline.Host.Service.Studies;
using Pipeline.Host.State;
using Pipeline.Stages.Spectra;

namespace Pipeline.Host.Http.Live;

/// <summary>Makes the view of the whole daemon.</summary>
/// <remarks>Safe for all threads. What a dataset comes to is computed once for each of its manifests; the rest is some rows and figures.</remarks>
internal sealed class StatusViews(DaemonSight sight, RunViews runs, DatasetAnswers datasets)
{
    private const int EventsShown = 20;

    private readonly ConditionalWeakTable<DatasetManifest, Arrival> _arrivals = [];

    /// <summary>The daemon now.</summary>
    public StatusView Now()
    {
        IReadOnlyList<HealthReason> reasons = sight.Health.Reasons(sight.Disk);
        List<QueuedRun> all = sight.Queue.All();
        return new StatusView(
            StateOf(reasons),
            reasons.Count == 0,
            [.. reasons.Select(reason => new ReasonView(reason.Code, reason.Text))],
            StateDatabase.ProgramVersion,
            sight.Started,
            (sight.Clock.GetUtcNow() - sight.Started).TotalSeconds,
            Environment.WorkingSet,
            [
                .. sight.Shares.Select(share => new ShareView(share.Name, share.Budget.CapacityBytes, share.Budget.ReservedBytes, share.Budget.WaitingCount)),
                new ShareView("cache", sight.Cache.Statistics.CapacityBytes, sight.Cache.Statistics.KeptBytes, 0),
            ],
            sight.Disk.FreeBytes(),
            CacheView.Of(sight.Cache.Statistics),
            [.. sight.Stores.Values.OrderBy(store => store.Manifest.Name, StringComparer.Ordinal).Select(Of)],
            [
                .. sight.Folders().Select(folder => new FolderStatusView(
                    folder.Options.Name, folder.Options.Path, folder.Options.Dataset, folder.Scan?.Report.WaitingCount, folder.Scan?.Time,
                    folder.Scan?.Report.IsFolderMissing ?? false)),
            ],
            [.. sight.Studies.OrderBy(study => study.Name, StringComparer.Ordinal).Select(study => Of(study, all))],
            [
                .. all.Where(run => !run.HasEnded)
                    .OrderByDescending(run => run.Phase == RunPhase.Running).ThenBy(run => run.Phase == RunPhase.Paused)
                    .ThenByDescending(run => run.Begun is not null).ThenByDescending(run => run.Priority).ThenBy(run => run.Id).Select(runs.Of),
            ],
            sight.State.Read(reader => reader.Query(
                "SELECT seq, time, kind, subject, text FROM event ORDER BY seq DESC LIMIT $1", EventStreams.Of, (long)EventsShown)));
    }

    /// <summary>The same for streams: another word only where more than time has passed.</summary>
    public StreamedWord Word()
    {
        StatusView now = Now();
        StatusView essence = now with
        {
            UptimeSeconds = 0,
            ResidentBytes = 0,
            DiskFreeBytes = null,
            Folders = [.. now.Folders.Select(folder => folder with { LastScan = null })],
        };
        return new StreamedWord(JsonSerializer.Serialize(now, ApiJson.Options), JsonSerializer.Serialize(essence, ApiJson.Options));
    }

    private static string StateOf(IReadOnlyList<HealthReason> reasons) =>
        reasons.Any(reason => reason.Code == "draining") ? "draining"
        : reasons.Any(reason => reason.Code == "diskFull") ? "paused"
        : reasons.Any(reason => reason.Code == "starting") ? "starting"
        : "serving";

    private DatasetStatusView Of(DatasetStore store)
    {
        DatasetView view = datasets.View(store);
        return new DatasetStatusView(
            view.Name, view.Sources, view.Samples, view.References, view.Quarantined, _arrivals.GetValue(store.Manifest, LastArrival).Time);
    }

    private Arrival LastArrival(DatasetManifest manifest) => new(sight.State.Read(reader => reader.First<DateTimeOffset?>(
        "SELECT time FROM event WHERE kind = 'dataset changed' AND subject = $1 ORDER BY seq DESC LIMIT 1",
        row => DateTimeOffset.FromUnixTimeMilliseconds(row.Number(0)),
        null,
        manifest.Name)));

    private StudyStatusView Of(BoundStudyRunner study, List<QueuedRun> all)
    {
        QueuedRun? latest = all.LastOrDefault(run => run.Study == study.Name);
        string model = study.Row.ModelFolder;
        return new StudyStatusView(
            study.Name,
            study.DatasetName,
            latest is { HasEnded: false } ? QueueTable.Word(latest.Phase) : study.Refusal is not null ? "refused" : "idle",
            study.Refusal,
            latest?.Id,
            latest is null ? null : QueueTable.Word(latest.Phase),
            model.Length > 0 ? Path.GetDirectoryName(model) : null,
            study.Options.Schedule?.Text,
            study.Options.Schedule is { } schedule ? sight.State.Read(reader => QueueTable.Due(reader, study.Name, schedule.Text)) : null);
    }

    private sealed record Arrival(DateTimeOffset? Time);
}
