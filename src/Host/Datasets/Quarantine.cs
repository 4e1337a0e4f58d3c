using System.Text.Encodings.Web;
using System.Text.Json;
using Pipeline.Engine.Identity;
using Pipeline.Engine.Storage;

namespace Pipeline.Host.Datasets;

/// <summary>The sources that could not join a dataset, with the reason of each.</summary>
/// <remarks>
/// One folder per digest with <c>bytes</c> and <c>reason.json</c>; the reason is written last and makes the entry. Bytes are
/// never deleted. Changes are made by the dataset's store alone.
/// </remarks>
public sealed class Quarantine
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly IStorage _storage;

    internal Quarantine(IStorage storage, string folder)
    {
        _storage = storage;
        Folder = folder;
    }

    /// <summary>The folder of all entries.</summary>
    public string Folder { get; }

    /// <summary>True where these bytes are in quarantine.</summary>
    public bool Contains(Fingerprint digest) => _storage.Stamp(ReasonPath(digest)) is not null;

    /// <summary>All entries in the order of their digests; a reason that cannot be read is left out.</summary>
    public IReadOnlyList<QuarantineReason> List()
    {
        var reasons = new List<QuarantineReason>();
        foreach (StoredEntry entry in _storage.List(Folder))
        {
            if (entry.IsFolder && Fingerprint.TryParse(Path.GetFileName(entry.Path), out Fingerprint digest) && Contains(digest))
            {
                using Stream stream = _storage.OpenRead(ReasonPath(digest));

                // A reason that a person has damaged hides itself, not the others; its bytes stay.
                try
                {
                    reasons.Add(JsonSerializer.Deserialize<QuarantineReason>(stream, Options)!);
                }
                catch (JsonException)
                {
                }
            }
        }

        return reasons;
    }

    /// <summary>The original bytes of an entry.</summary>
    public Stream Open(Fingerprint digest) => _storage.OpenRead(BytesPath(digest));

    /// <summary>Lets the bytes be tried again when they come again: the reason goes, the bytes stay.</summary>
    public void Forget(Fingerprint digest) => _storage.Delete(ReasonPath(digest));

    /// <summary>Puts a copied source away.</summary>
    internal void Put(StagedSource staged, string message, string reader, DateTimeOffset time)
    {
        _storage.CreateFolder(Path.Combine(Folder, staged.Digest.ToString()));
        _storage.Move(staged.Temporary, BytesPath(staged.Digest));
        var reason = new QuarantineReason(staged.Digest.ToString(), staged.Path, time, message, reader, staged.LengthBytes);
        _storage.Write(ReasonPath(staged.Digest), stream => JsonSerializer.Serialize(stream, reason, Options));
    }

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
