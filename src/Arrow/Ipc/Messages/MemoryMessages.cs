using System.Buffers.Binary;

namespace Apache.Arrow.Ipc.Messages;

/// <summary>The messages of a stream that lies in memory; metadata and bodies are slices of it.</summary>
internal sealed class MemoryMessages(ReadOnlyMemory<byte> stream) : MessageSource
{
    private ReadOnlyMemory<byte> _rest = stream;

    /// <inheritdoc/>
    internal override IpcMessage? Next()
    {
        if (_rest.IsEmpty)
        {
            return null;
        }

        int length = BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int)).Span);
        if (length == IpcFormat.Continuation)
        {
            length = BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int)).Span);
        }

        if (length == 0)
        {
            _rest = default;
            return null;
        }

        var message = new IpcMessage(Take(length));
        return message.WithBody(Take(message.BodyLength));
    }

    /// <inheritdoc/>
    internal override ValueTask<IpcMessage?> NextAsync(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return new ValueTask<IpcMessage?>(Next());
    }

    /// <inheritdoc/>
    public override void Dispose() => _rest = default;

    private ReadOnlyMemory<byte> Take(long count)
    {
        if (count < 0 || count > _rest.Length)
        {
            throw new InvalidDataException($"The Arrow stream ends early: {count} bytes expected, {_rest.Length} left.");
        }

        ReadOnlyMemory<byte> taken = _rest[..(int)count];
        _rest = _rest[(int)count..];
        return taken;
    }
}
