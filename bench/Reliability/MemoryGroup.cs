using System.Globalization;

namespace Pipeline.Reliability;

/// <summary>A control group that limits memory, of version 1 or 2 as the system has it; needs root.</summary>
internal sealed class MemoryGroup : IDisposable
{
    private readonly string _folder;
    private readonly bool _isOld;

    public MemoryGroup(long limitBytes)
    {
        LimitBytes = limitBytes;
        _isOld = Directory.Exists("/sys/fs/cgroup/memory");
        _folder = Path.Combine(_isOld ? "/sys/fs/cgroup/memory" : "/sys/fs/cgroup", $"pipeline-reliability-{Environment.ProcessId}");
        Directory.CreateDirectory(_folder);
        string limit = limitBytes.ToString(CultureInfo.InvariantCulture);
        File.WriteAllText(Path.Combine(_folder, _isOld ? "memory.limit_in_bytes" : "memory.max"), limit);

        // Swap would hide a miss; where there is none, the file may be missing.
        string swap = Path.Combine(_folder, _isOld ? "memory.memsw.limit_in_bytes" : "memory.swap.max");
        if (File.Exists(swap))
        {
            File.WriteAllText(swap, _isOld ? limit : "0");
        }
    }

    /// <summary>The limit.</summary>
    public long LimitBytes { get; }

    /// <summary>A line of shell that puts the shell itself into the group.</summary>
    public string Join => $"echo $$ > {_folder}/cgroup.procs";

    /// <summary>What the group has used at most, page cache of its files among it; -1 where the system does not say.</summary>
    public long PeakBytes => Number(Read(_isOld ? "memory.max_usage_in_bytes" : "memory.peak"));

    /// <summary>How often the limit was met, which mostly costs pages of the cache; -1 where the system does not say.</summary>
    public long RefusalCount => _isOld ? Number(Read("memory.failcnt")) : Event("memory.events", "max ");

    /// <summary>How often the kernel killed a process for memory; -1 where the system does not say.</summary>
    public long KillCount => Event(_isOld ? "memory.oom_control" : "memory.events", "oom_kill ");

    public void Dispose() => Directory.Delete(_folder);

    private long Event(string file, string name) =>
        Number(Read(file).Split('\n').FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?[name.Length..] ?? "");

    private static long Number(string text) =>
        long.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : -1;

    private string Read(string name)
    {
        string path = Path.Combine(_folder, name);
        return File.Exists(path) ? File.ReadAllText(path) : "";
    }
}
