using System.Buffers;

namespace Apache.Arrow.Memory;

/// <summary>A source of memory for buffers.</summary>
public abstract class MemoryAllocator
{
    /// <summary>Bytes to which memory is aligned where the allocator can.</summary>
    public const int DefaultAlignment = 64;

    /// <summary>Makes an allocator with an alignment.</summary>
    protected MemoryAllocator(int alignment = DefaultAlignment)
    {
        Alignment = alignment;
    }

    /// <summary>The allocator of those who name none: the garbage collector's memory.</summary>
    public static Lazy<MemoryAllocator> Default { get; } = new(() => new ManagedMemoryAllocator());

    /// <summary>Bytes to which memory is aligned where the allocator can.</summary>
    protected int Alignment { get; }

    /// <summary>Gives zeroed memory of exactly so many bytes; for none, nobody is asked.</summary>
    public IMemoryOwner<byte> Allocate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        return length == 0 ? ManagedMemoryAllocator.Nothing : AllocateInternal(length, out _);
    }

    /// <summary>Gives memory and says how many bytes were taken for it.</summary>
    protected abstract IMemoryOwner<byte> AllocateInternal(int length, out int bytesAllocated);
}
