namespace Apache.Arrow.Ipc;

/// <summary>How a writer writes.</summary>
public class IpcOptions
{
    /// <summary>True writes the framing of 0.14 and before, without the continuation marker.</summary>
    public bool WriteLegacyIpcFormat { get; set; }

    /// <summary>How buffers are compressed; null writes them plainly.</summary>
    public CompressionCodecType? CompressionCodec { get; set; }

    /// <summary>What makes the codec; needed with <see cref="CompressionCodec"/>.</summary>
    public ICompressionCodecFactory? CompressionCodecFactory { get; set; }

    /// <summary>How hard the codec tries, in its own scale; null leaves it to the codec.</summary>
    public int? CompressionLevel { get; set; }
}
