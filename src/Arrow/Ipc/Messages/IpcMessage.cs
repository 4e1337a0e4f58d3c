using Apache.Arrow.Flatbuf;
using Apache.Arrow.Memory;

namespace Apache.Arrow.Ipc.Messages;

/// <summary>One message: its metadata and its body.</summary>
internal sealed class IpcMessage : IDisposable
{
    private readonly LeasedBytes _metadata;

    /// <summary>Reads the outer table of the metadata, which it takes over.</summary>
    internal IpcMessage(LeasedBytes metadata)
    {
        _metadata = metadata;
        FlatTable message = FlatTable.Root(metadata.Memory.Span);
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
    internal int MetadataBytes => _metadata.Memory.Length;

    /// <summary>The body; buffers made of it have leases of their own.</summary>
    internal LeasedBytes Body { get; private set; }

    /// <summary>The table that says what the message is about.</summary>
    internal FlatTable Header =>
        FlatTable.Root(_metadata.Memory.Span).TryGetTable(Slots.Message.Header, out FlatTable header)
            ? header
            : throw FlatBounds.Damaged("a message has no header");

    /// <summary>Opens metadata, which go back if they are not those of a message.</summary>
    internal static IpcMessage Open(LeasedBytes metadata)
    {
        try
        {
            return new IpcMessage(metadata);
        }
        catch
        {
            metadata.Dispose();
            throw;
        }
    }

    /// <summary>The message with its body, which it takes over.</summary>
    internal IpcMessage WithBody(LeasedBytes body)
    {
        Body = body;
        return this;
    }

    /// <summary>Gives back what no buffer holds.</summary>
    public void Dispose()
    {
        _metadata.Dispose();
        Body.Dispose();
    }
}
