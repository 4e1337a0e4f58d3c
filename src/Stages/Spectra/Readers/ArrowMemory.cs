using System.Buffers;
using Apache.Arrow.Memory;
using Pipeline.Engine;

namespace Pipeline.Stages.Spectra.Readers;

/// <summary>Memory for the batches of one Arrow source: no more than its bytes justify, given back with the batches.</summary>
/// <remarks>
/// Plain data need their own length; compressed ones are refused beyond <see cref="BytesPerSourceByte"/> times it. The
/// matrix of doubles comes on top.
/// </remarks>
internal sealed class ArrowMemory(long sourceBytes) : MemoryAllocator
{
    /// <summary>How far data may be compressed; spectra rounded to four places give 2 to 4.</summary>
    internal const int BytesPerSourceByte = 8;

    private const long FreeBytes = 16L << 20;

    private readonly long _bytesMax = Math.Min(Math.Max(FreeBytes, BytesPerSourceByte * sourceBytes), Array.MaxLength);
    private long _held;

    /// <summary>Bytes that batches hold now.</summary>
    internal long BytesHeld => Interlocked.Read(ref _held);

    /// <inheritdoc/>
    protected override IMemoryOwner<byte> AllocateInternal(int length, out int bytesAllocated)
    {
        if (Interlocked.Add(ref _held, length) > _bytesMax)
        {
            Interlocked.Add(ref _held, -length);
            throw new StageException(
                FailureKind.InvalidData,
                $"The Arrow data have {sourceBytes} bytes and more than {_bytesMax} when decompressed. Split the file, or write it without compression.");
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
