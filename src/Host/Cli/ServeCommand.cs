using System.CommandLine;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Pipeline.Host.Configuration;
using Pipeline.Host.Http;
using Pipeline.Host.Service;

namespace Pipeline.Host.Cli;

/// <summary><c>pipeline serve</c>: the daemon.</summary>
internal sealed class ServeCommand
{
    private readonly Option<string?> _settings = new("--settings") { Description = "Settings in JSON, on top of appsettings.json.", HelpName = "settings.json" };

    /// <summary>The command.</summary>
    public Command Build(CommandContext context)
    {
        var command = new Command(
            "serve",
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
                  "Http": { "Listen": "http://127.0.0.1:5190" }
                }
              }

            A file is taken when it has been quiet for QuietPeriod; bad files go to quarantine with their bytes and the
            reason. Results, models and predictions lie below Data/studies/NAME. Http tells what there is: /ready, /metrics and
            /v1/openapi.json name the rest. SIGTERM and Ctrl-C stop it cleanly; a search that was cut off runs again at the
            next start.
            """);
        command.Options.Add(_settings);
        command.SetAction((parsed, cancellation) => context.GuardAsync(() => RunAsync(parsed, context, cancellation)));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CommandContext context, CancellationToken cancellation)
    {
        // The library listens to SIGTERM once this method has first returned; opening the datasets must not delay that.
        await Task.Yield();
        IConfiguration configuration = context.Configuration;
        if (parsed.GetValue(_settings) is { } path)
        {
            configuration = SettingsFile.On(configuration, path);
        }

        PipelineOptions process = PipelineOptions.Read(configuration);
        DaemonMemory.BoundHeap(process);
        DaemonOptions options = DaemonSection.Read(configuration);
        await using Daemon daemon = await Daemon.OpenAsync(
            options, process, context.Runs, TimeProvider.System, context.Logs.CreateLogger<Daemon>());
        await using HttpServer? http = await HttpServer.StartAsync(options.Http, daemon.Sight, TimeProvider.System, context.Logs.CreateLogger<HttpServer>());
        await context.Out.WriteLineAsync($"Serving. {(http is null ? "" : $"HTTP at {http.Address} ")}Stop with Ctrl-C or SIGTERM.");
        await daemon.RunAsync(cancellation);
        return ExitCode.Done;
    }
}
