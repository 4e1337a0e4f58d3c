using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Engine.State;
using Pipeline.Engine.Storage;

namespace Pipeline.Host.Upkeep.Backups;

/// <summary>What one attempt at a backup has copied so far.</summary>
/// <remarks>
/// The files of a group are all opened before the first is copied: one that is deleted after that is read all the same, so a group
/// comes whole or not at all. Ceiling: as many open files as a run has, about ten.
/// </remarks>
internal sealed class BackupCopy(IStorage storage, string data, bool isLastAttempt)
{
    private readonly ImmutableArray<BackupFile>.Builder _files = ImmutableArray.CreateBuilder<BackupFile>();
    private readonly ImmutableArray<string>.Builder _damaged = ImmutableArray.CreateBuilder<string>();
    private readonly List<BackupKind> _kinds = [];
    private BackupManifest? _manifest;

    /// <summary>Groups that the daemon can make again, and that were not there.</summary>
    public int LeftOutCount { get; private set; }

    /// <summary>Files and bytes by kind.</summary>
    public ImmutableArray<BackupKind> Kinds => [.. _kinds];

    /// <summary>The manifest, once the copy is closed.</summary>
    public BackupManifest Manifest => _manifest ?? throw new InvalidOperationException("The copy is not closed.");

    /// <summary>Counts a file that has been copied.</summary>
    public void Add(string kind, BackupFile file)
    {
        _files.Add(file);
        int i = _kinds.FindIndex(one => one.Kind == kind);
        if (i < 0)
        {
            _kinds.Add(new BackupKind(kind, 1, file.Length));
        }
        else
        {
            _kinds[i] = new BackupKind(kind, _kinds[i].Files + 1, _kinds[i].Bytes + file.Length);
        }
    }

    /// <summary>Copies a group; false where the backup must begin again.</summary>
    public bool TryAdd(BackupGroup group, IBackupTarget target, CancellationToken cancellation)
    {
        List<(string Path, Stream Stream)> open = [];
        try
        {
            foreach (string path in group.Paths.SelectMany(FilesOf))
            {
                cancellation.ThrowIfCancellationRequested();
                if (TryOpen(path) is not { } stream)
                {
                    return Miss(group);
                }

                open.Add((path, stream));
            }

            if (open.Count == 0)
            {
                return Miss(group);
            }

            foreach ((string path, Stream stream) in open)
            {
                BackupFile file = target.Put(path, stream, cancellation);
                Add(group.Kind, file);
                if (group is { Digest: { } digest, Missing: WhenMissing.IsDamage } && digest.ToString() != file.Sha256)
                {
                    // Copied as it is: perhaps most of it can be saved, and another backup may have it whole.
                    _damaged.Add(path);
                }
            }

            return true;
        }
        finally
        {
            open.ForEach(file => file.Stream.Dispose());
        }
    }

    /// <summary>Nothing more is copied.</summary>
    public BackupManifest Close(DateTimeOffset time, IEnumerable<(string Name, int Version)> tables) => _manifest = new BackupManifest(
        BackupManifest.FormatWritten,
        StateDatabase.ProgramVersion,
        time,
        tables.ToImmutableSortedDictionary(part => part.Name, part => part.Version, StringComparer.Ordinal),
        _files.ToImmutable(),
        _damaged.ToImmutable());

    /// <summary>Bytes that groups take now.</summary>
    public long LengthOf(IEnumerable<BackupGroup> groups) =>
        groups.SelectMany(group => group.Paths).SelectMany(FilesOf).Sum(path => storage.Stamp(Path.Combine(data, path))?.LengthBytes ?? 0);

    private bool Miss(BackupGroup group)
    {
        switch (group.Missing)
        {
            case WhenMissing.BeginAgain when !isLastAttempt:
                return false;
            case WhenMissing.BeginAgain or WhenMissing.IsDamage:
                _damaged.AddRange(group.Paths);
                break;
            case WhenMissing.CostsTime:
                LeftOutCount++;
                break;
        }

        return true;
    }

    /// <summary>The files that a path stands for; itself where it is no folder.</summary>
    private IEnumerable<string> FilesOf(string path)
    {
        string full = Path.Combine(data, path);
        if (!storage.FolderExists(full))
        {
            return [path];
        }

        // A folder that goes while it is listed is missed when its files are opened.
        try
        {
            return
            [
                .. storage.List(full)
                    .Where(entry => entry.IsFolder || !StorageNames.IsTemporary(entry.Path))
                    .SelectMany(entry => FilesOf($"{path}/{Path.GetFileName(entry.Path)}")),
            ];
        }
        catch (StageException gone) when (IsGone(gone))
        {
            return [path];
        }
    }

    private Stream? TryOpen(string path)
    {
        // What is not there any more has been let go by the daemon, or is lost; the group says what that means.
        try
        {
            return storage.OpenRead(Path.Combine(data, path));
        }
        catch (StageException gone) when (IsGone(gone))
        {
            return null;
        }
    }

    private static bool IsGone(StageException failure) => failure.InnerException is FileNotFoundException or DirectoryNotFoundException;
}
