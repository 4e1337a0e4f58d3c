using System.Runtime.InteropServices;
using Apache.Arrow;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Arrow.Tests.Hostile.Maps;

/// <summary>The map finds what is known to be there.</summary>
public class MutationMapTests
{
    private const int Rows = 6;

    // A schema without fields but with the metadata entry "k" = "v", then the end marker; positions in the comments.
    private static readonly byte[] ByHand =
    [
        0xFF, 0xFF, 0xFF, 0xFF, 92, 0, 0, 0, // 0: continuation, bytes of metadata
        16, 0, 0, 0, // 8: offset to Message at 24
        10, 0, 12, 0, 4, 0, 6, 0, 8, 0, 0, 0, // 12: layout of Message: itself, table, three members; padding
        12, 0, 0, 0, 4, 0, 1, 0, 16, 0, 0, 0, // 24: Message: back to 12, version, header type, header at 48
        10, 0, 8, 0, 0, 0, 0, 0, 4, 0, 0, 0, // 36: layout of Schema: itself, table, two absent members and one; padding
        12, 0, 0, 0, 4, 0, 0, 0, // 48: Schema: back to 36, metadata at 56
        1, 0, 0, 0, 12, 0, 0, 0, // 56: vector of one table at 72
        8, 0, 12, 0, 8, 0, 4, 0, // 64: layout of KeyValue: itself, table, two members
        8, 0, 0, 0, 16, 0, 0, 0, 4, 0, 0, 0, // 72: KeyValue: back to 64, value at 92, key at 84
        1, 0, 0, 0, (byte)'k', 0, 0, 0, // 84: key
        1, 0, 0, 0, (byte)'v', 0, 0, 0, // 92: value
        0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, // 100: continuation, no bytes: the end
    ];

    [Fact]
    public void Of_StreamByHand_FindsThePlacesInIt()
    {
        Assert.Equal("v", Transport.ReadMemory(ByHand).Schema.Metadata!["k"]);
        MutationMap map = MutationMap.Of(ByHand, isFile: false);
        (PlaceKind Kind, int Start, int Size, int Target)[] expected =
        [
            (PlaceKind.Prefix, 0, 4, -1), (PlaceKind.Prefix, 4, 4, -1),
            (PlaceKind.TableOffset, 8, 4, 24), (PlaceKind.LayoutOffset, 24, 4, 12), .. Layout(12, 5),
            (PlaceKind.Number, 28, 2, -1), (PlaceKind.Choice, 30, 1, -1), (PlaceKind.TableOffset, 32, 4, 48),
            (PlaceKind.LayoutOffset, 48, 4, 36), .. Layout(36, 5),
            (PlaceKind.VectorOffset, 52, 4, 56), (PlaceKind.VectorLength, 56, 4, -1), (PlaceKind.TableOffset, 60, 4, 72),
            (PlaceKind.LayoutOffset, 72, 4, 64), .. Layout(64, 4),
            (PlaceKind.TextOffset, 80, 4, 84), (PlaceKind.TextLength, 84, 4, -1),
            (PlaceKind.TextOffset, 76, 4, 92), (PlaceKind.TextLength, 92, 4, -1),
            (PlaceKind.Prefix, 100, 4, -1), (PlaceKind.Prefix, 104, 4, -1),
        ];
        Assert.Equal(expected, map.Places.Select(place => (place.Kind, place.Start, place.Size, place.Target)));
        Assert.Equal([(MappedKind.Schema, 0, 100), (MappedKind.End, 100, 108)], map.Messages.Select(message => (message.Kind, message.Start, message.End)));

        static IEnumerable<(PlaceKind, int, int, int)> Layout(int start, int count) =>
            Enumerable.Range(0, count).Select(i => (PlaceKind.LayoutEntry, start + (2 * i), 2, -1));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Of_BatchOfOurs_FindsNumbersInBodies(bool isFile)
    {
        RecordBatch batch = Samples.Everything(Rows, withNulls: true);
        byte[] bytes = isFile ? Transport.WriteFile(batch.Schema, batch) : Transport.WriteStream(batch.Schema, batch);
        MutationMap map = MutationMap.Of(bytes, isFile);
        long[] offsets = Numbers(map, PlaceKind.ValueOffset);
        ReadOnlySpan<int> texts = ((StringArray)batch.Column("text")).ValueOffsets;
        ReadOnlySpan<int> bins = ((BinaryArray)batch.Column("bytes")).ValueOffsets;

        // The dictionary comes before the batch: "low", "middle", "high".
        Assert.Equal([0, 3, 9, 13, 13, .. Twice(texts), .. Twice(bins)], offsets);
        ReadOnlySpan<short> indices = MemoryMarshal.Cast<byte, short>(((DictionaryArray)batch.Column("group")).Indices.Data.Buffers[1].Span);
        Assert.Equal([.. indices[..Rows].ToArray().Select(index => (long)index), indices[Rows - 1]], Numbers(map, PlaceKind.Index));

        // One node of the dictionary, one of each column and one of the list's values, two numbers each.
        long[] nodes = Numbers(map, PlaceKind.Node);
        Assert.Equal(2 * (1 + batch.ColumnCount + 1), nodes.Length);
        Assert.Equal([3, 0, Rows, 2], nodes[..4]);

        // Rows 1 and 4 are null in every column; the single byte is also the last one.
        Assert.InRange(Numbers(map, PlaceKind.Validity).Count(bits => bits == 0b101101), 2 * batch.ColumnCount, int.MaxValue);
        Assert.Equal(isFile, map.Groups.ContainsKey(PlaceKind.Block));
        if (isFile)
        {
            MappedMessage[] messages = [.. map.Messages.Where(message => message.Kind is MappedKind.Dictionary or MappedKind.Batch)];
            Assert.Equal(
                messages.SelectMany(message => new long[] { message.Start, message.Body - message.Start, message.End - message.Body }),
                Numbers(map, PlaceKind.Block));
        }

        static long[] Twice(ReadOnlySpan<int> offsets) => [.. offsets.ToArray().Select(offset => (long)offset), offsets[^1]];
    }

    [SharedFact]
    public void Of_FilesFromElsewhere_FindsEveryKind()
    {
        var kinds = new HashSet<PlaceKind>();
        foreach (MutationMap map in HostileSeeds.All.Select(seed => seed.Map))
        {
            kinds.UnionWith(map.Groups.Keys);
            Assert.All(map.Places, place => Assert.InRange(place.Start, 0, map.Bytes.Length - place.Size));
            Assert.Equal(MappedKind.Schema, map.Messages[0].Kind);
        }

        Assert.Equal(Enum.GetValues<PlaceKind>().Order(), kinds.Order());
    }

    [SharedTheory]
    [InlineData("2.0.0-compression/generated_lz4.stream", 0x184D2204)]
    [InlineData("2.0.0-compression/generated_zstd.stream", unchecked((int)0xFD2FB528))]
    public void Of_CompressedBody_FindsFrames(string name, int magic)
    {
        MutationMap map = HostileSeeds.All.Single(seed => seed.Name.Replace('\\', '/') == name).Map;
        int[] lengths = [.. map.Groups[PlaceKind.PlainLength].SelectMany(member => member)];
        Assert.NotEmpty(lengths);
        Assert.All(lengths, i => Assert.InRange(FlatNode.ReadNumber(map.Bytes, map.Places[i].Start, 8), 1, 1 << 16));
        Assert.All(lengths, i => Assert.Equal(magic, (int)FlatNode.ReadNumber(map.Bytes, map.Places[i].Start + 8, 4)));
    }

    private static long[] Numbers(MutationMap map, PlaceKind kind) =>
        [.. map.Places.Where(place => place.Kind == kind).Select(place => FlatNode.ReadNumber(map.Bytes, place.Start, place.Size))];
}
