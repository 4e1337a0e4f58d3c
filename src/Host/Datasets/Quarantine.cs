using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using Pipeline.Engine.Identity;
using Pipeline.Engine.State;
using Pipeline.Engine.Storage;

namespace Pipeline.Host.Datasets;

/// <summary>The sources that could not join a dataset, with the reason of each.</summary>
/// <remarks>
/// A row for each, and a folder per digest with <c>bytes</c> and <c>reason.json</c>, the row's text for people. Order of
/// effects: bytes and reason durable, then the row. Whoever deletes <c>reason.json</c> asks to have the bytes tried again when
/// they come again. Bytes are never deleted. Changes are made by the dataset's store alone; any thread may look.
/// </remarks>
public sealed class Quarantine
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly StateDatabase _state;
    private readonly string _dataset;
    private readonly IStorage _storage;
    private volatile ImmutableHashSet<Fingerprint> _digests = [];

    internal Quarantine(StateDatabase state, string dataset, IStorage storage, string folder)
    {
        _state = state;
        _dataset = dataset;
        _storage = storage;
        Folder = folder;
    }

    /// <summary>The folder of all entries.</summary>
    public string Folder { get; }

    /// <summary>How many entries there are.</summary>
    public int Count => _digests.Count;

    /// <summary>True where these bytes are in quarantine.</summary>
    public bool Contains(Fingerprint digest) => _digests.Contains(digest) && _storage.Stamp(ReasonPath(digest)) is not null;

    /// <summary>Opens the bytes of an entry for reading.</summary>
    /// <exception cref="Engine.StageException">There are none, or they cannot be read.</exception>
    public Stream OpenBytes(Fingerprint digest) => _storage.OpenRead(BytesPath(digest));

    /// <summary>All entries in the order of their digests.</summary>
    public IReadOnlyList<QuarantineReason> List() => _state.Read(reader => reader.Query(
        "SELECT digest, path, time, message, reader, length FROM quarantine WHERE dataset = $1 ORDER BY digest",
        row => new QuarantineReason(
            row.Key(0).ToString(), row.Text(1), DateTimeOffset.FromUnixTimeMilliseconds(row.Number(2)), row.Text(3), row.Text(4), row.Number(5)),
        _dataset));

    /// <summary>Reads the rows anew.</summary>
    internal void Refresh() => _digests =
        [.. _state.Read(reader => reader.Query("SELECT digest FROM quarantine WHERE dataset = $1", row => row.Key(0), _dataset))];

    /// <summary>Puts the bytes of a copied source away, durably, with the reason; they count once the row is there, too.</summary>
    internal QuarantineReason Keep(StagedSource staged, string message, string reader, DateTimeOffset time)
    {
        _storage.CreateFolder(Path.Combine(Folder, staged.Digest.ToString()));
        _storage.Move(staged.Temporary, BytesPath(staged.Digest));
        var reason = new QuarantineReason(staged.Digest.ToString(), staged.Path, time, message, reader, staged.LengthBytes);
        _storage.Write(ReasonPath(staged.Digest), stream => JsonSerializer.Serialize(stream, reason, Options));
        return reason;
    }

    /// <summary>Writes the row of what was put away.</summary>
    internal void Write(StateTransaction transaction, Fingerprint digest, QuarantineReason reason)
    {
        transaction.Execute(
            "INSERT OR REPLACE INTO quarantine (dataset, digest, path, time, message, reader, length) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            _dataset, digest, reason.Path, reason.Time.ToUnixTimeMilliseconds(), reason.Message, reason.Reader, reason.LengthBytes);
        transaction.Tell("quarantined", _dataset, $"{reason.Path}: {reason.Message}");
    }

    /// <summary>Shows what has its row now.</summary>
    internal void Show(IEnumerable<Fingerprint> digests) => _digests = _digests.Union(digests);

    /// <summary>Forgets bytes that have joined after all.</summary>
    internal void Joined(IEnumerable<Fingerprint> digests) => _digests = _digests.Except(digests);

    private string BytesPath(Fingerprint digest) => Path.Combine(Folder, digest.ToString(), "bytes");

    private string ReasonPath(Fingerprint digest) => Path.Combine(Folder, digest.ToString(), "reason.json");
}

/// <summary>Why a source is in quarantine.</summary>
/// <param name="Digest">SHA-256 of the bytes.</param>
/// <param name="Path">The path, or another name, under which it came.</param>
/// <param name="Time">When it was refused.</param>
/// <param name="Message">What was expected, what was found, where, what to do.</param>
/// <param name="Reader">The reader that was chosen, or "none".</param>
/// <param name="LengthBytes">Number of bytes.</param>
public sealed record QuarantineReason(
    string Digest, string Path, DateTimeOffset Time, string Message, string Reader, long LengthBytes);
