namespace Pipeline.Engine.Dataflow;

/// <summary>A ticket on its way, with its lease, its failure and its place.</summary>
/// <remarks>
/// One block at a time holds it, and hands it on through a queue; only that block writes.
/// Progress reads place and lease from other threads and may see either a moment late.
/// </remarks>
internal sealed class Envelope<TTicket>(TTicket ticket, MemoryLease lease)
{
    private volatile MemoryLease _lease = lease;
    private volatile int _blockIndex;
    private long _since;

    public TTicket Ticket { get; set; } = ticket;

    public Failure? Failure { get; set; }

    /// <summary>How long each body may take for this ticket; set by the feeder.</summary>
    public TimeSpan Patience { get; set; }

    /// <summary>Timestamp at which the present block began it, or at which it was taken.</summary>
    public long Since
    {
        get => Volatile.Read(ref _since);
        set => Volatile.Write(ref _since, value);
    }

    public MemoryLease Lease
    {
        get => _lease;
        set => _lease = value;
    }

    /// <summary>The block that began this ticket last; 0 before any.</summary>
    public int BlockIndex
    {
        get => _blockIndex;
        set => _blockIndex = value;
    }
}
