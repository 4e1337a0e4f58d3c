using System.Buffers.Binary;
using Apache.Arrow;
using Pipeline.Arrow.Tests.Hostile.Maps;
using Xunit;

namespace Pipeline.Arrow.Tests.Hostile.Directed;

/// <summary>Files whose footer lies about where things are are refused.</summary>
public class HostileFileTests
{
    private const int BlockBytes = 24;

    [Theory]
    [InlineData("as it was", "Valid")]
    [InlineData("batches changed places", "Valid")]
    [InlineData("a batch for a dictionary", "Invalid")]
    [InlineData("a dictionary for a batch", "Invalid")]
    [InlineData("the schema for a batch", "Invalid")]
    [InlineData("the footer for a batch", "Invalid")]
    [InlineData("batches over each other, longer than the file", "Invalid")]
    [InlineData("a batch behind the end", "Invalid")]
    [InlineData("a batch before the start", "Invalid")]
    [InlineData("a batch of 2^63 bytes", "Invalid")]
    [InlineData("metadata of less than none", "Invalid")]
    [InlineData("metadata of more than they are", "Invalid")]
    [InlineData("no room for metadata", "Invalid")]
    public void Block_ThatLies_IsRefused(string name, string outcome)
    {
        byte[] bytes = File();
        MutationMap map = MutationMap.Of(bytes, isFile: true);
        int[] blocks = Blocks(map);
        int[] batches = [.. blocks.Where(at => IsAt(at, MappedKind.Batch))];
        int dictionary = Assert.Single(blocks, at => IsAt(at, MappedKind.Dictionary));
        Assert.Equal(2, batches.Length);
        MappedMessage schema = map.Messages[0];
        int footer = bytes.Length - 10 - BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(bytes.Length - 10));
        switch (name)
        {
            case "batches changed places":
                byte[] first = bytes[batches[0]..(batches[0] + BlockBytes)];
                bytes.AsSpan(batches[1], BlockBytes).CopyTo(bytes.AsSpan(batches[0]));
                first.CopyTo(bytes, batches[1]);
                break;
            case "a batch for a dictionary":
                bytes.AsSpan(batches[0], BlockBytes).CopyTo(bytes.AsSpan(dictionary));
                break;
            case "a dictionary for a batch":
                bytes.AsSpan(dictionary, BlockBytes).CopyTo(bytes.AsSpan(batches[1]));
                break;
            case "the schema for a batch":
                Set(batches[1], schema.Start, schema.Body - schema.Start, 0);
                break;
            case "the footer for a batch":
                Set(batches[1], footer, 64, 0);
                break;
            case "batches over each other, longer than the file":
                Set(batches[0], schema.Start, schema.Body - schema.Start, footer - schema.Body);
                Set(batches[1], schema.Start, schema.Body - schema.Start, footer - schema.Body);
                break;
            case "a batch behind the end":
                Set(batches[1], long.MaxValue, 64, 64);
                break;
            case "a batch before the start":
                Set(batches[1], -64, 64, 64);
                break;
            case "a batch of 2^63 bytes":
                Set(batches[1], schema.Start, int.MaxValue, long.MaxValue);
                break;
            case "metadata of less than none":
                BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(batches[1] + 8), -8);
                break;
            case "metadata of more than they are":
                Set(batches[1], schema.Start, footer - schema.Start, 0);
                break;
            case "no room for metadata":
                Set(batches[1], schema.Start, 4, 0);
                break;
        }

        Hostility.Expect(outcome, bytes, isFile: true);

        bool IsAt(int at, MappedKind kind) => map.Messages.Any(
            message => message.Kind == kind && message.Start == BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at)));

        void Set(int at, long start, int metadataBytes, long bodyBytes)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(at), start);
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at + 8), metadataBytes);
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(at + 16), bodyBytes);
        }
    }

    [Fact]
    public void Block_OfABatchAmongDictionaries_GivesItsMemoryBack()
    {
        // Aim: a batch that is read where nobody wants one must not keep memory. Method: it takes the place of an
        // addition, so that the dictionary it needs is there.
        RecordBatch[] batches = [Groups("a", "b"), Groups("a", "b", "c")];
        byte[] bytes = Transport.WriteFile(batches[0].Schema, batches);
        int[] blocks = Blocks(MutationMap.Of(bytes, isFile: true));
        Assert.Equal(4, blocks.Length);
        int[] byPosition = [.. blocks.OrderBy(at => BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at)))];

        // In the file: dictionary, batch, addition, batch.
        bytes.AsSpan(byPosition[1], BlockBytes).CopyTo(bytes.AsSpan(byPosition[2]));
        Hostility.Expect("Invalid", bytes, isFile: true);
    }

    private static RecordBatch Groups(params string[] values)
    {
        DictionaryArray groups = Samples.Groups(7, withNulls: true, values);
        return new RecordBatch(new Schema([new Field("group", groups.Data.DataType, true)], null), [groups], groups.Length);
    }

    /// <summary>Where the blocks of the footer are.</summary>
    private static int[] Blocks(MutationMap map) =>
    [
        .. map.Places.Where(place => place.Kind == PlaceKind.Block && place.Name.EndsWith("+0", StringComparison.Ordinal))
            .Select(place => place.Start),
    ];

    private static byte[] File()
    {
        RecordBatch batch = Samples.Everything(9, withNulls: true);
        return Transport.WriteFile(batch.Schema, batch, batch.Slice(0, 5));
    }
}
