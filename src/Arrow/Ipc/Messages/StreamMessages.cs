using System.Buffers.Binary;
using Apache.Arrow.Memory;

namespace Apache.Arrow.Ipc.Messages;

/// <summary>The messages of a stream; each body gets memory of its own.</summary>
/// <remarks>
/// A read that is canceled or fails leaves the stream somewhere in a message, and nothing more can be read: neither an end
/// nor a message may be made of the rest.
/// </remarks>
internal sealed class StreamMessages(Stream stream, bool leaveOpen, MemoryAllocator? allocator) : MessageSource
{
    private bool _ended;
    private bool _isInside;

    /// <inheritdoc/>
    internal override IpcMessage? Next()
    {
        if (_ended)
        {
            return null;
        }

        Enter();
        IpcMessage? message = Read();
        _isInside = false;
        return message;
    }

    /// <inheritdoc/>
    internal override async ValueTask<IpcMessage?> NextAsync(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (_ended)
        {
            return null;
        }

        Enter();
        IpcMessage? message = await ReadAsync(cancellation);
        _isInside = false;
        return message;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _ended = true;
        if (!leaveOpen)
        {
            stream.Dispose();
        }
    }

    private static void RequireWord(int filled)
    {
        if (filled == 0)
        {
            throw new InvalidDataException($"The Arrow data end early: {sizeof(int)} bytes expected, none left.");
        }
    }

    private void Enter()
    {
        if (_isInside)
        {
            throw new InvalidOperationException(
                "An earlier read ended inside a message of the Arrow stream; open the stream anew from its start.");
        }

        _isInside = true;
    }

    private IpcMessage? Read()
    {
        byte[] prefix = new byte[sizeof(int)];
        if (IsEnd(BoundedBytes.Fill(stream, prefix)))
        {
            return null;
        }

        if (BinaryPrimitives.ReadInt32LittleEndian(prefix) == IpcFormat.Continuation)
        {
            RequireWord(BoundedBytes.Fill(stream, prefix));
        }

        int length = BinaryPrimitives.ReadInt32LittleEndian(prefix);
        if (IsEnd(length))
        {
            return null;
        }

        IpcMessage message = IpcMessage.Open(BoundedBytes.Read(stream, length, null));
        return message.WithBody(BoundedBytes.Read(stream, message.BodyLength, allocator));
    }

    private async ValueTask<IpcMessage?> ReadAsync(CancellationToken cancellation)
    {
        byte[] prefix = new byte[sizeof(int)];
        if (IsEnd(await BoundedBytes.FillAsync(stream, prefix, cancellation)))
        {
            return null;
        }

        if (BinaryPrimitives.ReadInt32LittleEndian(prefix) == IpcFormat.Continuation)
        {
            RequireWord(await BoundedBytes.FillAsync(stream, prefix, cancellation));
        }

        int length = BinaryPrimitives.ReadInt32LittleEndian(prefix);
        if (IsEnd(length))
        {
            return null;
        }

        IpcMessage message = IpcMessage.Open(await BoundedBytes.ReadAsync(stream, length, null, cancellation));
        return message.WithBody(await BoundedBytes.ReadAsync(stream, message.BodyLength, allocator, cancellation));
    }

    /// <summary>True when nothing follows: no bytes at all, or a message of length 0.</summary>
    private bool IsEnd(int count)
    {
        _ended = count == 0;
        return _ended;
    }
}
