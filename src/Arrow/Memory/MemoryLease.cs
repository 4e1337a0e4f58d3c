namespace Apache.Arrow.Memory;

/// <summary>One holder's right to memory; a second disposal does nothing, so copies of a buffer may all be disposed.</summary>
internal sealed class MemoryLease(SharedMemory memory) : IDisposable
{
    private SharedMemory? _memory = memory;

    /// <summary>A lease of its own on the same memory.</summary>
    /// <exception cref="ObjectDisposedException">This one has ended.</exception>
    internal MemoryLease Share()
    {
        SharedMemory? held = Volatile.Read(ref _memory);
        ObjectDisposedException.ThrowIf(held is null, this);
        return held.Lease();
    }

    /// <summary>Ends the lease.</summary>
    public void Dispose() => Interlocked.Exchange(ref _memory, null)?.Release();
}
