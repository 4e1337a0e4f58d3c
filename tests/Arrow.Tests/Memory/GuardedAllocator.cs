using System.Buffers;
using Apache.Arrow.Memory;
using Xunit;

namespace Pipeline.Arrow.Tests.Memory;

/// <summary>An allocator that counts what is out, and catches uses and releases of what came back.</summary>
/// <remarks>What comes back is overwritten, so that a span over it gives wrong values; memory over it throws.</remarks>
internal sealed class GuardedAllocator(int extraBytes = 0) : MemoryAllocator
{
    private const byte Poison = 0xCD;
    private readonly List<Block> _live = [];
    private int _releasedAgain;

    /// <summary>Pieces of memory that are out.</summary>
    public int LiveCount => _live.Count;

    /// <summary>Bytes that are out.</summary>
    public long LiveBytes => _live.Sum(block => (long)block.Length);

    /// <summary>The most bytes that ever were out.</summary>
    public long PeakBytes { get; private set; }

    /// <summary>Pieces of memory given so far.</summary>
    public int GivenCount { get; private set; }

    /// <summary>True when bytes lie in a piece that is out.</summary>
    public bool Holds(ReadOnlySpan<byte> bytes)
    {
        foreach (Block block in _live)
        {
            if (block.GetSpan().Overlaps(bytes))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Fails unless everything came back, once.</summary>
    public void RequireAllBack(string where = "")
    {
        Assert.True(_live.Count == 0, $"{where}: {_live.Count} pieces, {LiveBytes} bytes did not come back");
        Assert.True(_releasedAgain == 0, $"{where}: {_releasedAgain} pieces came back twice");
    }

    protected override IMemoryOwner<byte> AllocateInternal(int length, out int bytesAllocated)
    {
        var block = new Block(this, length + extraBytes);
        bytesAllocated = length + extraBytes;
        _live.Add(block);
        GivenCount++;
        PeakBytes = Math.Max(PeakBytes, LiveBytes);
        return block;
    }

    private sealed class Block(GuardedAllocator allocator, int length) : MemoryManager<byte>
    {
        private readonly byte[] _bytes = new byte[length];
        private bool _isReleased;

        public int Length => _bytes.Length;

        public override Span<byte> GetSpan()
        {
            ObjectDisposedException.ThrowIf(_isReleased, this);
            return _bytes;
        }

        public override MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException();

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
            if (_isReleased)
            {
                allocator._releasedAgain++;
                return;
            }

            _isReleased = true;
            _bytes.AsSpan().Fill(Poison);
            allocator._live.Remove(this);
        }
    }
}
