using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Engine.Supervision;
using Pipeline.Host.Configuration;
using Pipeline.Host.Http;

namespace Pipeline.Host.Service;

/// <summary>Brings changed settings into a running daemon: where all of them are valid they are applied, otherwise the old ones stay.</summary>
/// <remarks>
/// Everything is read and checked before anything is touched, so an invalid edit disturbs nothing. What only a start can take over
/// is said once. One call at a time.
/// </remarks>
internal sealed class SettingsReload
{
    private readonly SettingsSource _source;
    private readonly Settings _started;
    private readonly Daemon _daemon;
    private readonly Drain _drain;
    private readonly HttpServer? _http;

    // What is in force, what was last refused, and which keys were last said to wait.
    private Settings _present;
    private string? _refusal;
    private ImmutableArray<string> _waiting = [];

    /// <summary>A daemon that runs by the settings with which it was started.</summary>
    public SettingsReload(SettingsSource source, Settings started, Daemon daemon, Drain drain, HttpServer? http)
    {
        _source = source;
        _started = started;
        _present = started;
        _daemon = daemon;
        _drain = drain;
        _http = http;
    }

    /// <summary>Follows the settings until it is stopped.</summary>
    public async Task RunAsync(SettingsWatch watch, Heartbeat heartbeat, CancellationToken stop)
    {
        while (true)
        {
            watch.Watch(_present.Files);
            heartbeat.Idle();
            bool isAsked = await watch.NextAsync(isImpatient: _refusal is not null, stop);
            heartbeat.Working("reading the settings");
            await LookAsync(isAsked, heartbeat);
        }
    }

    /// <summary>Reads the settings, and applies them or says why not; says nothing where nothing is new and nobody has asked.</summary>
    public async Task<ReloadResult> LookAsync(bool isAsked, Heartbeat? heartbeat = null)
    {
        Settings? next = null;
        SettingsDifference change;
        ImmutableArray<string> waiting;

        // What is wrong is the user's to mend, and what was right before goes on.
        try
        {
            next = _source.Read();
            change = SettingsDifference.Of(_present, next);
            waiting = SettingsDifference.Of(_started, next).Waiting;
            heartbeat?.Idle();
            await _daemon.ApplyAsync(change.Ending, change.Beginning, next.Daemon.Datasets);
        }
        catch (StageException refused)
        {
            next?.Secrets?.Dispose();
            string message = _source.Place(refused).Message;
            if (isAsked || message != _refusal)
            {
                _refusal = message;
                await TellAsync(ReloadResult.Refused, message);
            }

            return ReloadResult.Refused;
        }

        bool wasRefused = _refusal is not null;
        (_refusal, Settings former) = (null, _present);
        Take(next, waiting);
        _present = next;
        if (change.IsNothing)
        {
            if (isAsked || wasRefused)
            {
                await TellAsync(ReloadResult.Unchanged, "nothing has changed");
            }

            return ReloadResult.Unchanged;
        }

        await TellAsync(ReloadResult.Applied, Text(change, former));
        if (!waiting.SequenceEqual(_waiting))
        {
            _waiting = waiting;
            _daemon.TellWaiting(waiting);
        }

        return ReloadResult.Applied;
    }

    /// <summary>Takes over what needs no folder. Nothing here can be refused.</summary>
    private void Take(Settings next, ImmutableArray<string> waiting)
    {
        _drain.Limit = next.Daemon.DrainLimit;
        if (_http is not null && next.Secrets is { } secrets && !waiting.Contains("Pipeline:Http:Listen"))
        {
            _http.Take(secrets);
        }
        else
        {
            next.Secrets?.Dispose();
        }
    }

    private Task TellAsync(ReloadResult result, string text) =>
        _daemon.TellAsync(new DaemonEvent.SettingsReloaded(result, text), _source.Path ?? "settings");

    private static string Text(SettingsDifference change, Settings former)
    {
        HashSet<string> known = [.. former.Daemon.Folders.Select(folder => folder.Name)];
        HashSet<string> wanted = [.. change.Beginning.Select(folder => folder.Name)];
        string[] parts =
        [
            .. change.Ending.Where(folder => !wanted.Contains(folder.Name)).Select(folder => $"folder '{folder.Name}' is no longer watched"),
            .. change.Beginning.Select(folder => $"folder '{folder.Name}' is watched{(known.Contains(folder.Name) ? " anew" : "")}"),
            .. change.Applied,
            .. change.Waiting.Select(key => $"{key} (from the next start on)"),
        ];
        return string.Join("; ", parts);
    }
}
