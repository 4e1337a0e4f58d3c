using Microsoft.Extensions.Logging;
using Pipeline.Engine;
using Serilog;
using Serilog.Events;
using Serilog.Extensions.Logging;
using Serilog.Formatting.Json;

namespace Pipeline.Host.Telemetry;

/// <summary>The daemon's log as files of JSON lines, a new one each day.</summary>
/// <remarks>
/// Every line has time, level, event id, template and rendered message. Ceiling: <see cref="FilesMax"/> files of
/// <see cref="FileBytesMax"/>; older ones are deleted. A disk that refuses a line costs that line and nothing else.
/// </remarks>
internal static class LogFiles
{
    /// <summary>The most files that are kept.</summary>
    public const int FilesMax = 8;

    /// <summary>The most bytes of one file.</summary>
    public const long FileBytesMax = 16L << 20;

    /// <summary>A provider that writes into a folder, which is made where it is missing.</summary>
    /// <exception cref="StageException">The folder cannot be made or written.</exception>
    public static ILoggerProvider Open(string folder)
    {
        // The folder is the user's choice; what is wrong with it is the user's to mend.
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new StageException(
                FailureKind.Storage,
                $"Log files cannot be written to '{folder}': {refused.Message} Set Pipeline:Logs to another folder, or to 'none'.",
                refused);
        }

        return new SerilogLoggerProvider(
            new LoggerConfiguration()
                .MinimumLevel.Information()
                .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
                .Enrich.FromLogContext()
                .WriteTo.File(
                    new JsonFormatter(renderMessage: true),
                    Path.Combine(folder, "pipeline-.json"),
                    fileSizeLimitBytes: FileBytesMax,
                    rollingInterval: RollingInterval.Day,
                    rollOnFileSizeLimit: true,
                    retainedFileCountLimit: FilesMax)
                .CreateLogger(),
            dispose: true);
    }
}
