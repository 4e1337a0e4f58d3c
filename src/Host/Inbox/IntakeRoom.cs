using Pipeline.Engine;
using Pipeline.Engine.Dataflow;
using Pipeline.Host.Service;
using Pipeline.Stages.Spectra.Readers;

namespace Pipeline.Host.Inbox;

/// <summary>The memory of one request that sends data, taken from the share of what arrives as its bytes come.</summary>
/// <remarks>
/// It grows, for how much will come is only announced. That cannot make requests wait for each other for ever: whoever has waited for
/// <see cref="Patience"/> is refused, and gives back what it has. For one thread at a time.
/// </remarks>
internal sealed class IntakeRoom(MemoryBudget arrivals, long bytesMax, TimeProvider clock, CancellationToken stopping) : IBatchRoom, IDisposable
{
    /// <summary>How long a request waits for memory before it is refused.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private const int PieceBytes = 64 << 10;

    private readonly List<MemoryLease> _leases = [];
    private long _held;

    /// <inheritdoc/>
    public long BytesMax => bytesMax;

    /// <summary>Reads all of a body, for which it grows as the bytes come, so that who sends slowly holds little.</summary>
    /// <exception cref="IntakeObstacleException">There is no memory.</exception>
    public async Task<MemoryStream> ReadAsync(Stream body, CancellationToken cancellation)
    {
        var bytes = new MemoryStream();
        byte[] piece = new byte[PieceBytes];
        int count;
        while ((count = await body.ReadAsync(piece, cancellation)) > 0)
        {
            if (bytes.Length + count > bytes.Capacity)
            {
                // Not for much more than has arrived, whatever was announced.
                long capacity = Math.Min(Math.Max(bytes.Length + count, Math.Max(4 * PieceBytes, 2 * bytes.Length)), bytesMax);
                await GrowAsync(capacity, cancellation);
                bytes.Capacity = (int)Math.Max(capacity, bytes.Length + count);
            }

            bytes.Write(piece, 0, count);
        }

        bytes.Position = 0;
        return bytes;
    }

    /// <inheritdoc/>
    public async ValueTask GrowAsync(long bytes, CancellationToken cancellation)
    {
        if (Missing(bytes) is var missing && missing <= 0)
        {
            return;
        }

        using var patience = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellation, stopping);
        try
        {
            Keep(await arrivals.ReserveAsync(missing, either.Token), missing);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            // Refused as announced; nothing was reserved.
            throw Busy();
        }
        catch (StageException full) when (full.Kind == FailureKind.OverBudget)
        {
            // As many wait as may wait.
            throw Busy();
        }
    }

    /// <inheritdoc/>
    public void Grow(long bytes)
    {
        if (Missing(bytes) is var missing && missing > 0)
        {
            Keep(arrivals.TryReserve(missing, out MemoryLease? lease) ? lease : throw Busy(), missing);
        }
    }

    /// <inheritdoc/>
    public void ShrinkTo(long bytes)
    {
        long wanted = DaemonMemory.CopiesPerFile * bytes;
        while (_leases.Count > 0 && _held > wanted)
        {
            MemoryLease last = _leases[^1];
            long rest = Math.Max(0, last.Bytes - (_held - wanted));
            _held -= last.Bytes - rest;
            last.ShrinkTo(rest);
            if (rest == 0)
            {
                _leases.RemoveAt(_leases.Count - 1);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => ShrinkTo(0);

    private long Missing(long bytes) => (DaemonMemory.CopiesPerFile * Math.Min(bytes, bytesMax)) - _held;

    private void Keep(MemoryLease lease, long bytes)
    {
        _leases.Add(lease);
        _held += bytes;
    }

    private static IntakeObstacleException Busy() => new(
        IntakeObstacle.Busy, "The memory for arriving data is used up at the moment. Send the same again a little later; raise "
            + "Pipeline:Memory if this comes often.");
}
