using System.Collections.Immutable;

namespace Pipeline.Host.Upkeep.Backups;

/// <summary>What a backup holds, for the person who has made it.</summary>
/// <param name="Target">Where it lies.</param>
/// <param name="Manifest">Its manifest.</param>
/// <param name="Kinds">Files and bytes by kind, in the order in which they were copied.</param>
/// <param name="LeftOutCount">Files that the daemon let go meanwhile or had lost, and can make again.</param>
/// <param name="Elapsed">What it took.</param>
internal sealed record BackupReport(
    string Target, BackupManifest Manifest, ImmutableArray<BackupKind> Kinds, int LeftOutCount, TimeSpan Elapsed);

/// <summary>Files of one kind in a backup.</summary>
/// <param name="Kind">What they are.</param>
/// <param name="Files">How many.</param>
/// <param name="Bytes">Their bytes.</param>
internal sealed record BackupKind(string Kind, int Files, long Bytes);
