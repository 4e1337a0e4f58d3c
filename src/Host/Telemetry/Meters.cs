using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Pipeline.Engine.Cache;
using Pipeline.Engine.Cache.Disk;
using Pipeline.Engine.Dataflow;
using Pipeline.Engine.State;
using Pipeline.Engine.Storage;
using Pipeline.Host.Datasets;
using Pipeline.Host.Inbox;
using Pipeline.Host.Runs;
using Pipeline.Host.Runs.Queue;
using Pipeline.Host.Service;

namespace Pipeline.Host.Telemetry;

/// <summary>The daemon's instruments, for whoever listens to the meter <c>Pipeline</c>.</summary>
/// <remarks>
/// Names are part of the interface; docs/OPERATING.md lists them, and a test compares. What components count anyway is
/// read when somebody looks, so nothing here costs anything otherwise. Tags are words of the code or names of the configuration,
/// never files, samples or keys. Any thread may call anything.
/// </remarks>
internal sealed class Meters : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string Name = "Pipeline";

    private readonly Meter _meter;
    private readonly Counter<long> _sources;
    private readonly Counter<long> _runs;
    private readonly Counter<long> _predictions;
    private readonly Counter<long> _rebuilds;
    private readonly Counter<long> _reloads;
    private readonly Counter<long> _requests;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _bytes;

    // The latest scan of each folder that is watched, by its name.
    private readonly ConcurrentDictionary<string, ScanReport> _scans = new(StringComparer.Ordinal);

    // The latest word of a search.
    private volatile RunProgress? _progress;

    /// <summary>Instruments over the parts of a daemon; the scope tells meters of several daemons in one process apart.</summary>
    public Meters(object scope, RunMemory memory, MemoryBudget arrivals, StateDatabase state, DiskGuard disk, Func<IEnumerable<DatasetStore>> stores)
    {
        _meter = new Meter(new MeterOptions(Name) { Scope = scope });
        _sources = _meter.CreateCounter<long>("pipeline.sources", "{source}", "Files that found their place, by dataset and what became of them.");
        _runs = _meter.CreateCounter<long>("pipeline.runs", "{run}", "Runs that ended, by study and outcome.");
        _predictions = _meter.CreateCounter<long>("pipeline.predictions", "{sample}", "Samples predicted, by study.");
        _rebuilds = _meter.CreateCounter<long>("pipeline.rebuilds", "{rebuild}", "Loops built anew after a failure or a stall.");
        _reloads = _meter.CreateCounter<long>("pipeline.settings.reloads", "{reload}", "Settings that were read again, by what became of them.");
        _requests = _meter.CreateCounter<long>("pipeline.http.requests", "{request}", "Requests that were answered, by route and class of status.");
        _refused = _meter.CreateCounter<long>("pipeline.http.refused", "{request}", "Requests that were refused, by status.");
        _bytes = _meter.CreateCounter<long>("pipeline.http.bytes", "By", "Bytes of bodies, by direction.");
        Datasets(stores);
        Folders();
        Memory(memory, arrivals);
        Cache(memory.Cache);
        State(state);
        Gauge("pipeline.disk.paused", "{state}", "1 while work is held back because the disk is full.", () => disk.IsFull ? 1 : 0);
        Gauge("pipeline.disk.free", "By", "Free bytes of the data folder's disk; -1 where it cannot be asked.", () => disk.FreeBytes() ?? -1);
        Search();
    }

    /// <summary>Counts what has happened.</summary>
    public void Count(DaemonEvent happened)
    {
        switch (happened)
        {
            case DaemonEvent.SourceIngested { Outcome: var outcome }:
                _sources.Add(1, new("dataset", outcome.Dataset), new("outcome", Word(outcome.Kind.ToString())));
                break;
            case DaemonEvent.StudyCompleted done:
                _runs.Add(1, new("study", done.Study), new("outcome", "completed"));
                break;
            case DaemonEvent.StudyRefused refused:
                _runs.Add(1, new("study", refused.Study), new("outcome", "refused"));
                break;
            case DaemonEvent.SpectraPredicted predicted:
                _predictions.Add(predicted.Rows.Length, new KeyValuePair<string, object?>("study", predicted.Study));
                break;
            case DaemonEvent.SettingsReloaded reloaded:
                _reloads.Add(1, new KeyValuePair<string, object?>("result", Word(reloaded.Result.ToString())));
                break;
        }
    }

    /// <summary>Counts a run that ended without an outcome of its study.</summary>
    public void CountRun(string study, RunPhase outcome) => _runs.Add(1, new("study", study), new("outcome", Word(outcome.ToString())));

    /// <summary>Counts a loop that was built anew.</summary>
    public void CountRebuild(string loop) => _rebuilds.Add(1, new KeyValuePair<string, object?>("loop", loop));

    /// <summary>Counts a request that has been answered.</summary>
    /// <param name="route">The pattern of its route, or a word where it has none; never its path.</param>
    /// <param name="status">The status of the answer.</param>
    /// <param name="bytesIn">Bytes of its body that were read.</param>
    /// <param name="bytesOut">Bytes of the answer.</param>
    public void CountRequest(string route, int status, long bytesIn, long bytesOut)
    {
        _requests.Add(1, new("route", route), new("class", $"{status / 100}xx"));
        _bytes.Add(bytesIn, new KeyValuePair<string, object?>("direction", "in"));
        _bytes.Add(bytesOut, new KeyValuePair<string, object?>("direction", "out"));
        if (status >= 400)
        {
            _refused.Add(1, new KeyValuePair<string, object?>("status", status));
        }
    }

    /// <summary>Takes what a scan of a folder has found.</summary>
    public void Show(string folder, ScanReport found) => _scans[folder] = found;

    /// <summary>Forgets a folder that is no longer watched; its loop has ended.</summary>
    public void Forget(string folder) => _scans.TryRemove(folder, out _);

    /// <summary>Takes the latest word of a search.</summary>
    public void Show(RunProgress progress) => _progress = progress;

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private void Datasets(Func<IEnumerable<DatasetStore>> stores)
    {
        Gauges("pipeline.dataset.sources", "{source}", "Sources of a dataset.", () => stores().Select(
            store => Of(store.Manifest.Chunks.Length + store.Manifest.References.Length, ("dataset", store.Manifest.Name))));
        Gauges("pipeline.dataset.quarantined", "{source}", "Sources in quarantine.", () => stores().Select(
            store => Of(store.Quarantine.Count, ("dataset", store.Manifest.Name))));
    }

    private void Folders()
    {
        Gauges("pipeline.folder.files", "{file}", "Files that the latest scan has found in a folder.", () =>
            _scans.Select(scan => Of(scan.Value.ListedCount, ("folder", scan.Key))));
        Gauges("pipeline.folder.waiting", "{file}", "Files that are not taken yet, by whether they are quiet.", () => _scans.SelectMany(scan => (Measurement<long>[])
        [
            Of(scan.Value.WaitingCount, ("folder", scan.Key), ("state", "changing")),
            Of(scan.Value.ReadyCount, ("folder", scan.Key), ("state", "quiet")),
        ]));
    }

    private void Memory(RunMemory memory, MemoryBudget arrivals)
    {
        (string Share, MemoryBudget Budget)[] budgets = [("work", memory.Budget), ("arrivals", arrivals)];
        Gauges("pipeline.memory.capacity", "By", "Bytes of each share of the memory.", () =>
            [.. budgets.Select(one => Of(one.Budget.CapacityBytes, ("share", one.Share))), Of(memory.Limits.CacheBytesMax, ("share", "cache"))]);
        Gauges("pipeline.memory.used", "By", "Bytes of each share that are reserved or kept.", () =>
            [.. budgets.Select(one => Of(one.Budget.ReservedBytes, ("share", one.Share))), Of(memory.Cache.Statistics.KeptBytes, ("share", "cache"))]);
        Gauges("pipeline.memory.waiting", "{reservation}", "Reservations that wait for memory.", () =>
            budgets.Select(one => Of(one.Budget.WaitingCount, ("share", one.Share))));
        Gauge("pipeline.memory.abandoned", "By", "Bytes held by work that hangs and was left behind.", () => memory.Budget.AbandonedBytes);
    }

    private void Cache(ArtifactCache cache)
    {
        Counters("pipeline.cache.hits", "{request}", "Requests answered without computing.", () => cache.Statistics.Kinds.SelectMany(kind =>
            Measured(kind.Kind, "tier", ("memory", kind.HitsMemory), ("disk", kind.HitsDisk))));
        Counters("pipeline.cache.misses", "{request}", "Computations, by reason.", () => cache.Statistics.Kinds.SelectMany(kind => Measured(
            kind.Kind,
            "reason",
            ("never computed", kind.MissesNeverComputed),
            ("evicted", kind.MissesEvicted),
            ("not kept", kind.MissesNotKept),
            ("damaged", kind.MissesDamaged),
            ("expired", kind.MissesExpired))));
        Gauges("pipeline.cache.bytes", "By", "Bytes kept.", () => cache.Statistics.Kinds.SelectMany(kind =>
            Measured(kind.Kind, "tier", ("memory", kind.KeptBytes), ("disk", kind.DiskBytes))));
        Counters("pipeline.cache.evictions", "{value}", "Values that gave way to others.", () =>
        {
            CacheStatistics now = cache.Statistics;
            DiskStatistics? disk = now.Disk;
            return [Of(now.Evictions, ("tier", "memory")), Of(disk?.Evictions ?? 0, ("tier", "disk"))];
        });
        Counters("pipeline.cache.spills", "{value}", "Values worth a file, by whether they were written.", () => cache.Statistics.Kinds.SelectMany(kind =>
            Measured(kind.Kind, "outcome", ("written", kind.Spills), ("dropped", kind.SpillsDropped))));
        _meter.CreateObservableCounter("pipeline.cache.saved", () => cache.Statistics.Kinds.Select(kind =>
            new Measurement<double>(kind.SavedSeconds, new KeyValuePair<string, object?>("kind", kind.Kind))), "s", "Computing time that hits have saved.");
    }

    private void State(StateDatabase state)
    {
        Counters("pipeline.state.commits", "{commit}", "Commits of the state database, by outcome.", () =>
        {
            StateStatistics now = state.Statistics;
            return [Of(now.Commits, ("outcome", "durable")), Of(now.FailedCommits, ("outcome", "refused"))];
        });
        Counters("pipeline.state.changes", "{change}", "Changes in durable commits.", () => [Of(state.Statistics.Changes)]);
        _meter.CreateObservableCounter("pipeline.state.time", () => state.Statistics.CommitSeconds, "s", "Time spent in durable commits.");
        Gauge("pipeline.state.waiting", "{change}", "Changes that wait for the writer.", () => state.Statistics.WaitingChanges);
        Gauge("pipeline.state.size", "By", "Bytes of the state database and its log.", () => state.Statistics.FileBytes);
    }

    private void Search()
    {
        _meter.CreateObservableGauge(
            "pipeline.search.progress",
            () => _progress?.WorkDone ?? 0,
            "1",
            "Share of the predicted work of the present or latest search that is done.");
        Counters("pipeline.block.items", "{unit}", "Units through each block of the present or latest search.", () => Blocks(
            block => [("begun", block.In), ("finished", block.Out), ("failed", block.Failures)]));
        Gauges(
            "pipeline.block.waiting",
            "{unit}",
            "Units that wait before each block.",
            () => Steps().Select(block => Of(block.Waiting, ("block", block.Name))));
        Gauges(
            "pipeline.block.bytes",
            "By",
            "Bytes reserved by the units in each block.",
            () => Steps().Select(block => Of(block.BytesHeld, ("block", block.Name))));
        _meter.CreateObservableGauge("pipeline.block.silence", () => Steps().Select(block =>
            new Measurement<double>(
                block.SinceProgress.TotalSeconds,
                new KeyValuePair<string, object?>("block", block.Name))), "s", "Time since each block last moved.");
    }

    private IReadOnlyList<StepProgress> Steps() => _progress?.Blocks ?? [];

    private IEnumerable<Measurement<long>> Blocks(Func<StepProgress, (string Event, long Count)[]> counts) => Steps().SelectMany(block =>
        counts(block).Select(one => Of(one.Count, ("block", block.Name), ("event", one.Event))));

    private void Gauge(string name, string unit, string description, Func<long> value) =>
        _meter.CreateObservableGauge(name, value, unit, description);

    private void Gauges(string name, string unit, string description, Func<IEnumerable<Measurement<long>>> values) =>
        _meter.CreateObservableGauge(name, values, unit, description);

    private void Counters(string name, string unit, string description, Func<IEnumerable<Measurement<long>>> values) =>
        _meter.CreateObservableCounter(name, values, unit, description);

    private static IEnumerable<Measurement<long>> Measured(string kind, string tag, params (string Value, long Count)[] counts) =>
        counts.Select(one => Of(one.Count, ("kind", kind), (tag, one.Value)));

    private static Measurement<long> Of(long value, params (string Key, string Value)[] tags) =>
        new(value, tags.Select(tag => new KeyValuePair<string, object?>(tag.Key, tag.Value)));

    private static string Word(string name) => name.ToLowerInvariant();
}
