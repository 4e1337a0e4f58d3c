using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Pipeline.Engine;
using Pipeline.Host.Cli;
using Pipeline.Host.Configuration;
using Pipeline.Host.Runs;
using Serilog;
using Serilog.Extensions.Logging;
using Serilog.Settings.Configuration;

// Settings beside the program hold for everybody; the environment wins over them (Pipeline__Memory=2 GiB). Commands need neither a host
// nor its container, which cost each of them some 0.03 s; the daemon builds its own.
IConfigurationRoot configuration = new ConfigurationBuilder()
    .SetBasePath(AppContext.BaseDirectory)
    .AddJsonFile("appsettings.json", optional: true, reloadOnChange: false)
    .AddEnvironmentVariables()
    .Build();
using var lines = new SerilogLoggerProvider(
    new LoggerConfiguration()
        .ReadFrom.Configuration(
            configuration,
            new ConfigurationReaderOptions(
                typeof(ConsoleLoggerConfigurationExtensions).Assembly, typeof(FileLoggerConfigurationExtensions).Assembly))
        .CreateLogger(),
    dispose: true);

// Levels are the settings' affair (Serilog:MinimumLevel), and those of log files their own.
using var logs = new LoggerFactory([lines], new LoggerFilterOptions { MinLevel = LogLevel.Trace });

PipelineOptions options;
try
{
    // Doctor names every wrong setting, and not only the first.
    options = args is ["doctor", ..] ? PipelineOptions.Default : PipelineOptions.Read(configuration);
}
catch (StageException failure)
{
    // Nothing has started yet; a wrong setting is the user's to mend.
    await Console.Error.WriteLineAsync(SettingsPlaces.Name(failure, configuration).Message);
    return ExitCode.Usage;
}

var context = new CommandContext(
    new RunService(logs.CreateLogger<RunService>(), TimeProvider.System),
    options,
    configuration,
    logs,
    Console.Out,
    Console.Error,
    Console.IsErrorRedirected ? null : Math.Max(40, Console.WindowWidth));
return await CommandLine.RunAsync(args, context);
