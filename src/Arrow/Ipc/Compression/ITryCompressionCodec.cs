namespace Apache.Arrow.Ipc;

/// <summary>A codec that can also compress into memory.</summary>
public interface ITryCompressionCodec : ICompressionCodec
{
    /// <summary>Compresses into memory; false when it has too little room.</summary>
    bool TryCompress(ReadOnlyMemory<byte> source, Memory<byte> destination, out int bytesWritten);
}
