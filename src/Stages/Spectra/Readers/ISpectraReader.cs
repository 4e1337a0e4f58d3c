namespace Pipeline.Stages.Spectra.Readers;

/// <summary>A reader of one or more formats, as datasets use it.</summary>
/// <remarks>Pure and safe for all threads. Whatever is wrong with the bytes is a <see cref="Engine.StageException"/> that names the place.</remarks>
public interface ISpectraReader
{
    /// <summary>The reader's name in manifests and quarantine.</summary>
    string Name { get; }

    /// <summary>True for the formats that it reads.</summary>
    bool Reads(SpectraFormat format);

    /// <summary>Reads a source to its end.</summary>
    SourceContent Read(Stream source, CancellationToken cancellation);
}

/// <summary>What a source holds: spectra or late reference values.</summary>
public abstract record SourceContent
{
    /// <summary>What a person should check.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Spectra with what stands beside them.</summary>
    /// <param name="Chunk">The spectra.</param>
    public sealed record Spectra(SpectralChunk Chunk) : SourceContent;

    /// <summary>Reference values by sample id.</summary>
    /// <param name="Table">The values.</param>
    public sealed record References(ReferenceTable Table) : SourceContent;
}
