namespace Apache.Arrow.Ipc;

/// <summary>A source of codecs.</summary>
public interface ICompressionCodecFactory
{
    /// <summary>Makes a codec, which the caller disposes.</summary>
    ICompressionCodec CreateCodec(CompressionCodecType compressionCodecType);

    /// <summary>Makes a codec that compresses at a level; a factory that knows no levels ignores it.</summary>
    ICompressionCodec CreateCodec(CompressionCodecType compressionCodecType, int? compressionLevel) =>
        CreateCodec(compressionCodecType);
}
