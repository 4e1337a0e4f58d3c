using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Pipeline.Engine;
using Pipeline.Host.Cli;
using Pipeline.Host.Configuration;
using Pipeline.Host.Runs;
using Serilog;
using Serilog.Settings.Configuration;

// Settings beside the program hold for everybody; the environment wins over them (Pipeline__Memory=2 GiB). Nothing else of the usual host
// is asked for: its watched folders, log targets and meters cost every command 0.02 to 0.1 s.
HostApplicationBuilder builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(
    new HostApplicationBuilderSettings { ContentRootPath = AppContext.BaseDirectory });
builder.Configuration.AddJsonFile("appsettings.json", optional: true, reloadOnChange: false).AddEnvironmentVariables();
builder.Logging.AddSerilog(
    new LoggerConfiguration()
        .ReadFrom.Configuration(
            builder.Configuration,
            new ConfigurationReaderOptions(
                typeof(ConsoleLoggerConfigurationExtensions).Assembly, typeof(FileLoggerConfigurationExtensions).Assembly))
        .CreateLogger(),
    dispose: true);
builder.Services.AddSingleton(TimeProvider.System);
builder.Services.AddSingleton<RunService>();

PipelineOptions options;
try
{
    // Doctor names every wrong setting, and not only the first.
    options = args is ["doctor", ..] ? PipelineOptions.Default : PipelineOptions.Read(builder.Configuration);
}
catch (StageException failure)
{
    // Nothing has started yet; a wrong setting is the user's to mend.
    await Console.Error.WriteLineAsync(SettingsPlaces.Name(failure, builder.Configuration).Message);
    return ExitCode.Usage;
}

using IHost host = builder.Build();
var context = new CommandContext(
    host.Services.GetRequiredService<RunService>(),
    options,
    builder.Configuration,
    host.Services.GetRequiredService<ILoggerFactory>(),
    Console.Out,
    Console.Error,
    Console.IsErrorRedirected ? null : Math.Max(40, Console.WindowWidth));
return await CommandLine.RunAsync(args, context);
