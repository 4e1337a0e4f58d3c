namespace Pipeline.DaemonBench;

/// <summary>How busy the machine was, the daemon and this program among others.</summary>
internal static class LoadAverage
{
    /// <summary>The mean number of runnable threads during the last minute, as the system says it.</summary>
    public static string Text => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";
}
