using System.Buffers;
using System.Buffers.Binary;
using Apache.Arrow.Compression;
using Apache.Arrow.Flatbuf;
using Apache.Arrow.Memory;

namespace Apache.Arrow.Ipc;

/// <summary>Decompresses the buffers of bodies.</summary>
/// <remarks>
/// For one thread at a time, body after body. Memory is taken for what a buffer announces only when so few compressed
/// bytes can hold so much; and all buffers of a body together give no more than the body's bytes can hold, or the
/// limit, so that buffers which lie over each other multiply nothing. <see cref="BodyCompressor"/> tells the layout.
/// </remarks>
internal sealed class BodyDecompressor(
    ICompressionCodecFactory? factory, MemoryAllocator? allocator = null, long bodyBytesMax = BodyDecompressor.BodyBytesMax)
    : IDisposable
{
    /// <summary>Bytes that the buffers of a body have at most, decompressed.</summary>
    internal const long BodyBytesMax = 1L << 30;

    // In an LZ4 block a byte repeats at most 255 others. Of a Zstandard frame the smallest block has four bytes and
    // repeats one of them for 128 KiB.
    private const long BytesPerLz4Byte = 255;
    private const long BytesPerZstdByte = (128 << 10) / 4;

    private readonly Dictionary<CompressionCodecType, ICompressionCodec> _codecs = [];
    private CompressionCodecType _type;
    private ICompressionCodec? _codec;
    private long _bytesLeft;

    /// <summary>Begins a body.</summary>
    /// <param name="compression">The table BodyCompression of its batch.</param>
    /// <param name="bodyBytes">Bytes of the body.</param>
    /// <exception cref="NotSupportedException">Nothing here knows the codec.</exception>
    internal void Start(FlatTable compression, long bodyBytes)
    {
        byte number = compression.GetByte(Slots.BodyCompression.Codec);
        byte method = compression.GetByte(Slots.BodyCompression.Method);
        _type = (number, method) switch
        {
            (0, 0) => CompressionCodecType.Lz4Frame,
            (1, 0) => CompressionCodecType.Zstd,
            (_, 0) => throw new NotSupportedException($"not supported: an Arrow batch compressed with codec number {number}"),
            _ => throw new NotSupportedException($"not supported: an Arrow batch compressed by method number {method}"),
        };
        _codec = CodecFor(_type);
        _bytesLeft = Math.Min(bodyBytesMax, BytesMax(bodyBytes));
    }

    /// <summary>The content of a buffer; where that is not compressed, a part of it with a lease of its own.</summary>
    /// <exception cref="InvalidDataException">The buffer is damaged, or holds more than it may.</exception>
    internal ArrowBuffer Decompress(ArrowBuffer buffer)
    {
        if (buffer.IsEmpty)
        {
            return ArrowBuffer.Empty;
        }

        if (!BinaryPrimitives.TryReadInt64LittleEndian(buffer.Span, out long announced))
        {
            throw new InvalidDataException($"A compressed buffer of {buffer.Length} bytes has no room for its length.");
        }

        ReadOnlyMemory<byte> frame = buffer.Memory[BodyCompressor.PrefixBytes..];
        return announced switch
        {
            BodyCompressor.NotCompressed => buffer.From(BodyCompressor.PrefixBytes),
            0 => ArrowBuffer.Empty,
            _ => Decompress(frame, Checked(frame, announced)),
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (ICompressionCodec codec in _codecs.Values)
        {
            codec.Dispose();
        }

        _codecs.Clear();
        _codec = null;
    }

    private ICompressionCodec CodecFor(CompressionCodecType type)
    {
        if (!_codecs.TryGetValue(type, out ICompressionCodec? codec))
        {
            codec = (factory ?? throw new NotSupportedException(
                $"not supported: an Arrow batch compressed with {NameOf(type)}, where the reader was given no "
                + "compression codec factory; give it an Apache.Arrow.Compression.CompressionCodecFactory.")).CreateCodec(type);
            _codecs.Add(type, codec);
        }

        return codec;
    }

    private ArrowBuffer Decompress(ReadOnlyMemory<byte> frame, int announced)
    {
        if (allocator is null)
        {
            byte[] bytes = GC.AllocateUninitializedArray<byte>(announced);
            Fill(frame, bytes);
            return new ArrowBuffer(bytes);
        }

        IMemoryOwner<byte> owner = allocator.Allocate(announced);
        try
        {
            Fill(frame, owner.Memory[..announced]);
            return new ArrowBuffer(owner.Memory[..announced], SharedMemory.Of(owner));
        }
        catch
        {
            // The memory is the caller's allocator's; whatever failed, nobody else can give it back.
            owner.Dispose();
            throw;
        }
    }

    private void Fill(ReadOnlyMemory<byte> frame, Memory<byte> content)
    {
        ICompressionCodec codec = _codec ?? throw new InvalidOperationException("No body was begun.");
        int written = codec.Decompress(frame, content);
        if (written != content.Length)
        {
            throw Invalid($"{content.Length} bytes announced, {written} held", frame);
        }
    }

    private int Checked(ReadOnlyMemory<byte> frame, long announced)
    {
        if (announced < 0 || announced > BytesMax(frame.Length))
        {
            throw Invalid($"{announced} bytes announced, which so few cannot hold", frame);
        }

        if (announced > _bytesLeft)
        {
            throw Invalid($"{announced} bytes announced, {_bytesLeft} left of what the body may hold", frame);
        }

        if (_codec is ZstdCodec zstd && zstd.StatedBytes(frame.Span) is long stated && stated != announced)
        {
            throw Invalid($"{announced} bytes announced, {stated} in the words of its frames", frame);
        }

        _bytesLeft -= announced;
        return (int)announced;
    }

    private long BytesMax(long compressedBytes) =>
        compressedBytes * (_type == CompressionCodecType.Zstd ? BytesPerZstdByte : BytesPerLz4Byte);

    private InvalidDataException Invalid(string what, ReadOnlyMemory<byte> frame) =>
        new($"A buffer of {frame.Length} bytes compressed with {NameOf(_type)}: {what}.");

    private static string NameOf(CompressionCodecType type) => type == CompressionCodecType.Zstd ? "ZSTD" : "LZ4_FRAME";
}
