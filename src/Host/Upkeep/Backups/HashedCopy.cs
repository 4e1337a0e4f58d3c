using System.Buffers;
using System.Security.Cryptography;
using Pipeline.Engine.Identity;

namespace Pipeline.Host.Upkeep.Backups;

/// <summary>Copies bytes and tells what they were.</summary>
internal static class HashedCopy
{
    private const int BufferBytes = 1 << 17;

    /// <summary>Reads a stream to its end; writes it where there is a target.</summary>
    /// <exception cref="IOException">The source or the target fails.</exception>
    public static BackupFile Of(string path, Stream source, Stream? target, CancellationToken cancellation)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            long length = 0;
            for (int read; (read = source.Read(buffer, 0, buffer.Length)) > 0; length += read)
            {
                cancellation.ThrowIfCancellationRequested();
                hash.AppendData(buffer, 0, read);
                target?.Write(buffer, 0, read);
            }

            return new BackupFile(path, length, Fingerprint.FromHash(hash.GetHashAndReset()).ToString());
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
