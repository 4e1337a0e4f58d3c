using Pipeline.Engine;
using Pipeline.Engine.Identity;
using Pipeline.Engine.State;
using Pipeline.Engine.Storage;

namespace Pipeline.Host.Inbox;

/// <summary>The ledger of files whose bytes are known, so that a restart does not read them all again.</summary>
/// <remarks>An optimisation only: without it every file is read once and recognised by its digest. Used by one thread at a time.</remarks>
internal sealed class SeenFiles
{
    private readonly StateDatabase _state;
    private readonly string _folder;
    private readonly Dictionary<string, (FileStamp Stamp, Fingerprint Digest)> _seen = new(StringComparer.Ordinal);
    private readonly HashSet<string> _changed = new(StringComparer.Ordinal);

    /// <summary>The ledger of a folder.</summary>
    public SeenFiles(StateDatabase state, string folder)
    {
        _state = state;
        _folder = folder;
        var rows = state.Read(reader => reader.Query(
            "SELECT path, length, modified, digest FROM seen WHERE folder = $1",
            row => (Path: row.Text(0), Stamp: new FileStamp(row.Number(1), row.Number(2)), Digest: row.Key(3)),
            folder));
        foreach ((string path, FileStamp stamp, Fingerprint digest) in rows)
        {
            _seen[path] = (stamp, digest);
        }
    }

    /// <summary>The digest of a file that looks as it did, or null.</summary>
    public Fingerprint? Find(string path, FileStamp stamp) =>
        _seen.TryGetValue(path, out (FileStamp Stamp, Fingerprint Digest) seen) && seen.Stamp == stamp ? seen.Digest : null;

    /// <summary>Remembers a file.</summary>
    public void Add(string path, FileStamp stamp, Fingerprint digest)
    {
        _seen[path] = (stamp, digest);
        _changed.Add(path);
    }

    /// <summary>Forgets all files but those that are there.</summary>
    public void Keep(IReadOnlySet<string> paths)
    {
        foreach (string path in _seen.Keys.Where(p => !paths.Contains(p)).ToList())
        {
            _seen.Remove(path);
            _changed.Add(path);
        }
    }

    /// <summary>Writes what has changed.</summary>
    /// <exception cref="StageException">The disk refuses; it is written the next time.</exception>
    public async Task SaveAsync()
    {
        if (_changed.Count == 0)
        {
            return;
        }

        string[] changed = [.. _changed];
        (string Path, FileStamp Stamp, Fingerprint Digest)[] kept =
            [.. changed.Where(_seen.ContainsKey).Select(path => (path, _seen[path].Stamp, _seen[path].Digest))];
        string[] gone = [.. changed.Where(path => !_seen.ContainsKey(path))];
        await _state.CommitSoonAsync(transaction =>
        {
            foreach (string path in gone)
            {
                transaction.Execute("DELETE FROM seen WHERE folder = $1 AND path = $2", _folder, path);
            }

            foreach ((string path, FileStamp stamp, Fingerprint digest) in kept)
            {
                transaction.Execute(
                    "INSERT OR REPLACE INTO seen (folder, path, length, modified, digest) VALUES ($1, $2, $3, $4, $5)",
                    _folder, path, stamp.LengthBytes, stamp.ModifiedTicks, digest);
            }
        });
        _changed.ExceptWith(changed);
    }
}
