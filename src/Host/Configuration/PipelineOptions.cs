using Microsoft.Extensions.Configuration;
using Pipeline.Engine;

namespace Pipeline.Host.Configuration;

/// <summary>The options under <c>Pipeline</c> in appsettings.json, the environment and the command line.</summary>
/// <remarks>
/// Read once at the start. A value that cannot work stops the start with its key, the value found and the remedy.
/// </remarks>
public sealed record PipelineOptions
{
    private const long MemoryBytesMin = 16L << 20;
    private const int ThreadsMax = 1024;
    private const long DiskReserveBytesMin = 1L << 20;

    // Asked before the daemon bounds its own heap, after which the runtime answers with that bound.
    private static readonly long MachineBytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    private static readonly string[] Keys = ["Memory", "Threads", "DiskReserve", "Data", "Folders", "Datasets", "Studies", "Http", "Drain", "Logs"];

    /// <summary>Bytes for everything large: spectra, cached intermediates and units in work.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>Units computed at the same time.</summary>
    public required int Threads { get; init; }

    /// <summary>Free bytes of the disk below which the daemon pauses.</summary>
    public long DiskReserveBytes { get; init; } = Limits.Default.DiskFreeBytesMin;

    /// <summary>The limits that no setting names; tests lower them.</summary>
    public Limits Base { get; init; } = Limits.Default;

    /// <summary>Bytes that the machine or its container lets this process have.</summary>
    internal static long MemoryThere => MachineBytes;

    /// <summary>Half of the memory the process may use, at least 256 MiB, for all cores.</summary>
    public static PipelineOptions Default => new()
    {
        MemoryBytes = Math.Max(256L << 20, MachineBytes / 2),
        Threads = Environment.ProcessorCount,
    };

    /// <summary>The limits of a process that divides its memory into units in work and cached intermediates.</summary>
    public Limits LimitsFor(long workBytes, long cacheBytes) => Base with
    {
        BudgetBytesMax = workBytes,
        CacheBytesMax = cacheBytes,
        SpillBytesMax = Math.Min(Base.SpillBytesMax, cacheBytes / 8),
        DiskFreeBytesMin = DiskReserveBytes,
    };

    /// <summary>Reads the section.</summary>
    /// <exception cref="StageException">An unknown key or a value that cannot work.</exception>
    public static PipelineOptions Read(IConfiguration configuration)
    {
        IConfigurationSection section = configuration.GetSection("Pipeline");
        DaemonSection.RefuseUnknown(section, Keys);
        PipelineOptions options = Default.With(section["Memory"], section["Threads"], "Pipeline:Memory", "Pipeline:Threads");
        return section["DiskReserve"] is { } reserve ? options with { DiskReserveBytes = ReserveOf(reserve) } : options;
    }

    private static long ReserveOf(string text) =>
        ByteSize.TryParse(text, out long bytes) && bytes >= DiskReserveBytesMin
            ? bytes
            : throw DaemonSection.Refusal(
                "Pipeline:DiskReserve", $"expected a size of at least {ByteSize.Format(DiskReserveBytesMin)} such as '256 MiB', found '{text}'.");

    /// <summary>The options with the values given in text; <c>auto</c> and nothing keep what stands.</summary>
    public PipelineOptions With(string? memory, string? threads, string memoryName, string threadsName)
    {
        PipelineOptions options = this;
        if (memory is not null and not "auto")
        {
            if (!ByteSize.TryParse(memory, out long bytes) || bytes < MemoryBytesMin)
            {
                throw DaemonSection.Refusal(
                    memoryName, $"expected a size of at least {ByteSize.Format(MemoryBytesMin)} such as '2 GiB', or 'auto', found '{memory}'.");
            }

            options = options with { MemoryBytes = bytes };
        }

        if (threads is not null and not "auto")
        {
            if (!int.TryParse(threads, out int count) || count is < 1 or > ThreadsMax)
            {
                throw DaemonSection.Refusal(threadsName, $"expected a whole number from 1 to {ThreadsMax}, or 'auto', found '{threads}'.");
            }

            options = options with { Threads = count };
        }

        return options;
    }
}
