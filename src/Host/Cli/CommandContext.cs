using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Pipeline.Engine;
using Pipeline.Host.Configuration;
using Pipeline.Host.Runs;
using Pipeline.Host.Telemetry;

namespace Pipeline.Host.Cli;

/// <summary>What a command works with, and the door at which its failures become exit codes.</summary>
internal sealed class CommandContext
{
    private readonly ILogger<CommandContext> _log;

    /// <summary>A context.</summary>
    public CommandContext(
        RunService runs,
        PipelineOptions options,
        IConfiguration configuration,
        ILoggerFactory logs,
        TextWriter output,
        TextWriter error,
        int? errorWidth)
    {
        Runs = runs;
        Options = options;
        Configuration = configuration;
        Logs = logs;
        _log = logs.CreateLogger<CommandContext>();
        Out = output;
        Error = error;
        ErrorWidth = errorWidth;
    }

    /// <summary>The application's work.</summary>
    public RunService Runs { get; }

    /// <summary>The configured options.</summary>
    public PipelineOptions Options { get; }

    /// <summary>All settings.</summary>
    public IConfiguration Configuration { get; }

    /// <summary>Where loggers come from.</summary>
    public ILoggerFactory Logs { get; }

    /// <summary>Results.</summary>
    public TextWriter Out { get; }

    /// <summary>Progress and messages.</summary>
    public TextWriter Error { get; }

    /// <summary>Columns of the terminal that <see cref="Error"/> is, or null where it is none.</summary>
    public int? ErrorWidth { get; }

    /// <summary>Runs a command; an expected failure becomes its message, a defect goes to the log.</summary>
    public async Task<int> GuardAsync(Func<Task<int>> command)
    {
        // The outermost door of the process: whatever arrives here has ended the command, and the shell must know.
        try
        {
            return await command();
        }
        catch (StageException failure)
        {
            await Error.WriteLineAsync(failure.Message);
            return ExitCode.Of(failure.Kind);
        }
        catch (OperationCanceledException)
        {
            await Error.WriteLineAsync("Interrupted. Nothing is half-written; run the same command again to start over.");
            return ExitCode.Interrupted;
        }
        catch (Exception defect)
        {
            _log.Defect(defect);
            return ExitCode.Defect;
        }
    }
}
