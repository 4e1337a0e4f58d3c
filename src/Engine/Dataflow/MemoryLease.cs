namespace Pipeline.Engine.Dataflow;

/// <summary>A share of the memory budget, held from reservation to disposal.</summary>
/// <remarks>
/// Any thread may shrink or dispose it, several times and at once; the budget's lock guards the bytes.
/// Never grows: a second reservation while holding one is what makes pipelines deadlock.
/// Not responsible for the memory itself, only for the account of it.
/// </remarks>
public sealed class MemoryLease : IDisposable
{
    // Set by the constructor.
    private readonly MemoryBudget _budget;

    // Written by the budget under its lock, read anywhere.
    private long _bytes;

    internal MemoryLease(MemoryBudget budget, long bytes)
    {
        _budget = budget;
        _bytes = bytes;
    }

    /// <summary>The bytes held now; 0 after disposal.</summary>
    public long Bytes
    {
        get => Volatile.Read(ref _bytes);
        internal set => Volatile.Write(ref _bytes, value);
    }

    /// <summary>Whether the holder hangs; guarded by the budget's lock.</summary>
    internal bool IsAbandoned { get; set; }

    /// <summary>Gives back what exceeds <paramref name="bytes"/>; a larger number changes nothing.</summary>
    public void ShrinkTo(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        _budget.Shrink(this, bytes);
    }

    /// <summary>Gives back all bytes; again is harmless.</summary>
    public void Dispose() => _budget.Shrink(this, 0);

    /// <summary>Whether that many bytes cannot be had as long as hung work keeps what it has.</summary>
    internal bool CanNeverReach(long bytes) => bytes > _budget.CapacityBytes - _budget.AbandonedBytes;

    /// <summary>Notes that the holder hangs.</summary>
    internal void Abandon() => _budget.Abandon(this);
}
