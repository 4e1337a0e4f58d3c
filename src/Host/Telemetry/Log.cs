using Microsoft.Extensions.Logging;

namespace Pipeline.Host.Telemetry;

/// <summary>Every log message of the host.</summary>
internal static partial class Log
{
    [LoggerMessage(EventId = 1000, Level = LogLevel.Debug, Message = "Planned {Candidates} candidates in {Units} units, about "
        + "{CpuSeconds:F1} s of processor time.")]
    public static partial void Planned(this ILogger logger, int candidates, int units, double cpuSeconds);

    [LoggerMessage(EventId = 1001, Level = LogLevel.Information, Message = "Search started: {Candidates} candidates in {Units} units on {Samples} samples.")]
    public static partial void SearchStarted(this ILogger logger, int candidates, int units, int samples);

    [LoggerMessage(EventId = 1002, Level = LogLevel.Information, Message = "Search finished: {Candidates} candidates in {Seconds:F2} s.")]
    public static partial void SearchFinished(this ILogger logger, int candidates, double seconds);

    [LoggerMessage(EventId = 1003, Level = LogLevel.Information, Message = "{Outcome}")]
    public static partial void ModelSaved(this ILogger logger, string outcome);

    [LoggerMessage(EventId = 1004, Level = LogLevel.Warning, Message = "The search stopped and goes on with the units that have no outcome "
        + "(rebuild {Number}). Nothing is lost; report this log if it comes often.")]
    public static partial void FlowRebuilt(this ILogger logger, Exception why, int number);

    [LoggerMessage(EventId = 1010, Level = LogLevel.Information, Message = "Predicted {Samples} spectra by model {Model}.")]
    public static partial void Predicted(this ILogger logger, int samples, string model);

    [LoggerMessage(EventId = 1100, Level = LogLevel.Information, Message = "Daemon ready: {Folders} folders, {Studies} studies, data in {DataPath}.")]
    public static partial void DaemonReady(this ILogger logger, int folders, int studies, string dataPath);

    [LoggerMessage(EventId = 1101, Level = LogLevel.Information, Message = "Daemon stopped; nothing was cut off.")]
    public static partial void DaemonStopped(this ILogger logger);

    [LoggerMessage(EventId = 1110, Level = LogLevel.Information, Message = "{Dataset}: {Kind} from {Path}: {Samples} new samples, "
        + "{References} new references.")]
    public static partial void SourceIngested(this ILogger logger, string dataset, string kind, string path, int samples, int references);

    [LoggerMessage(EventId = 1111, Level = LogLevel.Warning, Message = "{Dataset}: {Path} is in quarantine: {Message} Mend the file and drop it again.")]
    public static partial void SourceQuarantined(this ILogger logger, string dataset, string path, string message);

    [LoggerMessage(EventId = 1112, Level = LogLevel.Warning, Message = "{Folder}: {Message}")]
    public static partial void FolderNotice(this ILogger logger, string folder, string message);

    [LoggerMessage(EventId = 1113, Level = LogLevel.Warning, Message = "{Dataset}: {Path} joined, but could not be treated ahead: {Message} "
        + "The next search does it itself and takes longer; nothing needs to be done.")]
    public static partial void ArrivalFailed(this ILogger logger, string dataset, string path, string message);

    [LoggerMessage(EventId = 1120, Level = LogLevel.Information, Message = "{Study}: searched {Samples} samples in {Seconds:F1} s; results in {Folder}.")]
    public static partial void StudyCompleted(this ILogger logger, string study, int samples, double seconds, string folder);

    [LoggerMessage(EventId = 1121, Level = LogLevel.Warning, Message = "{Study}: cannot go on: {Message} It is tried again when something new comes.")]
    public static partial void StudyRefused(this ILogger logger, string study, string message);

    [LoggerMessage(EventId = 1122, Level = LogLevel.Information, Message = "{Study}: {Text}")]
    public static partial void ModelSaved(this ILogger logger, string study, string text);

    [LoggerMessage(EventId = 1123, Level = LogLevel.Information, Message = "{Study}: {Count} samples predicted; {Path}.")]
    public static partial void SpectraPredicted(this ILogger logger, string study, int count, string path);

    [LoggerMessage(EventId = 1124, Level = LogLevel.Error, Message = "{Study}: the disk failed: {Message} It is tried again at the next "
        + "change or in {Seconds} s.")]
    public static partial void StudyStorageFailed(this ILogger logger, string study, string message, int seconds);

    [LoggerMessage(EventId = 1125, Level = LogLevel.Error, Message = "{Study}: there was not enough memory. It is tried again at the next "
        + "change or in {Seconds} s; raise Pipeline:Memory if this comes again.")]
    public static partial void StudyOutOfMemory(this ILogger logger, string study, int seconds);

    [LoggerMessage(EventId = 1126, Level = LogLevel.Information, Message = "Run {Id} of {Study} was {What}: {Kept}.")]
    public static partial void RunStopped(this ILogger logger, long id, string study, string what, string kept);

    [LoggerMessage(EventId = 1127, Level = LogLevel.Error, Message = "Run {Id} of {Study} has stopped its loop again and again and counts "
        + "as failed. Its units are kept and its study stays as it was; report this log, then ask for the run again.")]
    public static partial void RunFailed(this ILogger logger, long id, string study);

    [LoggerMessage(EventId = 1130, Level = LogLevel.Error, Message = "'{Loop}' failed and runs again (rebuild {Number}). Nothing is lost; "
        + "report this log. If it fails too often, the process ends with code 1.")]
    public static partial void LoopRebuilt(this ILogger logger, Exception why, string loop, int number);

    [LoggerMessage(EventId = 1131, Level = LogLevel.Error, Message = "Paused: the disk of {DataPath} is full ({FreeBytes} free). Nothing is "
        + "lost; files stay where they are. Make room: the daemon goes on by itself once {ResumeBytes} are free.")]
    public static partial void DiskFull(this ILogger logger, string dataPath, string freeBytes, string resumeBytes);

    [LoggerMessage(EventId = 1132, Level = LogLevel.Information, Message = "Resumed: the disk of {DataPath} has room again ({FreeBytes} free).")]
    public static partial void DiskFree(this ILogger logger, string dataPath, string freeBytes);

    [LoggerMessage(EventId = 1133, Level = LogLevel.Warning, Message = "The process before this one was killed or lost its power. Its state "
        + "has been recovered; work that was cut off is done again. Nothing needs to be done; look for the reason if nobody killed it.")]
    public static partial void Recovered(this ILogger logger);

    [LoggerMessage(EventId = 1150, Level = LogLevel.Information, Message = "Stopping: nothing new is begun, and work in hand has {Seconds} s to finish.")]
    public static partial void Draining(this ILogger logger, double seconds);

    [LoggerMessage(EventId = 1151, Level = LogLevel.Information, Message = "Left for the next start: {Work}.")]
    public static partial void LeftForNextStart(this ILogger logger, string work);

    [LoggerMessage(EventId = 1152, Level = LogLevel.Warning, Message = "Cut off: {Work}. Nothing is half-written; it is done again at the "
        + "next start. Raise Pipeline:Drain if this comes often.")]
    public static partial void CutOff(this ILogger logger, string work);

    [LoggerMessage(EventId = 1153, Level = LogLevel.Warning, Message = "The service manager does not take messages, so it cannot see that "
        + "the daemon lives. Check NOTIFY_SOCKET, and NotifyAccess of the unit.")]
    public static partial void ServiceManagerDeaf(this ILogger logger);

    [LoggerMessage(EventId = 1160, Level = LogLevel.Information, Message = "Settings applied: {What}.")]
    public static partial void SettingsApplied(this ILogger logger, string what);

    [LoggerMessage(EventId = 1161, Level = LogLevel.Warning, Message = "Settings refused: {Message} Nothing was applied, the settings from "
        + "before stay in force. Mend it; it is read again by itself.")]
    public static partial void SettingsRefused(this ILogger logger, string message);

    [LoggerMessage(EventId = 1162, Level = LogLevel.Information, Message = "Settings unchanged.")]
    public static partial void SettingsUnchanged(this ILogger logger);

    [LoggerMessage(EventId = 1163, Level = LogLevel.Warning, Message = "Settings that count from the next start on: {Keys}. Restart the "
        + "daemon when it suits; everything else is in force.")]
    public static partial void SettingsWait(this ILogger logger, string keys);

    [LoggerMessage(EventId = 1164, Level = LogLevel.Warning, Message = "{Folder}: '{File}' was being taken when the settings of its folder "
        + "changed, and was cut off. It lies where it was, and is taken again by the folder that watches it.")]
    public static partial void FileCutOff(this ILogger logger, string folder, string file);

    [LoggerMessage(EventId = 1165, Level = LogLevel.Warning, Message = "That the settings were read again could not be written into the "
        + "state: {Message} It counts all the same; the disk is to be looked at.")]
    public static partial void SettingsUntold(this ILogger logger, string message);

    [LoggerMessage(EventId = 1200, Level = LogLevel.Information, Message = "HTTP at {Address}, {Token}.")]
    public static partial void HttpListening(this ILogger logger, string address, string token);

    [LoggerMessage(EventId = 1201, Level = LogLevel.Warning, Message = "HTTP: {Address} showed {What} and was refused. If that is a client "
        + "of yours, give it the token of Pipeline:Http:Token. Said once a minute for each address.")]
    public static partial void TokenRefused(this ILogger logger, string address, string what);

    [LoggerMessage(EventId = 1202, Level = LogLevel.Error, Message = "HTTP: {Method} {Path} met a defect of the program; the client was "
        + "told so, all else goes on. Please report it with this log.")]
    public static partial void HttpDefect(this ILogger logger, Exception error, string method, string path);

    [LoggerMessage(EventId = 1901, Level = LogLevel.Critical, Message = "This is a defect of the program, not of your data. Please report it with this log.")]
    public static partial void Defect(this ILogger logger, Exception error);
}
