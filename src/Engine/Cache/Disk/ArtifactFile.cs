using System.Diagnostics.CodeAnalysis;
using Pipeline.Engine.Identity;

namespace Pipeline.Engine.Cache.Disk;

/// <summary>One value in one file: a header, then the bytes of its codec.</summary>
/// <remarks>
/// A file is whole or damaged, and nothing else: any flipped bit, any missing or additional byte, another key or format
/// make it damaged. Written from front to back but for the header, which goes last, over zeros: a file that was not
/// finished has none. Never synced: what a power cut takes is computed again.
/// </remarks>
internal static class ArtifactFile
{
    private const int BufferBytes = 64 * 1024;

    /// <summary>Creates a file to write into.</summary>
    public static Stream Create(string path) =>
        new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, BufferBytes);

    /// <summary>Opens a file to read; others may delete it meanwhile.</summary>
    public static FileStream Open(string path) =>
        new(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, BufferBytes, FileOptions.SequentialScan);

    /// <summary>Writes a value; returns the bytes of the payload.</summary>
    public static long Write(
        Stream file, Fingerprint key, string kind, double computeSeconds, long madeAtMs, Action<Stream> writePayload)
    {
        file.Write(new byte[ArtifactHeader.SizeBytes]);
        using var payload = new ChecksumStream(file, 0, isReading: false);
        writePayload(payload);
        var header = new ArtifactHeader(key, kind, payload.Length, computeSeconds, madeAtMs, payload.Checksum);
        file.Position = 0;
        file.Write(header.ToBytes());
        file.Flush();
        return header.PayloadBytes;
    }

    /// <summary>Reads a value; null where the file is damaged.</summary>
    public static ArtifactHeader? TryRead<T>(Stream file, Fingerprint key, IArtifactCodec<T> codec, out T? value)
        where T : class, IArtifact
    {
        value = null;
        if (!TryReadHeader(file, key, out ArtifactHeader? header))
        {
            return null;
        }

        using var payload = new ChecksumStream(file, header.PayloadBytes, isReading: true);
        T? read;
        try
        {
            read = codec.Read(payload);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // Safe: the codec had bytes that are not checked yet, so anything may have happened; the value is
            // computed again, and the count of damaged files shows it.
            return null;
        }

        bool isWhole = payload.Position == header.PayloadBytes && payload.Checksum == header.PayloadChecksum;
        value = isWhole ? read : null;
        return value is null ? null : header;
    }

    /// <summary>Whether a file is whole, whatever its payload means.</summary>
    public static bool IsWhole(Stream file, Fingerprint key)
    {
        if (!TryReadHeader(file, key, out ArtifactHeader? header))
        {
            return false;
        }

        using var payload = new ChecksumStream(file, header.PayloadBytes, isReading: true);
        payload.Drain();
        return payload.Position == header.PayloadBytes && payload.Checksum == header.PayloadChecksum;
    }

    private static bool TryReadHeader(Stream file, Fingerprint key, [NotNullWhen(true)] out ArtifactHeader? header)
    {
        byte[] bytes = new byte[ArtifactHeader.SizeBytes];
        int read = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        header = read < bytes.Length ? null : ArtifactHeader.TryRead(bytes);
        return header is not null && header.Key == key && header.PayloadBytes == file.Length - bytes.Length;
    }
}
