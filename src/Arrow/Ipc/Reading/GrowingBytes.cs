namespace Apache.Arrow.Ipc.Reading;

/// <summary>Bytes to which more are added; buffers made earlier keep the bytes that they saw.</summary>
internal sealed class GrowingBytes
{
    private byte[] _bytes = [];

    /// <summary>Bytes so far.</summary>
    internal int Length { get; private set; }

    /// <summary>The bytes so far.</summary>
    internal Span<byte> Span => _bytes.AsSpan(0, Length);

    /// <summary>Room for so many more bytes, zeroed; it counts as added.</summary>
    internal Span<byte> Add(int count)
    {
        long length = (long)Length + count;
        if (length > System.Array.MaxLength)
        {
            throw new InvalidDataException($"An Arrow dictionary grows to {length} bytes.");
        }

        if (length > _bytes.Length)
        {
            System.Array.Resize(ref _bytes, (int)Math.Min(System.Array.MaxLength, Math.Max(length, 2L * _bytes.Length)));
        }

        Span<byte> added = _bytes.AsSpan(Length, count);
        Length = (int)length;
        return added;
    }

    /// <summary>The bytes so far as a buffer.</summary>
    internal ArrowBuffer Snapshot() => new(_bytes.AsMemory(0, Length));
}
