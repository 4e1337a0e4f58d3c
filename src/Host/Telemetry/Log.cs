using Microsoft.Extensions.Logging;

namespace Pipeline.Host.Telemetry;

/// <summary>Every log message of the host.</summary>
internal static partial class Log
{
    [LoggerMessage(EventId = 1000, Level = LogLevel.Debug, Message = "Planned {Candidates} candidates in {Units} units, about {CpuSeconds:F1} s of processor time.")]
    public static partial void Planned(this ILogger logger, int candidates, int units, double cpuSeconds);

    [LoggerMessage(EventId = 1001, Level = LogLevel.Information, Message = "Search started: {Candidates} candidates in {Units} units on {Samples} samples.")]
    public static partial void SearchStarted(this ILogger logger, int candidates, int units, int samples);

    [LoggerMessage(EventId = 1002, Level = LogLevel.Information, Message = "Search finished: {Candidates} candidates in {Seconds:F2} s.")]
    public static partial void SearchFinished(this ILogger logger, int candidates, double seconds);

    [LoggerMessage(EventId = 1003, Level = LogLevel.Information, Message = "{Outcome}")]
    public static partial void ModelSaved(this ILogger logger, string outcome);

    [LoggerMessage(EventId = 1010, Level = LogLevel.Information, Message = "Predicted {Samples} spectra by model {Model}.")]
    public static partial void Predicted(this ILogger logger, int samples, string model);

    [LoggerMessage(EventId = 1901, Level = LogLevel.Critical, Message = "This is a defect of the program, not of your data. Please report it with this log.")]
    public static partial void Defect(this ILogger logger, Exception error);
}
