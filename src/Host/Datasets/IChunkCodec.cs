using Pipeline.Stages.Spectra;

namespace Pipeline.Host.Datasets;

/// <summary>The form in which chunks lie on the disk: every bit of a chunk comes back.</summary>
public interface IChunkCodec
{
    /// <summary>The ending of the files, with its dot.</summary>
    string Extension { get; }

    /// <summary>Writes a chunk; the stream stays open.</summary>
    void Write(SpectralChunk chunk, Stream target);

    /// <summary>Reads a chunk to its end.</summary>
    SpectralChunk Read(Stream source);
}
