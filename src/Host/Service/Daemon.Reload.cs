using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Engine.Supervision;
using Pipeline.Host.Configuration;
using Pipeline.Host.Datasets;
using Pipeline.Host.Inbox;
using Pipeline.Host.Telemetry;
using Pipeline.Stages.Spectra.Readers;

namespace Pipeline.Host.Service;

// The watched folders and their datasets, which may change while the daemon runs.
public sealed partial class Daemon
{
    private const string StudiesLoop = "studies";

    // Opened once and kept for good: whoever still works on a dataset that no folder fills any more, and whoever fills it again,
    // must work on one and the same. Replaced like _watching.
    private volatile ImmutableDictionary<string, DatasetStore> _opened = ImmutableDictionary.Create<string, DatasetStore>(StringComparer.Ordinal);

    // Replaced as a whole by AssembleAsync and ApplyAsync; read by any thread.
    private volatile WatchedSet _watching = WatchedSet.Nothing;

    // Datasets that are there without a folder. Replaced like _watching.
    private ImmutableArray<string> _datasets = [];

    // Set once by RunAsync.
    private volatile LoopSet? _loops;

    /// <summary>Changes what is watched, while the daemon runs; folders that are neither named here nor there are not disturbed.</summary>
    /// <remarks>
    /// A folder that ends finishes the file in hand, for as long as a drain may take; then that file is cut off, and taken by whoever
    /// watches it next. One call at a time. Where it throws, nothing has changed.
    /// </remarks>
    /// <param name="ending">Folders that are no longer watched in this way.</param>
    /// <param name="beginning">Folders that are watched in this way from now on.</param>
    /// <param name="next">The settings as a whole: studies, and datasets that are there without a folder.</param>
    /// <param name="accepted">Called when nothing can be refused any more, before anybody is waited for.</param>
    /// <exception cref="StageException">A dataset cannot be opened, a study cannot be read, or a folder would feed the daemon its own results.</exception>
    internal async Task ApplyAsync(ImmutableArray<FolderOptions> ending, ImmutableArray<FolderOptions> beginning, DaemonOptions next, Action accepted)
    {
        (Drain drain, LoopSet loops) = (_drain!, _loops!);
        ImmutableArray<FolderLoop> begun = [.. await OpenAsync(beginning)];
        await OpenAsync(next.Datasets);
        await _studies.ReplaceAsync(next.Studies);
        ImmutableArray<FolderLoop> ended = [.. _watching.Folders.Where(folder => ending.Contains(folder.Options))];

        accepted();

        // While folders end, all datasets are there: what is in hand still joins.
        _watching = new WatchedSet([.. _watching.Folders.Except(ended), .. begun], _opened);
        await Task.WhenAll(ended.Select(folder => folder.EndAsync(drain.Limit)));
        foreach (FolderLoop folder in ended)
        {
            _health.Forget(folder.Name);
            _meters?.Forget(folder.Options.Name);
            folder.Dispose();
        }

        foreach (FolderLoop folder in begun)
        {
            Begin(folder, drain, loops);
        }

        _datasets = next.Datasets;
        _watching = _watching with { Stores = StoresOf(_watching.Folders) };
        ExpectLoops();
        _wakeUps.Writer.TryWrite(true);
    }

    /// <summary>Says that settings were read again: in the log, to whoever looks on, and in the state.</summary>
    internal async Task TellAsync(DaemonEvent.SettingsReloaded reloaded, string subject)
    {
        switch (reloaded.Result)
        {
            case ReloadResult.Applied:
                _log.SettingsApplied(reloaded.Text);
                break;
            case ReloadResult.Refused:
                _log.SettingsRefused(reloaded.Text);
                break;
            default:
                _log.SettingsUnchanged();
                break;
        }

        Happened(reloaded);
        if (reloaded.Result == ReloadResult.Unchanged)
        {
            return;
        }

        // What is in force does not depend on its being written down.
        try
        {
            await _state.CommitAsync(transaction => transaction.Tell(
                reloaded.Result == ReloadResult.Applied ? "settings applied" : "settings refused", subject, reloaded.Text));
        }
        catch (StageException refused) when (refused.Kind == FailureKind.Storage)
        {
            _disk!.Report(refused);
            _log.SettingsUntold(refused.Message);
        }
    }

    /// <summary>Says which keys wait for a restart.</summary>
    internal void TellWaiting(ImmutableArray<string> keys)
    {
        if (!keys.IsEmpty)
        {
            _log.SettingsWait(string.Join(", ", keys));
        }
    }

    /// <summary>Opens the datasets of folders; their loops do not run yet.</summary>
    private async Task<List<FolderLoop>> OpenAsync(IEnumerable<FolderOptions> folders)
    {
        List<FolderLoop> loops = [];
        foreach (FolderOptions folder in folders)
        {
            DaemonSection.RefuseWithin(folder, _options.DataPath, "Pipeline:Folders");
            InboxOptions inbox = InboxOf(folder).Validate();
            await OpenAsync([folder.Dataset]);
            loops.Add(new FolderLoop(folder, inbox, _opened[folder.Dataset]));
        }

        return loops;
    }

    private async Task OpenAsync(ImmutableArray<string> datasets)
    {
        foreach (string name in datasets.Where(name => !_opened.ContainsKey(name)))
        {
            DatasetStore store = await DatasetStore.OpenAsync(
                Path.GetFullPath(_options.DataPath), name, _state, _storage, new ArrowChunkCodec(), SpectraFormatsReaders.Every,
                new DatasetStoreOptions { Threads = _process.Threads });
            _opened = _opened.Add(name, store);
        }
    }

    /// <summary>The datasets that folders fill, that are named, or that studies look at.</summary>
    private ImmutableDictionary<string, DatasetStore> StoresOf(ImmutableArray<FolderLoop> folders)
    {
        HashSet<string> names = [.. folders.Select(folder => folder.Options.Dataset), .. _datasets, .. _studies.Present.Select(study => study.DatasetName)];
        return _opened.Where(one => names.Contains(one.Key)).ToImmutableDictionary(StringComparer.Ordinal);
    }

    private void Begin(FolderLoop folder, Drain drain, LoopSet loops) => folder.Ended = loops.Begin(end => WatchAsync(folder, drain, end));

    private async Task WatchAsync(FolderLoop folder, Drain drain, CancellationToken end)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(drain.Stop, folder.Stop);
        using var cut = CancellationTokenSource.CreateLinkedTokenSource(end, folder.Cut);

        // Safe: a folder that is cut off alone has no file in hand any more, and nothing else depends on it.
        try
        {
            await SuperviseAsync(
                folder.Name,
                TimeSpan.FromSeconds(folder.Inbox.FileBytesMax / ReadBytesPerSecondMin),
                (heartbeat, now) => WatchAsync(folder, heartbeat, drain, stop.Token, now),
                cut.Token);
        }
        catch (OperationCanceledException) when (folder.Cut.IsCancellationRequested && !end.IsCancellationRequested)
        {
        }
    }

    private async Task WatchAsync(FolderLoop folder, Heartbeat heartbeat, Drain drain, CancellationToken stop, CancellationToken cut)
    {
        using var watched = new WatchedFolder(folder.Inbox, folder.Store, _state, _storage, _clock);
        folder.Watched = watched;

        // Safe: between two files nothing is in hand, and a file that was cut off lies in its folder and is taken again.
        try
        {
            await watched.RunAsync(heartbeat, stop, cut);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            foreach (string file in watched.InHand)
            {
                if (drain.Stop.IsCancellationRequested)
                {
                    drain.NoteCut($"file '{file}' was being taken");
                }
                else
                {
                    _log.FileCutOff(folder.Options.Name, file);
                }
            }
        }
    }

    /// <summary>Once each of them has a heartbeat, the daemon is ready.</summary>
    private void ExpectLoops() => _health.Expect(
        [.. _watching.Folders.Select(folder => folder.Name), StudiesLoop, .. Enumerable.Range(0, _options.RunsAtOnce).Select(RunsLoop)]);
}
