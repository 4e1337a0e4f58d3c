using System.Buffers.Binary;
using Apache.Arrow.Flatbuf;

namespace Pipeline.Arrow.Tests.Memory;

/// <summary>Messages found by walking the bytes of a stream.</summary>
internal static class Framing
{
    private const int BufferBytes = 16;

    /// <summary>The messages from a position on, up to the end mark or the end of the bytes.</summary>
    public static IEnumerable<Message> Messages(byte[] bytes, int start)
    {
        while (start < bytes.Length)
        {
            Message? message = At(bytes, start);
            if (message is null)
            {
                yield break;
            }

            yield return message;
            start = message.End;
        }
    }

    private static Message? At(byte[] bytes, int start)
    {
        int at = start;
        int length = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at));
        at += sizeof(int);
        if (length == -1)
        {
            length = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at));
            at += sizeof(int);
        }

        if (length == 0)
        {
            return null;
        }

        FlatTable table = FlatTable.Root(bytes.AsSpan(at, length));
        var kind = (MessageKind)table.GetByte(Slots.Message.HeaderType);
        var buffers = new List<(long, long)>();
        if (kind != MessageKind.Schema && table.TryGetTable(Slots.Message.Header, out FlatTable header))
        {
            FlatTable batch = kind == MessageKind.DictionaryBatch && header.TryGetTable(Slots.DictionaryBatch.Data, out FlatTable data)
                ? data
                : header;
            FlatVector vector = batch.GetVector(Slots.RecordBatch.Buffers, BufferBytes);
            for (int i = 0; i < vector.Count; i++)
            {
                buffers.Add((vector.Int64(i, 0), vector.Int64(i, sizeof(long))));
            }
        }

        int body = at + length;
        return new Message(kind, start, body, body + (int)table.GetInt64(Slots.Message.BodyLength), [.. buffers]);
    }

    /// <summary>A message: where it starts, where its body does, where it ends, and the places of its buffers in the body.</summary>
    internal sealed record Message(MessageKind Kind, int Start, int Body, int End, (long Start, long Length)[] Buffers);
}
