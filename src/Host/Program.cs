using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Pipeline.Engine;
using Pipeline.Host.Cli;
using Pipeline.Host.Configuration;
using Pipeline.Host.Runs;
using Serilog;

// Settings beside the program hold for everybody; the environment wins over them (Pipeline__Memory=2 GiB).
HostApplicationBuilder builder = Microsoft.Extensions.Hosting.Host.CreateApplicationBuilder(
    new HostApplicationBuilderSettings { ContentRootPath = AppContext.BaseDirectory });
builder.Logging.ClearProviders();
builder.Logging.AddSerilog(
    new LoggerConfiguration().ReadFrom.Configuration(builder.Configuration).CreateLogger(), dispose: true);
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
