using System.Globalization;

namespace Pipeline.Reliability;

/// <summary>A control group that limits memory, of version 1 or 2 as the system has it; needs root.</summary>
internal sealed class MemoryGroup : IDisposable
{
    private readonly string _folder;
    private readonly bool _isOld;

    public MemoryGroup(long limitBytes)
    {
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

    /// <summary>A line of shell that puts the shell itself into the group.</summary>
    public string Join => $"echo $$ > {_folder}/cgroup.procs";

    /// <summary>What the group has used at most, page cache of its files among it.</summary>
    public string PeakBytes => Read(_isOld ? "memory.max_usage_in_bytes" : "memory.peak");

    /// <summary>How often the kernel killed a process for memory.</summary>
    public string KillCount => _isOld
        ? Read("memory.oom_control").Split('\n').FirstOrDefault(line => line.StartsWith("oom_kill ", StringComparison.Ordinal))?.Split(' ')[1] ?? "unknown"
        : Read("memory.events").Split('\n').FirstOrDefault(line => line.StartsWith("oom_kill ", StringComparison.Ordinal))?.Split(' ')[1] ?? "unknown";

    public void Dispose() => Directory.Delete(_folder);

    private string Read(string name)
    {
        string path = Path.Combine(_folder, name);
        return File.Exists(path) ? File.ReadAllText(path).Trim() : "unknown";
    }
}
