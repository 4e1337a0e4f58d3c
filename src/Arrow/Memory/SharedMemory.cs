using System.Buffers;

namespace Apache.Arrow.Memory;

/// <summary>Memory that goes back to its owner with the last of its leases.</summary>
internal sealed class SharedMemory
{
    private readonly IMemoryOwner<byte> _owner;
    private int _leases = 1;

    private SharedMemory(IMemoryOwner<byte> owner)
    {
        _owner = owner;
    }

    /// <summary>The first lease on memory; from now on leases alone decide when it goes.</summary>
    internal static MemoryLease Of(IMemoryOwner<byte> owner) => new(new SharedMemory(owner));

    /// <summary>One more lease.</summary>
    /// <exception cref="ObjectDisposedException">The last one has ended.</exception>
    internal MemoryLease Lease()
    {
        int leases = Volatile.Read(ref _leases);
        while (true)
        {
            ObjectDisposedException.ThrowIf(leases == 0, this);
            int seen = Interlocked.CompareExchange(ref _leases, leases + 1, leases);
            if (seen == leases)
            {
                return new MemoryLease(this);
            }

            leases = seen;
        }
    }

    /// <summary>Ends a lease.</summary>
    internal void Release()
    {
        if (Interlocked.Decrement(ref _leases) == 0)
        {
            _owner.Dispose();
        }
    }
}
