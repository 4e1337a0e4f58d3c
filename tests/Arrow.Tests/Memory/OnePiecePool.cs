using System.Buffers;
using Apache.Arrow.Memory;

namespace Pipeline.Arrow.Tests.Memory;

/// <summary>An allocator that gives pieces that came back again, as pools do.</summary>
internal sealed class OnePiecePool : MemoryAllocator
{
    private const int PieceBytes = 4096;
    private readonly Queue<byte[]> _free = new();

    /// <summary>Pieces that are out.</summary>
    public int LiveCount { get; private set; }

    protected override IMemoryOwner<byte> AllocateInternal(int length, out int bytesAllocated)
    {
        bytesAllocated = PieceBytes;
        LiveCount++;
        byte[] piece = _free.TryDequeue(out byte[]? free) ? free : new byte[PieceBytes];
        piece.AsSpan().Clear();
        return new Piece(this, piece);
    }

    private sealed class Piece(OnePiecePool pool, byte[] bytes) : IMemoryOwner<byte>
    {
        public Memory<byte> Memory => bytes;

        public void Dispose()
        {
            pool.LiveCount--;
            pool._free.Enqueue(bytes);
        }
    }
}
