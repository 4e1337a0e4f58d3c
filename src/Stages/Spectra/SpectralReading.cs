using Pipeline.Stages.Spectra.Readers;

namespace Pipeline.Stages.Spectra;

/// <summary>What a reader made of a file.</summary>
/// <param name="Chunk">The spectra.</param>
/// <param name="Report">What was found and guessed.</param>
public sealed record SpectralReading(SpectralChunk Chunk, ReadingReport Report);
