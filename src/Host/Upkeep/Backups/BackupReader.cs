using System.Formats.Tar;
using Pipeline.Engine;
using Pipeline.Engine.Storage;

namespace Pipeline.Host.Upkeep.Backups;

/// <summary>A backup on its way back: a folder or a tar file, whose files are shown one after the other.</summary>
internal sealed class BackupReader
{
    private const int DepthMax = 8;

    private readonly IStorage _storage;
    private readonly bool _isTar;

    /// <summary>A reader of a backup.</summary>
    /// <exception cref="StageException">There is nothing of that name.</exception>
    public BackupReader(string place, IStorage storage)
    {
        Place = Path.TrimEndingDirectorySeparator(Path.GetFullPath(place));
        _storage = storage;
        _isTar = storage.Stamp(Place) is not null;
        if (!_isTar && !storage.FolderExists(Place))
        {
            throw new StageException(FailureKind.InvalidRequest, $"There is no backup '{Place}'. Name the folder or the file that 'pipeline backup' has made.");
        }
    }

    /// <summary>Where the backup lies.</summary>
    public string Place { get; }

    /// <summary>Shows each file: its path with slashes, and its bytes, which are read at once or not at all.</summary>
    /// <exception cref="StageException">The archive is damaged, or its disk fails.</exception>
    public void Read(Action<string, Stream> each)
    {
        if (_isTar)
        {
            ReadTar(each);
        }
        else
        {
            ReadFolder("", DepthMax, each);
        }
    }

    private void ReadFolder(string path, int depth, Action<string, Stream> each)
    {
        foreach (StoredEntry entry in _storage.List(Path.Combine(Place, path)))
        {
            string inner = path.Length == 0 ? Path.GetFileName(entry.Path) : $"{path}/{Path.GetFileName(entry.Path)}";
            if (!entry.IsFolder)
            {
                using Stream stream = _storage.OpenRead(entry.Path);
                each(inner, stream);
            }
            else if (depth > 0)
            {
                ReadFolder(inner, depth - 1, each);
            }
        }
    }

    private void ReadTar(Action<string, Stream> each)
    {
        using Stream stream = _storage.OpenRead(Place);

        // Nothing is believed before all digests hold; an archive that breaks off is said to.
        try
        {
            using var reader = new TarReader(stream);
            while (reader.GetNextEntry() is { } entry)
            {
                if (entry is { EntryType: TarEntryType.RegularFile or TarEntryType.V7RegularFile })
                {
                    using Stream bytes = entry.DataStream ?? Stream.Null;
                    each(entry.Name, bytes);
                }
            }
        }
        catch (Exception damage) when (damage is InvalidDataException or EndOfStreamException or FormatException or ArgumentException or NotSupportedException)
        {
            throw new StageException(FailureKind.InvalidData, $"The archive '{Place}' is damaged: {damage.Message} Take another backup.", damage);
        }
    }
}
