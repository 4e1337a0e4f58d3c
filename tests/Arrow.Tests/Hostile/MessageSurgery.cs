using System.Buffers.Binary;
using Pipeline.Arrow.Tests.Hostile.Maps;
using Pipeline.Stages.Numerics.Random;

namespace Pipeline.Arrow.Tests.Hostile;

/// <summary>Duplicates, deletes, reorders and replaces whole messages, each sound in itself.</summary>
/// <remarks>
/// In a file, the footer's blocks follow the messages they led to; blocks of deleted messages stay as they were.
/// </remarks>
internal static class MessageSurgery
{
    /// <summary>Applies a mutation that concerns messages; the other map gives the messages that replace ours.</summary>
    public static byte[] Apply(MutationKind kind, MutationMap map, MutationMap other, Pcg64 random)
    {
        List<Piece> pieces = [.. map.Messages.Select((message, i) => new Piece(map.Bytes, message, i))];
        if (pieces.Count == 0)
        {
            return [.. map.Bytes];
        }

        int at = random.NextInt(pieces.Count);
        switch (kind)
        {
            case MutationKind.DuplicateMessage:
                pieces.Insert(random.NextInt(pieces.Count + 1), pieces[at]);
                break;
            case MutationKind.DeleteMessage:
                pieces.RemoveAt(at);
                break;
            case MutationKind.ReorderMessages:
                int to = random.NextInt(pieces.Count);
                (pieces[at], pieces[to]) = (pieces[to], pieces[at]);
                break;
            default:
                Splice(pieces, other, random.NextInt(3) == 0 ? at : -1);
                break;
        }

        return Compose(map, pieces);
    }

    /// <summary>Replaces one message, or all behind the schema, by those of the same kind elsewhere.</summary>
    private static void Splice(List<Piece> pieces, MutationMap other, int only)
    {
        for (int i = 0; i < pieces.Count; i++)
        {
            MappedKind kind = pieces[i].Message.Kind;
            MappedMessage[] donors = [.. other.Messages.Where(message => message.Kind == kind)];
            if (donors.Length > 0 && (only < 0 ? kind != MappedKind.Schema : only == i))
            {
                pieces[i] = pieces[i] with { Bytes = other.Bytes, Message = donors[i % donors.Length] };
            }
        }
    }

    private static byte[] Compose(MutationMap map, List<Piece> pieces)
    {
        int headEnd = map.Messages[0].Start;
        int tail = map.Messages[^1].End;
        byte[] composed = new byte[headEnd + pieces.Sum(piece => piece.Length) + map.Bytes.Length - tail];
        map.Bytes.AsSpan(0, headEnd).CopyTo(composed);
        int at = headEnd;
        var moved = new Dictionary<int, (int Start, Piece Piece)>();
        foreach (Piece piece in pieces)
        {
            piece.Bytes.AsSpan(piece.Message.Start, piece.Length).CopyTo(composed.AsSpan(at));
            moved.TryAdd(map.Messages[piece.StandsFor].Start, (at, piece));
            at += piece.Length;
        }

        map.Bytes.AsSpan(tail).CopyTo(composed.AsSpan(at));
        foreach (Place block in map.Places.Where(place => place.Kind == PlaceKind.Block && place.Name.EndsWith("+0", StringComparison.Ordinal)))
        {
            if (moved.TryGetValue((int)FlatNode.ReadNumber(map.Bytes, block.Start, 8), out (int Start, Piece Piece) target))
            {
                Span<byte> bytes = composed.AsSpan(block.Start - tail + at);
                BinaryPrimitives.WriteInt64LittleEndian(bytes, target.Start);
                BinaryPrimitives.WriteInt32LittleEndian(bytes[8..], target.Piece.Message.Body - target.Piece.Message.Start);
                BinaryPrimitives.WriteInt64LittleEndian(bytes[16..], target.Piece.Message.End - target.Piece.Message.Body);
            }
        }

        return composed;
    }

    /// <summary>A message that stands where ours stood.</summary>
    private readonly record struct Piece(byte[] Bytes, MappedMessage Message, int StandsFor)
    {
        public int Length => Message.End - Message.Start;
    }
}
