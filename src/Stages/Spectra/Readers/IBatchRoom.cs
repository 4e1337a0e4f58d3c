namespace Pipeline.Stages.Spectra.Readers;

/// <summary>Memory for the batches of a stream, granted piece by piece as their bytes arrive.</summary>
/// <remarks>Lengths are those of the bytes; whoever grants knows in how many copies they will be held. For one thread at a time.</remarks>
public interface IBatchRoom
{
    /// <summary>The longest batch, with the schema and the dictionaries that it needs.</summary>
    long BytesMax { get; }

    /// <summary>Makes room for so many bytes in all, or throws when there is none for too long.</summary>
    ValueTask GrowAsync(long bytes, CancellationToken cancellation);

    /// <summary>Makes room for so many bytes in all at once, or throws.</summary>
    void Grow(long bytes);

    /// <summary>Gives back what exceeds so many bytes.</summary>
    void ShrinkTo(long bytes);
}
