using System.Threading.Channels;

namespace Pipeline.Arrow.Tests.Memory;

/// <summary>A stream that takes a write when it is let, and tells what waits.</summary>
internal sealed class GatedStream : MemoryStream
{
    private readonly SemaphoreSlim _gate = new(0);
    private readonly Channel<ReadOnlyMemory<byte>> _begun = Channel.CreateUnbounded<ReadOnlyMemory<byte>>();

    /// <summary>The bytes of all writes, each as soon as it was begun.</summary>
    public ChannelReader<ReadOnlyMemory<byte>> Begun => _begun.Reader;

    /// <summary>Writes that were taken.</summary>
    public int TakenCount { get; private set; }

    /// <summary>What is done when a write finds the gate closed.</summary>
    public Action? OnClosed { get; set; }

    /// <summary>Lets so many writes through.</summary>
    public void Open(int writes)
    {
        if (writes > 0)
        {
            _gate.Release(writes);
        }
    }

    /// <summary>Says that no write will follow.</summary>
    public void Finish() => _begun.Writer.Complete();

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _begun.Writer.TryWrite(buffer);
        if (_gate.CurrentCount == 0)
        {
            OnClosed?.Invoke();
        }

        await _gate.WaitAsync(cancellationToken);
        Write(buffer.Span);
        TakenCount++;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _gate.Dispose();
        }

        base.Dispose(disposing);
    }
}
