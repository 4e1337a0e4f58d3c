using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using Pipeline.Engine;

namespace Pipeline.Host.Upkeep.Backups;

/// <summary><c>manifest.json</c> of a backup: what it holds, from when, and from which program.</summary>
/// <param name="FormatVersion">Version of the backup's form.</param>
/// <param name="Program">Version of the program.</param>
/// <param name="Time">The moment that the state is from.</param>
/// <param name="Tables">Parts of the program with tables in the state, and their versions.</param>
/// <param name="Files">Every file but the manifest and its checksum.</param>
/// <param name="Damaged">Paths that were missing or damaged in the data folder already.</param>
internal sealed record BackupManifest(
    int FormatVersion,
    string Program,
    DateTimeOffset Time,
    ImmutableSortedDictionary<string, int> Tables,
    ImmutableArray<BackupFile> Files,
    ImmutableArray<string> Damaged)
{
    /// <summary>The format that is written; a reader knows this one and all before.</summary>
    public const int FormatWritten = 1;

    /// <summary>The manifest's name.</summary>
    public const string FileName = "manifest.json";

    /// <summary>The name of the file with the manifest's digest, as <c>sha256sum</c> writes it.</summary>
    public const string ChecksumName = "manifest.sha256";

    /// <summary>The largest manifest that is read.</summary>
    public const int BytesMax = 1 << 30;

    private static readonly string[] Roots = ["state.db", "datasets", "studies", "results"];

    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Bytes of all files together.</summary>
    public long LengthBytes => Files.Sum(file => file.Length);

    /// <summary>The manifest as JSON.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, Options);

    /// <summary>Reads a manifest whose checksum holds.</summary>
    /// <param name="json">Its bytes.</param>
    /// <param name="backup">The backup, for messages.</param>
    /// <exception cref="StageException">It is of a newer format, or no manifest.</exception>
    public static BackupManifest Read(byte[] json, string backup)
    {
        // The checksum vouches for the bytes, not for what somebody wrote into them.
        try
        {
            using var document = JsonDocument.Parse(json);
            int format = document.RootElement.GetProperty("formatVersion").GetInt32();
            if (format is < 1 or > FormatWritten)
            {
                throw new StageException(
                    FailureKind.InvalidRequest,
                    $"The backup '{backup}' has format {format}; this program reads formats 1 to {FormatWritten}. Use the program that "
                        + "wrote it, or a newer one.");
            }

            BackupManifest manifest = document.RootElement.Deserialize<BackupManifest>(Options) ?? throw new JsonException("it says null");
            if (manifest.Files.IsDefault || manifest.Damaged.IsDefault || manifest.Files.FirstOrDefault(file => !IsSafe(file.Path)) is { } foreign)
            {
                throw new JsonException("it names a file that no backup has");
            }

            return manifest;
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or NotSupportedException)
        {
            throw new StageException(FailureKind.InvalidData, $"'{FileName}' of '{backup}' cannot be read: {error.Message} Take another backup.", error);
        }
    }

    /// <summary>True for a path that may stand in a data folder, and nowhere else.</summary>
    private static bool IsSafe(string path)
    {
        string[] parts = path.Split('/');
        return Roots.Contains(parts[0]) && parts.All(part => part.Length > 0 && part is not ("." or "..") && part.AsSpan().IndexOfAny('\\', ':', '\0') < 0);
    }
}

/// <summary>One file of a backup.</summary>
/// <param name="Path">Path below the data folder, with slashes.</param>
/// <param name="Length">Number of bytes.</param>
/// <param name="Sha256">Digest of the bytes.</param>
internal sealed record BackupFile(string Path, long Length, string Sha256);
