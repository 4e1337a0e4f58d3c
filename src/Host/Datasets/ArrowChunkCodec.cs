using Pipeline.Stages.Spectra;
using Pipeline.Stages.Spectra.Readers;

namespace Pipeline.Host.Datasets;

/// <summary>Chunks as Arrow files, readable by every program that reads Arrow.</summary>
public sealed class ArrowChunkCodec : IChunkCodec
{
    /// <inheritdoc/>
    public string Extension => ".arrow";

    /// <inheritdoc/>
    public void Write(SpectralChunk chunk, Stream target) => ArrowSpectraWriter.Write(chunk, target);

    /// <inheritdoc/>
    public SpectralChunk Read(Stream source) => ArrowSpectraReader.Read(source).Chunk;
}
