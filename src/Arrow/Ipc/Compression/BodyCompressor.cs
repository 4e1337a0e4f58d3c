using System.Buffers;
using System.Buffers.Binary;
using Apache.Arrow.Flatbuf;

namespace Apache.Arrow.Ipc;

/// <summary>Compresses the buffers of bodies, each by itself.</summary>
/// <remarks>
/// A buffer becomes the number of its bytes (int64) and a frame; or, where that would not be smaller, -1 and the bytes
/// as they are. A buffer without bytes stays one. Memory for the largest frame is kept until <see cref="Dispose"/>. For
/// one thread at a time.
/// </remarks>
internal sealed class BodyCompressor : IDisposable
{
    /// <summary>Bytes of the number before a frame.</summary>
    internal const int PrefixBytes = sizeof(long);

    /// <summary>What stands there before bytes that are not compressed.</summary>
    internal const long NotCompressed = -1;

    // Frames of bytes that cannot be compressed are larger than these by less than an eightieth and a few hundred.
    private const int ShareOfRoom = 80;
    private const int LeastRoom = 512;

    private readonly CompressionCodecType _type;
    private readonly ICompressionCodec _codec;
    private byte[] _frame = [];

    private BodyCompressor(CompressionCodecType type, ICompressionCodec codec)
    {
        _type = type;
        _codec = codec;
    }

    /// <summary>What compresses as the options say; null when they say nothing.</summary>
    /// <exception cref="ArgumentException">The options name a codec and nothing that makes it.</exception>
    internal static BodyCompressor? For(IpcOptions? options)
    {
        if (options?.CompressionCodec is not CompressionCodecType type)
        {
            return null;
        }

        return options.CompressionCodecFactory is ICompressionCodecFactory factory
            ? new BodyCompressor(type, factory.CreateCodec(type, options.CompressionLevel))
            : throw new ArgumentException(
                $"The options ask for compression with {type} and have no {nameof(IpcOptions.CompressionCodecFactory)}; "
                + "set an Apache.Arrow.Compression.CompressionCodecFactory.",
                nameof(options));
    }

    /// <summary>Adds the table that says how a body is compressed.</summary>
    internal int Encode(FlatBuilder builder)
    {
        builder.StartTable();
        builder.AddByte(Slots.BodyCompression.Codec, (byte)_type);
        return builder.EndTable();
    }

    /// <summary>The bytes to write for a buffer; they are the caller's to keep.</summary>
    internal ReadOnlyMemory<byte> Compress(ReadOnlyMemory<byte> buffer)
    {
        if (buffer.IsEmpty)
        {
            return default;
        }

        ReadOnlySpan<byte> frame = TryCompress(buffer);
        return frame.IsEmpty ? Join(NotCompressed, buffer.Span) : Join(buffer.Length, frame);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _codec.Dispose();
        ArrayPool<byte>.Shared.Return(_frame);
        _frame = [];
    }

    private ReadOnlySpan<byte> TryCompress(ReadOnlyMemory<byte> buffer)
    {
        if (_codec is not ITryCompressionCodec codec)
        {
            using var stream = new MemoryStream();
            _codec.Compress(buffer, stream);
            return stream.Length < buffer.Length ? stream.GetBuffer().AsSpan(0, (int)stream.Length) : default;
        }

        // With room for the worst case, codecs work faster than with just enough to gain something.
        Reserve((int)Math.Min(buffer.Length + (buffer.Length / ShareOfRoom) + (long)LeastRoom, System.Array.MaxLength));
        return codec.TryCompress(buffer, _frame, out int length) && length < buffer.Length ? _frame.AsSpan(0, length) : default;
    }

    private void Reserve(int room)
    {
        if (_frame.Length < room)
        {
            ArrayPool<byte>.Shared.Return(_frame);
            _frame = ArrayPool<byte>.Shared.Rent(room);
        }
    }

    private static byte[] Join(long prefix, ReadOnlySpan<byte> bytes)
    {
        byte[] joined = new byte[PrefixBytes + bytes.Length];
        BinaryPrimitives.WriteInt64LittleEndian(joined, prefix);
        bytes.CopyTo(joined.AsSpan(PrefixBytes));
        return joined;
    }
}
