using System.Buffers.Binary;
using Apache.Arrow.Flatbuf;

namespace Apache.Arrow.Ipc.Writing;

/// <summary>A message as it goes out: its start with the metadata, then the pieces of its body.</summary>
internal sealed record EncodedMessage(
    MessageKind Kind, ReadOnlyMemory<byte> Head, IReadOnlyList<ReadOnlyMemory<byte>> Body, long BodyBytes)
{
    private const int HeadAlignment = 8;

    /// <summary>Wraps a header table, just built, into a message.</summary>
    internal static EncodedMessage Wrap(
        FlatBuilder builder,
        MessageKind kind,
        int header,
        IReadOnlyList<ReadOnlyMemory<byte>> body,
        long bodyBytes,
        bool isLegacy)
    {
        builder.StartTable();
        builder.AddInt64(Slots.Message.BodyLength, bodyBytes);
        builder.AddReference(Slots.Message.Header, header);
        builder.AddInt16(Slots.Message.Version, isLegacy ? IpcFormat.VersionFour : IpcFormat.VersionFive);
        builder.AddByte(Slots.Message.HeaderType, (byte)kind);
        ReadOnlySpan<byte> metadata = builder.Finish(builder.EndTable());
        return new EncodedMessage(kind, Frame(metadata, isLegacy), body, bodyBytes);
    }

    private static byte[] Frame(ReadOnlySpan<byte> metadata, bool isLegacy)
    {
        int prefix = isLegacy ? sizeof(int) : 2 * sizeof(int);
        int total = (prefix + metadata.Length + HeadAlignment - 1) & -HeadAlignment;
        byte[] head = new byte[total];
        if (!isLegacy)
        {
            BinaryPrimitives.WriteInt32LittleEndian(head, IpcFormat.Continuation);
        }

        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(prefix - sizeof(int)), total - prefix);
        metadata.CopyTo(head.AsSpan(prefix));
        return head;
    }
}
