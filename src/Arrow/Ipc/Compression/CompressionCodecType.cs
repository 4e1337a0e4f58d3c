namespace Apache.Arrow.Ipc;

/// <summary>How the buffers of a body are compressed; the numbers are those of CompressionType in Message.fbs.</summary>
public enum CompressionCodecType
{
    /// <summary>Frames of LZ4: fast, moderately small.</summary>
    Lz4Frame,

    /// <summary>Frames of Zstandard: smaller, slower.</summary>
    Zstd,
}
