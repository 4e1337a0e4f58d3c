using Apache.Arrow.Flatbuf;

namespace Apache.Arrow.Ipc.Messages;

/// <summary>One message: its metadata and its body.</summary>
internal sealed class IpcMessage
{
    private readonly ReadOnlyMemory<byte> _metadata;

    /// <summary>Reads the outer table of the metadata.</summary>
    internal IpcMessage(ReadOnlyMemory<byte> metadata)
    {
        _metadata = metadata;
        FlatTable message = FlatTable.Root(metadata.Span);
        IpcFormat.RequireVersion(message.GetInt16(Slots.Message.Version));
        Kind = (MessageKind)message.GetByte(Slots.Message.HeaderType);
        BodyLength = message.GetInt64(Slots.Message.BodyLength);
        if (BodyLength < 0)
        {
            throw new InvalidDataException($"An Arrow message announces a body of {BodyLength} bytes.");
        }

        if (BodyLength > System.Array.MaxLength)
        {
            throw new NotSupportedException($"not supported: an Arrow message with a body of {BodyLength} bytes, over 2 GiB.");
        }
    }

    /// <summary>What the message is.</summary>
    internal MessageKind Kind { get; }

    /// <summary>Announced bytes of the body.</summary>
    internal long BodyLength { get; }

    /// <summary>Bytes of the metadata.</summary>
    internal int MetadataBytes => _metadata.Length;

    /// <summary>The body.</summary>
    internal ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The table that says what the message is about.</summary>
    internal FlatTable Header =>
        FlatTable.Root(_metadata.Span).TryGetTable(Slots.Message.Header, out FlatTable header)
            ? header
            : throw FlatBounds.Damaged("a message has no header");

    /// <summary>The message with its body.</summary>
    internal IpcMessage WithBody(ReadOnlyMemory<byte> body) => new(_metadata) { Body = body };
}
