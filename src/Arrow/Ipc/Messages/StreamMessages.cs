using System.Buffers.Binary;
using Apache.Arrow.Memory;

namespace Apache.Arrow.Ipc.Messages;

/// <summary>The messages of a stream; each body gets memory of its own.</summary>
internal sealed class StreamMessages(Stream stream, bool leaveOpen, MemoryAllocator? allocator) : MessageSource
{
    private bool _ended;

    /// <inheritdoc/>
    internal override IpcMessage? Next()
    {
        if (_ended)
        {
            return null;
        }

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

    /// <inheritdoc/>
    internal override async ValueTask<IpcMessage?> NextAsync(CancellationToken cancellation)
    {
        if (_ended)
        {
            return null;
        }

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

    /// <summary>True when nothing follows: no bytes at all, or a message of length 0.</summary>
    private bool IsEnd(int count)
    {
        _ended = count == 0;
        return _ended;
    }
}
