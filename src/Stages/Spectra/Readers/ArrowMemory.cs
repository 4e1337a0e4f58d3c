using System.Buffers;
using Apache.Arrow.Memory;
using Pipeline.Engine;

namespace Pipeline.Stages.Spectra.Readers;

/// <summary>Memory for the batches of one Arrow source: no more than its bytes justify, given back with the batches.</summary>
/// <remarks>
/// Plain data need their own length; compressed ones are refused beyond <see cref="BytesPerSourceByte"/> times it. The
/// matrix of doubles comes on top.
/// </remarks>
/// <param name="sourceBytes">How long the source is, for messages.</param>
/// <param name="bytesMax">The most bytes that may be held at once.</param>
/// <param name="held">Told before more is held, how much that will be; what it throws refuses the memory.</param>
internal sealed class ArrowMemory(long sourceBytes, long bytesMax, Action<long>? held) : MemoryAllocator
{
    /// <summary>How far data may be compressed; spectra rounded to four places give 2 to 4.</summary>
    internal const int BytesPerSourceByte = 8;

    private const long FreeBytes = 16L << 20;

    private long _held;

    /// <summary>Memory for a source of known length.</summary>
    internal ArrowMemory(long sourceBytes)
        : this(sourceBytes, Math.Min(Math.Max(FreeBytes, BytesPerSourceByte * sourceBytes), Array.MaxLength), held: null)
    {
    }

    /// <summary>Bytes that batches hold now.</summary>
    internal long BytesHeld => Interlocked.Read(ref _held);

    /// <inheritdoc/>
    protected override IMemoryOwner<byte> AllocateInternal(int length, out int bytesAllocated)
    {
        long all = Interlocked.Add(ref _held, length);
        if (all > bytesMax)
        {
            Interlocked.Add(ref _held, -length);
            throw new StageException(
                FailureKind.InvalidData,
                $"The Arrow data have {sourceBytes} bytes and more than {bytesMax} when decompressed. Split the file, or write it without compression.");
        }

        // Whoever refuses has refused before anything is made.
        try
        {
            held?.Invoke(all);
        }
        catch
        {
            Interlocked.Add(ref _held, -length);
            throw;
        }

        bytesAllocated = length;
        return new Piece(this, new byte[length]);
    }

    /// <summary>Memory of one batch or buffer.</summary>
    private sealed class Piece(ArrowMemory memory, byte[] bytes) : IMemoryOwner<byte>
    {
        private byte[]? _bytes = bytes;

        public Memory<byte> Memory => _bytes;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _bytes, null) is { } held)
            {
                Interlocked.Add(ref memory._held, -held.Length);
            }
        }
    }
}
