using Apache.Arrow.Ipc;

namespace Apache.Arrow.Compression;

/// <summary>A source of codecs that use the system's libraries for LZ4 and Zstandard.</summary>
/// <remarks>
/// Any thread may ask; a codec itself is for one thread at a time. Where the machine lacks the library, asking gives
/// a <see cref="NotSupportedException"/> that says what to install.
/// </remarks>
public sealed class CompressionCodecFactory : ICompressionCodecFactory
{
    /// <inheritdoc/>
    public ICompressionCodec CreateCodec(CompressionCodecType compressionCodecType) =>
        CreateCodec(compressionCodecType, null);

    /// <inheritdoc/>
    public ICompressionCodec CreateCodec(CompressionCodecType compressionCodecType, int? compressionLevel) =>
        compressionCodecType switch
        {
            CompressionCodecType.Lz4Frame => new Lz4FrameCodec(CodecLibrary.Lz4, compressionLevel),
            CompressionCodecType.Zstd => new ZstdCodec(CodecLibrary.Zstd, compressionLevel),
            _ => throw new NotImplementedException($"There is no compression codec {compressionCodecType}."),
        };
}
