using System.CommandLine;
using Microsoft.Extensions.Logging;
using Pipeline.Engine;
using Pipeline.Host.Configuration;
using Pipeline.Host.Http;
using Pipeline.Host.Platform;
using Pipeline.Host.Service;
using Pipeline.Host.Telemetry;

namespace Pipeline.Host.Cli;

/// <summary><c>pipeline serve</c>: the daemon.</summary>
internal sealed class ServeCommand
{
    /// <summary>The command's name.</summary>
    public const string Name = "serve";

    /// <summary>Longer than any drain: the command ends itself at the limit that is set.</summary>
    public static readonly TimeSpan StopMax = Drain.LimitMax + TimeSpan.FromMinutes(1);

    private readonly Option<string?> _settings = new("--settings")
    {
        Description = "Settings in JSON, on top of appsettings.json.",
        HelpName = "settings.json",
    };

    /// <summary>The command.</summary>
    public Command Build(CommandContext context)
    {
        var command = new Command(
            Name,
            """
            Runs the daemon: watches folders for spectra and reference values, searches a calibration whenever enough new
            references have come, saves the best as a model, and predicts every sample that has no reference.

            Settings (appsettings.json beside the program, --settings, or the environment as Pipeline__Data=…):
              {
                "Pipeline": {
                  "Data": "/var/lib/pipeline",
                  "Folders": [ { "Path": "/data/inbox", "Dataset": "wheat", "Pattern": "*", "QuietPeriod": "2 s",
                                 "ScanEvery": "10 s", "Recursive": false, "Afterwards": "leave" } ],
                  "Studies": [ { "Name": "protein", "Dataset": "wheat", "Response": "protein", "Group": "sample",
                                 "Study": "protein.json", "RunAfterReferences": 20 } ],
                  "Datasets": [ { "Name": "barley" } ],
                  "Http": { "Listen": "http://127.0.0.1:5190" }
                }
              }

            A file is taken when it has been quiet for QuietPeriod; bad files go to quarantine with their bytes and the
            reason. Datasets names what is filled over HTTP alone. Results, models and predictions lie below
            Data/studies/NAME. Http tells what there is: /ready, /metrics and /v1/openapi.json name the rest. The settings file
            may be edited meanwhile: what is valid is applied, an invalid edit changes nothing and is logged with its place; SIGHUP
            has it read at once. SIGTERM and Ctrl-C stop it: files and units in hand are finished, for
            Pipeline:Drain (25 s) at most, and the rest goes on at the next start. A second signal cuts that short. Exit code
            0 if nothing was cut off, otherwise 75.
            """);
        command.Options.Add(_settings);
        command.SetAction((parsed, cancellation) => context.GuardAsync(() => RunAsync(parsed, context, cancellation)));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CommandContext context, CancellationToken cancellation)
    {
        // The library listens to SIGTERM once this method has first returned; opening the datasets must not delay that.
        await Task.Yield();
        var source = new SettingsSource(context.Configuration, parsed.GetValue(_settings));

        // Watched before it is read, so that no edit falls between.
        using var watch = new SettingsWatch(source.Path, TimeProvider.System);
        Settings settings = source.Read();
        using var reloading = new ReloadSignal(watch.Ask);
        using var drain = new Drain(settings.Daemon.DrainLimit, TimeProvider.System);
        using var signals = new StopSignals(drain);
        await using CancellationTokenRegistration stopping = cancellation.UnsafeRegister(_ => drain.Begin(), null);
        ServiceReports? reports = OperatingSystem.IsWindows() && await WindowsServiceManager.ConnectAsync(drain) is { } manager
            ? new ServiceReports(manager.Say, drain, TimeProvider.System)
            : null;
        int code = await context.GuardAsync(() => ServeToTheEndAsync(new Start(source, settings, watch, reports), context, drain));
        await (reports?.StopAsync(code) ?? Task.CompletedTask);
        return code;
    }

    private static async Task<int> ServeToTheEndAsync(Start start, CommandContext context, Drain drain)
    {
        Task<int> serving = ServeAsync(start, context, drain);
        if (await Task.WhenAny(serving, drain.Overdue) == serving)
        {
            return await serving;
        }

        // Something hangs and heeds nothing. The process is the only thing that can still be ended; the next start recovers.
        drain.NoteCut("something did not heed the end of the drain");
        await TellAsync(context, drain);
        return ExitCode.Cut;
    }

    private static async Task<int> ServeAsync(Start start, CommandContext context, Drain drain)
    {
        await Task.Yield();
        (SettingsSource source, Settings settings, SettingsWatch watch, ServiceReports? reports) = start;
        (PipelineOptions process, DaemonOptions options) = (settings.Process, settings.Daemon);
        ILogger<Daemon> log = context.Logs.CreateLogger<Daemon>();
        DaemonMemory.BoundHeap(process);
        int code;
        await using (Daemon daemon = await Daemon.OpenAsync(options, process, context.Runs, TimeProvider.System, log))
        {
            if (options.LogsPath is { } logs)
            {
                // Now that the data folder is ours, for the files usually lie there.
                context.Logs.AddProvider(LogFiles.Open(Path.GetFullPath(logs)));
            }

            await using CancellationTokenRegistration told = drain.Stop.UnsafeRegister(
                _ =>
                {
                    log.Draining(drain.Limit.TotalSeconds);
                    context.Out.WriteLine($"Stopping. Work in hand has {drain.Limit.TotalSeconds:0.#} s to finish; a second signal cuts it off.");
                },
                null);
            reports?.Watch(daemon.Ready, () => daemon.MakesProgress);
            using var end = new CancellationTokenSource();
            using NotifySocket? manager = NotifySocket.Open(Environment.GetEnvironmentVariable("NOTIFY_SOCKET"));
            Task notices = manager is null
                ? Task.CompletedTask
                : new ServiceNotices(
                    manager,
                    ServiceNotices.WatchdogOf(Environment.GetEnvironmentVariable("WATCHDOG_USEC"), Environment.GetEnvironmentVariable("WATCHDOG_PID")),
                    () => daemon.Status,
                    () => daemon.MakesProgress,
                    TimeProvider.System,
                    log).RunAsync(daemon.Ready, drain, end.Token);
            Task signs = LifeSign.GiveAsync(Path.GetFullPath(options.DataPath), () => daemon.MakesProgress, TimeProvider.System, end.Token);
            await using HttpServer? http = await ListenAsync(source, options.Http, daemon, context);
            await context.Out.WriteLineAsync($"Serving. {(http is null ? "" : $"HTTP at {http.Address} ")}Stop with Ctrl-C or SIGTERM.");
            try
            {
                var reload = new SettingsReload(source, settings, daemon, drain, http);
                await daemon.RunAsync(drain, (heartbeat, stop) => reload.RunAsync(watch, heartbeat, stop));
            }
            finally
            {
                await end.CancelAsync();
                await Task.WhenAll(notices, signs);
            }

            code = drain.CutOff.IsEmpty ? ExitCode.Done : ExitCode.Cut;
        }

        await TellAsync(context, drain);
        return code;
    }

    private static async Task<HttpServer?> ListenAsync(SettingsSource source, HttpOptions options, Daemon daemon, CommandContext context)
    {
        try
        {
            return await HttpServer.StartAsync(options, daemon.Sight, TimeProvider.System, context.Logs.CreateLogger<HttpServer>());
        }
        catch (StageException refused)
        {
            // Safe: the same refusal with its place.
            throw source.Place(refused);
        }
    }

    private static async Task TellAsync(CommandContext context, Drain drain)
    {
        foreach (string work in drain.Left)
        {
            await context.Out.WriteLineAsync($"Left: {work}.");
        }

        foreach (string work in drain.CutOff)
        {
            await context.Out.WriteLineAsync($"Cut off: {work}; it is done again at the next start.");
        }

        if (drain.CutOff.IsEmpty)
        {
            await context.Out.WriteLineAsync("Stopped; nothing was cut off.");
        }
    }

    /// <summary>What a daemon starts with.</summary>
    /// <param name="Source">Where its settings come from.</param>
    /// <param name="Settings">Its settings.</param>
    /// <param name="Watch">Follows them.</param>
    /// <param name="Reports">Tells a service manager of Windows, where there is one.</param>
    private sealed record Start(SettingsSource Source, Settings Settings, SettingsWatch Watch, ServiceReports? Reports);
}
