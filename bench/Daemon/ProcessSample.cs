using Pipeline.Host.Tests.Reliability;

namespace Pipeline.DaemonBench;

/// <summary>What a process has used so far.</summary>
/// <param name="CpuSeconds">Processor time, user and system.</param>
/// <param name="PeakBytes">The most resident memory, as the kernel counts it.</param>
internal readonly record struct ProcessSample(double CpuSeconds, long PeakBytes)
{
    /// <summary>A look at a process that runs.</summary>
    public static ProcessSample Of(ServedProcess process) =>
        new(process.CpuTime.TotalSeconds, ProcessMemory.Of(process.Id)?.Peak ?? 0);

    /// <summary>The peak in MiB.</summary>
    public long PeakMebibytes => PeakBytes >> 20;
}
