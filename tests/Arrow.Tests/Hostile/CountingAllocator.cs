using System.Buffers;
using Apache.Arrow.Memory;

namespace Pipeline.Arrow.Tests.Hostile;

/// <summary>An allocator that knows what is out, and spoils what comes back so that a later use is seen.</summary>
/// <remarks>For one thread at a time.</remarks>
internal sealed class CountingAllocator : MemoryAllocator
{
    private const byte Spoilt = 0xDB;

    /// <summary>Pieces of memory that did not come back.</summary>
    public int Out { get; private set; }

    /// <inheritdoc/>
    protected override IMemoryOwner<byte> AllocateInternal(int length, out int bytesAllocated)
    {
        bytesAllocated = length;
        Out++;
        return new Lent(this, new byte[length]);
    }

    private sealed class Lent(CountingAllocator lender, byte[] bytes) : IMemoryOwner<byte>
    {
        private bool _isBack;

        public Memory<byte> Memory => _isBack ? throw new ObjectDisposedException(nameof(Lent)) : bytes;

        public void Dispose()
        {
            if (_isBack)
            {
                throw new InvalidOperationException("Memory came back twice.");
            }

            _isBack = true;
            bytes.AsSpan().Fill(Spoilt);
            lender.Out--;
        }
    }
}
