using System.Buffers.Binary;

namespace Apache.Arrow.Ipc.Messages;

/// <summary>The messages of a stream; each body gets memory of its own.</summary>
internal sealed class StreamMessages(Stream stream, bool leaveOpen) : MessageSource
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
            prefix = BoundedBytes.Read(stream, sizeof(int));
        }

        int length = BinaryPrimitives.ReadInt32LittleEndian(prefix);
        if (IsEnd(length))
        {
            return null;
        }

        var message = new IpcMessage(BoundedBytes.Read(stream, length));
        return message.WithBody(BoundedBytes.Read(stream, message.BodyLength));
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
            prefix = await BoundedBytes.ReadAsync(stream, sizeof(int), cancellation);
        }

        int length = BinaryPrimitives.ReadInt32LittleEndian(prefix);
        if (IsEnd(length))
        {
            return null;
        }

        var message = new IpcMessage(await BoundedBytes.ReadAsync(stream, length, cancellation));
        return message.WithBody(await BoundedBytes.ReadAsync(stream, message.BodyLength, cancellation));
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

    /// <summary>True when nothing follows: no bytes at all, or a message of length 0.</summary>
    private bool IsEnd(int count)
    {
        _ended = count == 0;
        return _ended;
    }
}
