using Pipeline.Engine.Cache.Keys;
using Pipeline.Engine.Identity;

namespace Pipeline.Engine.Cache.Disk;

/// <summary>A file that the disk tier knows of; guarded by the tier's lock.</summary>
internal sealed class DiskEntry(Fingerprint key, DiskKind kind, long fileBytes, double computeSeconds)
    : KeyedEntry(key, fileBytes, computeSeconds)
{
    public DiskKind Kind { get; } = kind;

    /// <summary>Readings since the tier was opened, the writing or finding included.</summary>
    public int Uses { get; set; } = 1;

    /// <summary>The name of the file.</summary>
    public ArtifactFileName Name =>
        new(Key, Kind.Name, ArtifactFileName.MicrosecondsOf(ComputeSeconds), SizeBytes - ArtifactHeader.SizeBytes);
}

/// <summary>What a kind has on disk; guarded by the tier's lock.</summary>
internal sealed class DiskKind(string name)
{
    public string Name { get; } = name;

    public long Bytes { get; set; }
}
