using System.Buffers.Binary;
using Apache.Arrow.Flatbuf;

namespace Apache.Arrow.Ipc.Writing;

/// <summary>A message as it goes out: its start with the metadata, then the pieces of its body.</summary>
internal sealed record EncodedMessage(
    MessageKind Kind, ReadOnlyMemory<byte> Head, IReadOnlyList<ReadOnlyMemory<byte>> Body, long BodyBytes)
{
    private const int BodyAlignment = 64;

    /// <summary>Wraps a header table, just built, into a message that starts at a position of the whole.</summary>
    /// <remarks>
    /// Heads are padded so that bodies, and with them buffers, start at multiples of 64 bytes: of a mapped file, values
    /// are aligned for any vector. Bodies are such multiples themselves, so only the first message needs its position.
    /// </remarks>
    internal static EncodedMessage Wrap(
        FlatBuilder builder,
        MessageKind kind,
        int header,
        int position,
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
        return new EncodedMessage(kind, Frame(metadata, position, isLegacy), body, bodyBytes);
    }

    private static byte[] Frame(ReadOnlySpan<byte> metadata, int position, bool isLegacy)
    {
        int prefix = isLegacy ? sizeof(int) : 2 * sizeof(int);
        int end = (position + prefix + metadata.Length + BodyAlignment - 1) & -BodyAlignment;
        int total = end - position;
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
