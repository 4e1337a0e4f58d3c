using System.Buffers;

namespace Apache.Arrow.Memory;

/// <summary>An allocator of arrays that the garbage collector owns.</summary>
internal sealed class ManagedMemoryAllocator : MemoryAllocator
{
    /// <summary>Memory without bytes.</summary>
    internal static IMemoryOwner<byte> Nothing { get; } = new ManagedMemory([]);

    /// <inheritdoc/>
    protected override IMemoryOwner<byte> AllocateInternal(int length, out int bytesAllocated)
    {
        bytesAllocated = length;
        return new ManagedMemory(new byte[length]);
    }

    /// <summary>Memory that needs no release.</summary>
    private sealed class ManagedMemory(byte[] bytes) : IMemoryOwner<byte>
    {
        /// <inheritdoc/>
        public Memory<byte> Memory => bytes;

        /// <inheritdoc/>
        public void Dispose()
        {
        }
    }
}
