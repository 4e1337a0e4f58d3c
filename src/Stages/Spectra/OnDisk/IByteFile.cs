namespace Pipeline.Stages.Spectra.OnDisk;

/// <summary>A file whose bytes are read at any place; whoever opens files brings it.</summary>
/// <remarks>Several reads may be under way at once.</remarks>
public interface IByteFile
{
    /// <summary>Bytes of the file.</summary>
    long Length { get; }

    /// <summary>Reads bytes that lie inside.</summary>
    /// <exception cref="Engine.StageException">The disk refuses, or the file has become shorter.</exception>
    void Read(long position, Span<byte> target);

    /// <summary>Reads pieces one behind the other into the target, elsewhere than on the caller's thread.</summary>
    ValueTask ReadAsync(IReadOnlyList<ByteRange> pieces, Memory<byte> target, CancellationToken cancellation);
}

/// <summary>Bytes of a file that lie one behind the other.</summary>
/// <param name="Start">The first byte.</param>
/// <param name="Count">How many.</param>
public readonly record struct ByteRange(long Start, int Count);
