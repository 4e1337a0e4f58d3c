using System.Buffers.Binary;
using Apache.Arrow.Memory;

namespace Apache.Arrow.Ipc.Messages;

/// <summary>The messages of a stream whose bytes can be taken from where they lie, in memory or in a mapped file.</summary>
internal sealed class MessagesInPlace(ByteSource source, long start) : MessageSource
{
    private long _position = start;
    private bool _ended;

    /// <inheritdoc/>
    internal override IpcMessage? Next()
    {
        if (_ended || _position == source.Length)
        {
            return null;
        }

        long start = _position;
        try
        {
            return Read();
        }
        catch
        {
            // So that what follows a damaged message is not taken for one.
            _position = start;
            throw;
        }
    }

    /// <inheritdoc/>
    internal override ValueTask<IpcMessage?> NextAsync(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return new ValueTask<IpcMessage?>(Next());
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _ended = true;
        source.Dispose();
    }

    private IpcMessage? Read()
    {
        int length = NextWord();
        if (length == IpcFormat.Continuation)
        {
            length = NextWord();
        }

        if (length == 0)
        {
            _ended = true;
            return null;
        }

        IpcMessage message = IpcMessage.Open(Take(length));
        try
        {
            return message.WithBody(Take(message.BodyLength));
        }
        catch
        {
            message.Dispose();
            throw;
        }
    }

    private int NextWord()
    {
        using LeasedBytes word = Take(sizeof(int));
        return BinaryPrimitives.ReadInt32LittleEndian(word.Memory.Span);
    }

    private LeasedBytes Take(long count)
    {
        long left = source.Length - _position;
        if (count < 0 || count > left)
        {
            throw new InvalidDataException($"The Arrow stream ends early: {count} bytes expected, {left} left.");
        }

        LeasedBytes taken = source.Take(_position, count);
        _position += count;
        return taken;
    }
}
