using System.Collections.Immutable;
using Pipeline.Engine.Identity;

namespace Pipeline.Host.Upkeep.Backups;

/// <summary>What it means when files of a group are not there.</summary>
internal enum WhenMissing
{
    /// <summary>Nothing.</summary>
    Nothing,

    /// <summary>Time: the daemon makes them again, or has let them go meanwhile.</summary>
    CostsTime,

    /// <summary>The daemon may just have replaced them: the backup begins again with a newer state.</summary>
    BeginAgain,

    /// <summary>Data are lost.</summary>
    IsDamage,
}

/// <summary>Files that come into a backup together or not at all.</summary>
/// <param name="Kind">What they are, in words for the report.</param>
/// <param name="Paths">Paths below the data folder, with slashes; a folder stands for all its files.</param>
/// <param name="Digest">What the bytes must hash to, where that is known.</param>
/// <param name="Missing">What it means when one is not there.</param>
internal sealed record BackupGroup(string Kind, ImmutableArray<string> Paths, Fingerprint? Digest, WhenMissing Missing);
