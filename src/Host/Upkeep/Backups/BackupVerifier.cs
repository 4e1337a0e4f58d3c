using System.Globalization;
using System.Text;
using Pipeline.Engine;
using Pipeline.Engine.Identity;

namespace Pipeline.Host.Upkeep.Backups;

/// <summary>Reads every byte of a backup and compares it with the manifest.</summary>
/// <remarks>Memory: the manifest and one entry per file. Files that the manifest does not name are passed over; nothing restores them.</remarks>
internal static class BackupVerifier
{
    private const int NamedMax = 20;
    private const int ChecksumBytesMax = 1024;

    /// <summary>The manifest of a backup that is whole.</summary>
    /// <exception cref="StageException">It is no backup, of a newer format, or damaged; every damaged file is named, up to a number.</exception>
    public static BackupManifest Verify(BackupReader backup, CancellationToken cancellation)
    {
        Dictionary<string, BackupFile> found = new(StringComparer.Ordinal);
        Dictionary<string, string> unreadable = new(StringComparer.Ordinal);
        byte[]? manifest = null;
        byte[]? checksum = null;
        backup.Read((path, stream) =>
        {
            // A disk that cannot read a file has damaged it; the others are looked at all the same.
            try
            {
                switch (path)
                {
                    case BackupManifest.FileName:
                        manifest = Bytes(stream, BackupManifest.BytesMax);
                        break;
                    case BackupManifest.ChecksumName:
                        checksum = Bytes(stream, ChecksumBytesMax);
                        break;
                    default:
                        found[path] = HashedCopy.Of(path, stream, null, cancellation);
                        break;
                }
            }
            catch (IOException failure) when (failure is not EndOfStreamException)
            {
                unreadable[path] = failure.Message;
            }
        });
        BackupManifest read = ManifestOf(backup, manifest, checksum);
        List<string> damages = [.. read.Files.Select(file => Damage(file, found, unreadable)).OfType<string>()];
        return damages.Count == 0
            ? read
            : throw new StageException(
                FailureKind.InvalidData,
                $"The backup '{backup.Place}' is damaged, and nothing was restored. {damages.Count} of {read.Files.Length} files differ:\n"
                + string.Concat(damages.Take(NamedMax).Select(line => $"  {line}\n"))
                + (damages.Count > NamedMax ? string.Create(CultureInfo.InvariantCulture, $"  … and {damages.Count - NamedMax} more\n") : "")
                + "Take another backup, and have the disk looked at.");
    }

    private static BackupManifest ManifestOf(BackupReader backup, byte[]? manifest, byte[]? checksum)
    {
        if (manifest is null || checksum is null)
        {
            string missing = manifest is null ? BackupManifest.FileName : BackupManifest.ChecksumName;
            throw new StageException(
                FailureKind.InvalidData, $"'{backup.Place}' is no complete backup: it has no readable {missing}. Name a backup that "
                    + "'pipeline backup' has finished.");
        }

        return Encoding.Latin1.GetString(checksum).TrimEnd() == $"{Fingerprint.OfBytes(manifest)}  {BackupManifest.FileName}"
            ? BackupManifest.Read(manifest, backup.Place)
            : throw new StageException(
                FailureKind.InvalidData,
                $"The backup '{backup.Place}' is damaged: {BackupManifest.FileName} does not agree with {BackupManifest.ChecksumName}. Take another backup.");
    }

    private static string? Damage(BackupFile file, Dictionary<string, BackupFile> found, Dictionary<string, string> unreadable)
    {
        if (unreadable.TryGetValue(file.Path, out string? reason))
        {
            return $"{file.Path}: cannot be read ({reason})";
        }

        if (!found.TryGetValue(file.Path, out BackupFile? there))
        {
            return $"{file.Path}: missing";
        }

        if (there == file)
        {
            return null;
        }

        return there.Length != file.Length
            ? string.Create(CultureInfo.InvariantCulture, $"{file.Path}: expected {file.Length} bytes, found {there.Length}")
            : $"{file.Path}: expected SHA-256 {file.Sha256}, found {there.Sha256}";
    }

    private static byte[] Bytes(Stream stream, int bytesMax)
    {
        using var copy = new MemoryStream();
        byte[] buffer = new byte[1 << 16];
        for (int read; (read = stream.Read(buffer, 0, buffer.Length)) > 0;)
        {
            if (copy.Length + read > bytesMax)
            {
                return [];
            }

            copy.Write(buffer, 0, read);
        }

        return copy.ToArray();
    }
}
