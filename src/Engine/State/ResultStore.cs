using Pipeline.Engine.Identity;
using Pipeline.Engine.Storage;

namespace Pipeline.Engine.State;

/// <summary>Results of units by key: small ones in their row, large ones in a file beside the database.</summary>
/// <remarks>
/// Order of effects: the file is durable, then the row is committed. A file without row is left over from a crash and
/// removed when the store is opened; a row whose bytes are missing or damaged counts as no result, and the unit is
/// computed again. A second result with another digest is kept apart and told as an event: it means that the
/// computation is not deterministic. Safe for all threads.
/// </remarks>
public sealed class ResultStore
{
    private readonly StateDatabase _state;
    private readonly IStorage _storage;
    private readonly string _folder;
    private readonly int _rowBytesMax;

    /// <summary>The results beside a database.</summary>
    public ResultStore(StateDatabase state, IStorage storage, Limits limits)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(limits);
        _state = state;
        _storage = storage;
        _folder = Path.Combine(Path.GetDirectoryName(state.FilePath)!, "results");
        _rowBytesMax = limits.ResultRowBytesMax;
    }

    /// <summary>Makes the bytes of a result durable as far as they are no row; the returned change commits the row.</summary>
    /// <param name="key">The unit's key.</param>
    /// <param name="bytes">The result; not to be changed from here on.</param>
    /// <param name="seconds">What it took.</param>
    /// <exception cref="StageException">The disk refuses; nothing has changed.</exception>
    public Action<StateTransaction> Stage(Fingerprint key, byte[] bytes, double seconds)
    {
        Fingerprint digest = Fingerprint.OfBytes(bytes);
        bool isRow = bytes.Length <= _rowBytesMax;
        if (!isRow)
        {
            string path = PathOf(digest);
            _storage.CreateFolder(Path.GetDirectoryName(path)!);
            _storage.Write(path, stream => stream.Write(bytes));
        }

        // Made elsewhere, so that a change which waits does not hold the bytes of a file.
        return Row(key, digest, isRow ? bytes : null, bytes.Length, seconds);
    }

    private static Action<StateTransaction> Row(Fingerprint key, Fingerprint digest, byte[]? body, int length, double seconds) =>
        transaction => Commit(transaction, key, digest, body, length, seconds);

    /// <summary>The bytes of a row, or of its file where the row has none; null where they are missing or damaged.</summary>
    internal byte[]? Sound(Fingerprint digest, byte[]? body)
    {
        byte[]? bytes = body ?? ReadFile(digest);
        return bytes is not null && Fingerprint.OfBytes(bytes) == digest ? bytes : null;
    }

    /// <summary>Removes the files that no row names; what cannot be removed now stays for the next time.</summary>
    /// <returns>How many were removed.</returns>
    public int RemoveOrphans()
    {
        if (!_storage.FolderExists(_folder))
        {
            return 0;
        }

        int removed = 0;
        foreach (StoredEntry shelf in _storage.List(_folder).Where(entry => entry.IsFolder))
        {
            foreach (StoredEntry file in _storage.List(shelf.Path).Where(entry => !entry.IsFolder))
            {
                if (!Fingerprint.TryParse(Path.GetFileName(file.Path), out Fingerprint digest) || !IsNamed(digest))
                {
                    removed += LeftOvers.TryDelete(_storage, file.Path) ? 1 : 0;
                }
            }
        }

        return removed;
    }

    /// <summary>Removes those of some files that no row names any more.</summary>
    internal void RemoveUnnamed(IEnumerable<Fingerprint> digests)
    {
        foreach (Fingerprint digest in digests.Where(digest => !IsNamed(digest)))
        {
            LeftOvers.TryDelete(_storage, PathOf(digest));
        }
    }

    private bool IsNamed(Fingerprint digest) => _state.Read(reader => reader.First(
        "SELECT EXISTS (SELECT 1 FROM result WHERE digest = $1 AND body IS NULL) "
        + "OR EXISTS (SELECT 1 FROM disputed_result WHERE digest = $1 AND body IS NULL)",
        row => row.Number(0) == 1,
        false,
        digest));

    private static void Commit(StateTransaction transaction, Fingerprint key, Fingerprint digest, byte[]? body, int length, double seconds)
    {
        // Nearly always the key is new, and one statement is all.
        bool isNew = transaction.Execute(
            "INSERT INTO result (key, digest, length, seconds, epoch, time, body) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (key) DO NOTHING",
            key, digest, (long)length, seconds, transaction.Epoch, transaction.Now, body) > 0;
        if (isNew)
        {
            return;
        }

        Fingerprint other = transaction.First("SELECT digest FROM result WHERE key = $1", row => row.Key(0), digest, key);
        if (other != digest)
        {
            transaction.Execute(
                "INSERT OR IGNORE INTO disputed_result (key, digest, epoch, body) VALUES ($1, $2, $3, $4)", key, digest, transaction.Epoch, body);
            transaction.Tell("not deterministic", key.ToString(), $"two results: {other} and {digest}; both are kept, the first one counts");
            return;
        }

        // The bytes that were there may be damaged, or else nobody would have computed them again.
        transaction.Execute(
            "UPDATE result SET seconds = $2, epoch = $3, time = $4, body = $5 WHERE key = $1",
            key, seconds, transaction.Epoch, transaction.Now, body);
    }

    private byte[]? ReadFile(Fingerprint digest)
    {
        string path = PathOf(digest);
        if (_storage.Stamp(path) is not { } stamp)
        {
            return null;
        }

        // A file that cannot be read is as good as none: the unit is computed again.
        try
        {
            using Stream stream = _storage.OpenRead(path);
            byte[] bytes = new byte[stamp.LengthBytes];
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception unreadable) when (unreadable is StageException or IOException)
        {
            return null;
        }
    }

    private string PathOf(Fingerprint digest)
    {
        string name = digest.ToString();
        return Path.Combine(_folder, name[..2], name);
    }
}
