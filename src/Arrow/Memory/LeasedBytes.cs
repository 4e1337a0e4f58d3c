using System.Buffers;

namespace Apache.Arrow.Memory;

/// <summary>Bytes with the lease that keeps them; without a lease they belong to the garbage collector or to the caller.</summary>
internal readonly record struct LeasedBytes(ReadOnlyMemory<byte> Memory, MemoryLease? Lease) : IDisposable
{
    /// <summary>Bytes that need no release.</summary>
    internal static LeasedBytes Free(ReadOnlyMemory<byte> memory) => new(memory, null);

    /// <summary>Bytes that their owner gets back when the last lease ends.</summary>
    internal static LeasedBytes Of(IMemoryOwner<byte> owner, int length) =>
        new(owner.Memory[..length], SharedMemory.Of(owner));

    /// <summary>Some of the bytes as a buffer with a lease of its own.</summary>
    internal ArrowBuffer Buffer(int start, int length) =>
        length == 0 ? ArrowBuffer.Empty : new ArrowBuffer(Memory.Slice(start, length), Lease?.Share());

    /// <summary>Ends the lease.</summary>
    public void Dispose() => Lease?.Dispose();
}
