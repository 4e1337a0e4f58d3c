using System.Buffers;
using Apache.Arrow.Memory;

namespace Apache.Arrow;

/// <summary>A run of bytes that an array is made of.</summary>
/// <remarks>Immutable; copying the struct copies no bytes. Disposal matters only for memory from a caller's allocator.</remarks>
public readonly partial struct ArrowBuffer : IEquatable<ArrowBuffer>, IDisposable
{
    private readonly ReadOnlyMemory<byte> _memory;
    private readonly MemoryLease? _lease;

    /// <summary>A buffer over somebody's memory, which is not copied.</summary>
    public ArrowBuffer(ReadOnlyMemory<byte> data)
    {
        _memory = data;
        _lease = null;
    }

    /// <summary>A buffer over the first bytes of memory that is released with it; pools give more than was asked for.</summary>
    internal ArrowBuffer(IMemoryOwner<byte> owner, int length)
        : this(owner.Memory[..length], SharedMemory.Of(owner))
    {
    }

    /// <summary>A buffer over memory that its lease keeps.</summary>
    internal ArrowBuffer(ReadOnlyMemory<byte> data, MemoryLease? lease)
    {
        _memory = data;
        _lease = lease;
    }

    /// <summary>A buffer without bytes.</summary>
    public static ArrowBuffer Empty => new(ReadOnlyMemory<byte>.Empty);

    /// <summary>The bytes.</summary>
    public ReadOnlyMemory<byte> Memory => _memory;

    /// <summary>True when there are no bytes.</summary>
    public bool IsEmpty => _memory.IsEmpty;

    /// <summary>The number of bytes.</summary>
    public int Length => _memory.Length;

    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Span => _memory.Span;

    /// <summary>True when memory goes back to somebody with the last buffer over it.</summary>
    internal bool HasLease => _lease is not null;

    /// <summary>A buffer with a copy of the bytes.</summary>
    public ArrowBuffer Clone(MemoryAllocator? allocator = default)
    {
        IMemoryOwner<byte> owner = (allocator ?? MemoryAllocator.Default.Value).Allocate(Length);
        _memory.CopyTo(owner.Memory);
        return new ArrowBuffer(owner, Length);
    }

    /// <summary>True when the bytes are equal.</summary>
    public bool Equals(ArrowBuffer other) => Span.SequenceEqual(other.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is ArrowBuffer other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Span);
        return hash.ToHashCode();
    }

    /// <summary>The bytes from a position on, with a lease of their own.</summary>
    internal ArrowBuffer From(int start) => new(_memory[start..], _lease?.Share());

    /// <summary>A buffer over the same memory, which stays until both are disposed.</summary>
    public ArrowBuffer Retain() => new(_memory, _lease?.Share());

    /// <summary>Releases memory that came from a caller's allocator, unless others retain it.</summary>
    public void Dispose() => _lease?.Dispose();
}
