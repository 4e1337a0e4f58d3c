using System.Buffers.Binary;
using Pipeline.Arrow.Tests.Hostile.Maps;
using Pipeline.Stages.Numerics.Random;

namespace Pipeline.Arrow.Tests.Hostile;

/// <summary>Makes hostile bytes of sound ones; each case follows from the seed and its index alone.</summary>
/// <remarks>Safe for several threads.</remarks>
/// <param name="seeds">The sound bytes.</param>
/// <param name="favoured">How many of them, from the first on, half of the cases are made of.</param>
/// <param name="seed">The seed.</param>
internal sealed class Mutator(HostileSeed[] seeds, int favoured, ulong seed)
{
    private const int MutationsMax = 4;

    // Long inputs are slow and have the same places; they are taken in inverse proportion to their length.
    private const int UsualBytes = 4096;
    private const ulong Spread = 0x9E3779B97F4A7C15;

    private static readonly MutationKind[] Kinds = Enum.GetValues<MutationKind>();

    /// <summary>The case of an index.</summary>
    public HostileCase Make(long index)
    {
        var random = new Pcg64(unchecked((seed * Spread) + (ulong)index));
        HostileSeed source = Pick(random, random.NextInt(2) == 0 ? seeds[..favoured] : seeds);

        // Few mutations come deeper into the reader than many.
        int count = 1 + Math.Min(random.NextInt(MutationsMax), random.NextInt(MutationsMax));
        MutationKind[] kinds = [.. Enumerable.Range(0, count).Select(_ => PickKind(random)).Order()];
        MutationMap map = source.Map;
        byte[] bytes = [.. map.Bytes];
        var applied = new List<MutationKind>();
        foreach (MutationKind kind in kinds)
        {
            if (kind > MutationKind.Splice)
            {
                bytes = Apply(kind, bytes, map, random);
                applied.Add(kind);
            }
            else if (applied.Count == 0)
            {
                HostileSeed[] partners = [.. seeds.Where(other => other.Map.IsFile == map.IsFile && other != source)];
                bytes = MessageSurgery.Apply(kind, map, Pick(random, partners).Map, random);
                map = MutationMap.Of([.. bytes], map.IsFile);
                applied.Add(kind);
            }
        }

        return new HostileCase(index, source.Name, bytes, map.IsFile, [.. applied]);
    }

    private static HostileSeed Pick(Pcg64 random, ReadOnlySpan<HostileSeed> candidates)
    {
        while (true)
        {
            HostileSeed candidate = candidates[random.NextInt(candidates.Length)];
            if (random.NextInt(Math.Max(UsualBytes, candidate.Map.Bytes.Length)) < UsualBytes)
            {
                return candidate;
            }
        }
    }

    /// <summary>Half of the mutations are of numbers.</summary>
    private static MutationKind PickKind(Pcg64 random) => random.NextInt(4) switch
    {
        0 => MutationKind.Number,
        1 => random.NextInt(3) == 0 ? MutationKind.Number : MutationKind.BodyNumber,
        _ => Kinds[random.NextInt(Kinds.Length)],
    };

    private static byte[] Apply(MutationKind kind, byte[] bytes, MutationMap map, Pcg64 random)
    {
        if (bytes.Length == 0)
        {
            return bytes;
        }

        int at = random.NextInt(bytes.Length);
        switch (kind)
        {
            case MutationKind.Number or MutationKind.BodyNumber:
                if (PickPlace(map, random, place => place >= PlaceKind.Validity == (kind == MutationKind.BodyNumber)) is int number and >= 0)
                {
                    WriteBoundary(bytes, map.Places[number], random);
                }

                return bytes;
            case MutationKind.Swap:
                Swap(bytes, map, random);
                return bytes;
            case MutationKind.Alias or MutationKind.Ancestor:
                Redirect(bytes, map, random, backwards: kind == MutationKind.Ancestor);
                return bytes;
            case MutationKind.Flip:
                bytes[at] ^= (byte)(1 << random.NextInt(8));
                return bytes;
            case MutationKind.Noise:
                foreach (ref byte value in bytes.AsSpan(at, Math.Min(1 + random.NextInt(16), bytes.Length - at)))
                {
                    value = (byte)random.NextInt(256);
                }

                return bytes;
            case MutationKind.Cut:
                return [.. bytes.AsSpan(0, at), .. bytes.AsSpan(at + Math.Min(1 + random.NextInt(64), bytes.Length - at))];
            case MutationKind.Truncate:
                return bytes[..at];
            default:
                byte[] more = new byte[1 + random.NextInt(256)];
                foreach (ref byte value in more.AsSpan())
                {
                    value = random.NextInt(2) == 0 ? (byte)0 : (byte)random.NextInt(256);
                }

                return [.. bytes, .. more];
        }
    }

    /// <summary>A place of a random kind, then member, so that rare ones are not rarely hit; -1 where there is none.</summary>
    private static int PickPlace(MutationMap map, Pcg64 random, Func<PlaceKind, bool> isWanted)
    {
        PlaceKind[] kinds = [.. map.Groups.Keys.Where(isWanted).Order()];
        if (kinds.Length == 0)
        {
            return -1;
        }

        int[][] members = map.Groups[kinds[random.NextInt(kinds.Length)]];
        int[] group = members[random.NextInt(members.Length)];
        return group[random.NextInt(group.Length)];
    }

    private static void WriteBoundary(byte[] bytes, Place place, Pcg64 random)
    {
        long old = FlatNode.ReadNumber(bytes, place.Start, place.Size);
        long max = long.MaxValue >> (64 - (8 * place.Size));
        Write(bytes, place, random.NextInt(21) switch
        {
            0 => 0,
            1 => 1,
            2 => -1,
            3 => max,
            4 => -max - 1,
            5 => max - random.NextInt(16),
            6 => old + 1,
            7 => old - 1,
            8 => old * 2,
            9 => -old,
            10 => bytes.Length,
            11 => bytes.Length - 1 - random.NextInt(16),
            12 => bytes.Length - place.Start,
            13 => 1L << 31,
            14 => uint.MaxValue,
            15 => 1L << 32,
            16 => old + (8 * (random.NextInt(9) - 4)),
            17 => old ^ (1L << random.NextInt(8 * place.Size)),
            18 => random.NextInt(32),

            // Times the size of an element, it leaves 31 or 32 bits.
            19 => 1L << (26 + random.NextInt(6)),
            _ => (long)random.NextUInt64(),
        });
    }

    private static void Swap(byte[] bytes, MutationMap map, Pcg64 random)
    {
        int first = PickPlace(map, random, _ => true);
        if (first < 0)
        {
            return;
        }

        // Of the same kind usually; any other number may also come to stand there.
        PlaceKind kind = map.Places[first].Kind;
        int second = PickPlace(map, random, other => other == kind || random.NextInt(4) == 0);
        if (second >= 0)
        {
            long held = FlatNode.ReadNumber(bytes, map.Places[first].Start, map.Places[first].Size);
            Write(bytes, map.Places[first], FlatNode.ReadNumber(bytes, map.Places[second].Start, map.Places[second].Size));
            Write(bytes, map.Places[second], held);
        }
    }

    /// <summary>Lets an offset lead where another of the same flatbuffer leads, or to a table at or before it.</summary>
    private static void Redirect(byte[] bytes, MutationMap map, Pcg64 random, bool backwards)
    {
        int chosen = PickPlace(map, random, kind => kind is >= PlaceKind.TableOffset and <= PlaceKind.LayoutOffset);
        if (chosen < 0)
        {
            return;
        }

        Place place = map.Places[chosen];
        (int first, int end) = map.Around(chosen);
        Place[] around = [.. Enumerable.Range(first, end - first).Select(i => map.Places[i])];
        bool isLoose = random.NextInt(4) == 0;
        int[] targets = backwards
            ? Ancestors(around, place, isLoose)
            : [.. around.Where(other => other.Target > 0 && (other.Kind == place.Kind || isLoose)).Select(other => other.Target)];
        if (targets.Length > 0)
        {
            int target = targets[random.NextInt(targets.Length)];
            Write(bytes, place, place.Kind == PlaceKind.LayoutOffset ? place.Start - target : target - place.Start);
        }
    }

    /// <summary>Of a table's offset the nearest table of the same shape before it, usually its own; of others, what their kind leads to.</summary>
    private static int[] Ancestors(Place[] around, Place place, bool isLoose)
    {
        string? shape = around.FirstOrDefault(table => table.Kind == PlaceKind.LayoutOffset && table.Start == place.Target).Name;
        return !isLoose && place.Kind == PlaceKind.TableOffset
            ? [.. around.Where(table => table.Name == shape && table.Start < place.Start).Select(table => table.Start).OrderDescending().Take(1)]
            : [.. around.Where(other => other.Kind == place.Kind && other.Target > 0 && other.Target <= place.Start).Select(other => other.Target)];
    }

    private static void Write(byte[] bytes, Place place, long value)
    {
        Span<byte> number = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(number, value);
        number[..place.Size].CopyTo(bytes.AsSpan(place.Start));
    }
}

/// <summary>Hostile bytes and how they came to be.</summary>
/// <param name="Index">Its index under the mutator's seed.</param>
/// <param name="Source">The sound bytes it was made of.</param>
/// <param name="Bytes">The bytes.</param>
/// <param name="IsFile">True for the file format.</param>
/// <param name="Kinds">The mutations in order.</param>
internal sealed record HostileCase(long Index, string Source, byte[] Bytes, bool IsFile, MutationKind[] Kinds);
