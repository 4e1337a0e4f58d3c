namespace Pipeline.Engine.Cache.Disk;

/// <summary>The payload of an artifact's file, checksummed while it passes.</summary>
/// <remarks>Reading ends after the payload's bytes; the file belongs to the caller. Not safe for several threads.</remarks>
internal sealed class ChecksumStream(Stream file, long lengthBytes, bool isReading) : Stream
{
    private const int DrainBytes = 64 * 1024;

    private readonly FileChecksum _checksum = new();
    private long _position;

    /// <summary>The checksum of the bytes that have passed.</summary>
    public ulong Checksum => _checksum.Value;

    public override bool CanRead => isReading;

    public override bool CanWrite => !isReading;

    public override bool CanSeek => false;

    /// <summary>Bytes of the payload: known when reading, so far when writing.</summary>
    public override long Length => isReading ? lengthBytes : _position;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        if (!isReading)
        {
            throw new NotSupportedException();
        }

        int read = file.Read(buffer[..(int)Math.Min(buffer.Length, lengthBytes - _position)]);
        _checksum.Append(buffer[..read]);
        _position += read;
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (isReading)
        {
            throw new NotSupportedException();
        }

        file.Write(buffer);
        _checksum.Append(buffer);
        _position += buffer.Length;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <summary>Reads to the end of the payload, for its checksum.</summary>
    public void Drain()
    {
        byte[] buffer = new byte[DrainBytes];
        while (Read(buffer) > 0)
        {
        }
    }

    public override void Flush() => file.Flush();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
