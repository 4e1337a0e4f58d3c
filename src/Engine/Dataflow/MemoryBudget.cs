using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace Pipeline.Engine.Dataflow;

/// <summary>A number of bytes that reservations share, first come first served.</summary>
/// <remarks>
/// Invariants: ReservedBytes is the sum of all leases; 0 ≤ AbandonedBytes ≤ ReservedBytes ≤ ReservedBytesPeak ≤
/// CapacityBytes;
/// whoever waits first is served first, so a large request is never starved by small ones behind it.
/// Any thread may call anything. <c>_gate</c> guards the account and the queue; it is never held while
/// foreign code runs, since waiters continue on other threads.
/// Ceilings: <see cref="Limits.BudgetBytesMax"/>, <see cref="Limits.WaitingReservationsMax"/>.
/// Not responsible for measuring memory: who reserves must know how much it will take.
/// </remarks>
public sealed class MemoryBudget
{
    // Set by the constructor.
    private readonly int _waitingMax;

    // Guarded by _gate.
    private readonly Lock _gate = new();
    private readonly LinkedList<Waiter> _waiters = new();
    private long _reservedBytes;
    private long _reservedBytesPeak;
    private long _abandonedBytes;

    /// <summary>A budget of <see cref="Limits.BudgetBytesMax"/> bytes.</summary>
    public MemoryBudget(Limits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        CapacityBytes = limits.Validate().BudgetBytesMax;
        _waitingMax = limits.WaitingReservationsMax;
    }

    /// <summary>The bytes there are to share.</summary>
    public long CapacityBytes { get; }

    /// <summary>The bytes reserved now.</summary>
    public long ReservedBytes => Volatile.Read(ref _reservedBytes);

    /// <summary>The most bytes that were ever reserved at once.</summary>
    public long ReservedBytesPeak => Volatile.Read(ref _reservedBytesPeak);

    /// <summary>The part of the reserved bytes that hung work keeps, perhaps for ever.</summary>
    public long AbandonedBytes => Volatile.Read(ref _abandonedBytes);

    /// <summary>The number of reservations that wait now.</summary>
    public int WaitingCount
    {
        get
        {
            lock (_gate)
            {
                return _waiters.Count;
            }
        }
    }

    /// <summary>Reserves bytes, after all who asked earlier; the order is that of the calls.</summary>
    /// <exception cref="StageException">More is asked than there is, or too many wait already.</exception>
    /// <exception cref="OperationCanceledException">Cancelled while waiting; nothing is reserved.</exception>
    public ValueTask<MemoryLease> ReserveAsync(long bytes, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        cancellation.ThrowIfCancellationRequested();
        if (bytes > CapacityBytes)
        {
            throw new StageException(FailureKind.OverBudget, TooLarge(bytes));
        }

        LinkedListNode<Waiter> waiter;
        lock (_gate)
        {
            if (_waiters.Count == 0 && TryTake(bytes, out MemoryLease? lease))
            {
                return ValueTask.FromResult(lease);
            }

            if (_waiters.Count >= _waitingMax)
            {
                throw new StageException(FailureKind.OverBudget, TooMany());
            }

            waiter = _waiters.AddLast(new Waiter(bytes));
        }

        return new ValueTask<MemoryLease>(WaitAsync(waiter, cancellation));
    }

    /// <summary>Reserves bytes if that is possible at once without overtaking anybody.</summary>
    public bool TryReserve(long bytes, [NotNullWhen(true)] out MemoryLease? lease)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        lock (_gate)
        {
            lease = null;
            return _waiters.Count == 0 && TryTake(bytes, out lease);
        }
    }

    /// <summary>A lease of no bytes, for a ticket that could not reserve any.</summary>
    internal MemoryLease EmptyLease() => new(this, 0);

    /// <summary>Takes bytes back from a lease and serves those who can now be served.</summary>
    internal void Shrink(MemoryLease lease, long bytes)
    {
        lock (_gate)
        {
            long returned = lease.Bytes - bytes;
            if (returned <= 0)
            {
                return;
            }

            lease.Bytes = bytes;
            _reservedBytes -= returned;
            _abandonedBytes -= lease.IsAbandoned ? returned : 0;
            Serve();
        }
    }

    /// <summary>Notes that nobody knows when a lease will be given back: its bytes stay reserved, for they are in use.</summary>
    internal void Abandon(MemoryLease lease)
    {
        lock (_gate)
        {
            if (!lease.IsAbandoned)
            {
                lease.IsAbandoned = true;
                _abandonedBytes += lease.Bytes;
            }
        }
    }

    private async Task<MemoryLease> WaitAsync(LinkedListNode<Waiter> waiter, CancellationToken cancellation)
    {
        // Disposed here and not where the lease is granted: disposing waits for a running callback,
        // which wants the lock that the granting thread holds.
        using CancellationTokenRegistration registration = cancellation.UnsafeRegister(
            (_, token) => Withdraw(waiter, token), null);
        return await waiter.Value.Granted.Task;
    }

    private void Withdraw(LinkedListNode<Waiter> waiter, CancellationToken cancellation)
    {
        lock (_gate)
        {
            // Granted in the meantime: then the caller gets its lease.
            if (waiter.List is null)
            {
                return;
            }

            _waiters.Remove(waiter);
            waiter.Value.Granted.SetCanceled(cancellation);

            // A large request that leaves the head makes room for small ones behind it.
            Serve();
        }
    }

    private void Serve()
    {
        Debug.Assert(_gate.IsHeldByCurrentThread);
        while (_waiters.First is { } head && TryTake(head.Value.Bytes, out MemoryLease? lease))
        {
            _waiters.RemoveFirst();
            head.Value.Granted.SetResult(lease);
        }
    }

    private bool TryTake(long bytes, [NotNullWhen(true)] out MemoryLease? lease)
    {
        Debug.Assert(_gate.IsHeldByCurrentThread);
        lease = null;
        if (bytes > CapacityBytes - _reservedBytes)
        {
            return false;
        }

        _reservedBytes += bytes;
        _reservedBytesPeak = Math.Max(_reservedBytesPeak, _reservedBytes);
        lease = new MemoryLease(this, bytes);
        return true;
    }

    private string TooLarge(long bytes) =>
        $"One piece of work asks for {ByteSize.Format(bytes)} of memory ({bytes} bytes) and the budget is "
        + $"{ByteSize.Format(CapacityBytes)} ({CapacityBytes} bytes), so it can never start. Raise the memory budget, "
        + "or make the work smaller: fewer samples, variables or candidates.";

    private string TooMany() =>
        $"{_waitingMax} reservations wait for memory already. Raise {nameof(Limits.WaitingReservationsMax)}, "
        + "or run fewer flows at once.";

    /// <summary>One reservation that waits.</summary>
    private sealed class Waiter(long bytes)
    {
        public long Bytes { get; } = bytes;

        // Continuations run elsewhere, never inside the lock under which the lease is granted.
        public TaskCompletionSource<MemoryLease> Granted { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
