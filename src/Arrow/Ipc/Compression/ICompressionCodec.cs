namespace Apache.Arrow.Ipc;

/// <summary>A way to compress bytes and to get them back.</summary>
/// <remarks>A codec is for one thread at a time.</remarks>
public interface ICompressionCodec : IDisposable
{
    /// <summary>Decompresses into memory and says how many bytes that gave.</summary>
    int Decompress(ReadOnlyMemory<byte> source, Memory<byte> destination);

    /// <summary>Compresses to a stream; a codec that only reads need not have it.</summary>
    void Compress(ReadOnlyMemory<byte> source, Stream destination) =>
        throw new NotImplementedException($"{GetType().Name} cannot compress, only decompress.");
}
