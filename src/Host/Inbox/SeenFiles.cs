using System.Text.Json;
using Pipeline.Engine;
using Pipeline.Engine.Identity;
using Pipeline.Engine.Storage;

namespace Pipeline.Host.Inbox;

/// <summary>The ledger of files whose bytes are known, so that a restart does not read them all again.</summary>
/// <remarks>An optimisation only: without it, or with a damaged one, every file is read once and recognised by its digest.</remarks>
internal sealed class SeenFiles
{
    private readonly IStorage _storage;
    private readonly string _file;
    private readonly Dictionary<string, (FileStamp Stamp, Fingerprint Digest)> _seen = new(StringComparer.Ordinal);
    private bool _isChanged;

    /// <summary>The ledger of a folder, as far as it can be read.</summary>
    public SeenFiles(IStorage storage, string file)
    {
        _storage = storage;
        _file = file;
        if (storage.Stamp(file) is null)
        {
            return;
        }

        // What cannot be read is forgotten; nothing but this object depends on it.
        try
        {
            using Stream stream = storage.OpenRead(file);
            foreach (Line? line in JsonSerializer.Deserialize<Line?[]>(stream) ?? [])
            {
                if (line?.Path is not null && Fingerprint.TryParse(line.Digest, out Fingerprint digest))
                {
                    _seen[line.Path] = (new FileStamp(line.LengthBytes, line.ModifiedTicks), digest);
                }
            }
        }
        catch (Exception error) when (error is JsonException or StageException or ArgumentNullException)
        {
            _seen.Clear();
        }
    }

    /// <summary>The digest of a file that looks as it did, or null.</summary>
    public Fingerprint? Find(string path, FileStamp stamp) =>
        _seen.TryGetValue(path, out (FileStamp Stamp, Fingerprint Digest) seen) && seen.Stamp == stamp ? seen.Digest : null;

    /// <summary>Remembers a file.</summary>
    public void Add(string path, FileStamp stamp, Fingerprint digest)
    {
        _seen[path] = (stamp, digest);
        _isChanged = true;
    }

    /// <summary>Forgets all files but those that are there.</summary>
    public void Keep(IReadOnlySet<string> paths)
    {
        foreach (string path in _seen.Keys.Where(p => !paths.Contains(p)).ToList())
        {
            _isChanged |= _seen.Remove(path);
        }
    }

    /// <summary>Writes the ledger where it has changed.</summary>
    public void Save()
    {
        if (_isChanged)
        {
            _storage.Write(_file, stream => JsonSerializer.Serialize(
                stream,
                _seen.OrderBy(s => s.Key, StringComparer.Ordinal)
                    .Select(s => new Line(s.Key, s.Value.Stamp.LengthBytes, s.Value.Stamp.ModifiedTicks, s.Value.Digest.ToString()))));
            _isChanged = false;
        }
    }

    private sealed record Line(string Path, long LengthBytes, long ModifiedTicks, string Digest);
}
