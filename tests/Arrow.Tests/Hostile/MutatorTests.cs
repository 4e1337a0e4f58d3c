using Apache.Arrow;
using Pipeline.Arrow.Tests.Hostile.Maps;
using Pipeline.Stages.Numerics.Random;
using Xunit;

namespace Pipeline.Arrow.Tests.Hostile;

/// <summary>Cases follow from their seed and index, and do what their kinds say.</summary>
public class MutatorTests
{
    private static readonly HostileSeed[] Seeds = HostileSeeds.All[..HostileSeeds.OursCount];

    [Fact]
    public void Make_SameSeedAndIndex_GivesSameBytes()
    {
        var first = new Mutator(Seeds, Seeds.Length, 7);
        var second = new Mutator(Seeds, Seeds.Length, 7);
        for (int i = 99; i >= 0; i--)
        {
            HostileCase expected = first.Make(i);
            Assert.Equal(expected.Bytes, second.Make(i).Bytes);
            Assert.Equal(expected.Kinds, second.Make(i).Kinds);
        }
    }

    [Fact]
    public void Make_OtherIndexOrSeed_GivesOtherBytes()
    {
        var mutator = new Mutator(Seeds, Seeds.Length, 7);
        var other = new Mutator(Seeds, Seeds.Length, 8);
        Assert.True(Enumerable.Range(0, 100).Select(i => Convert.ToHexString(mutator.Make(i).Bytes)).Distinct().Count() > 95);
        Assert.True(Enumerable.Range(0, 100).Count(i => mutator.Make(i).Bytes.SequenceEqual(other.Make(i).Bytes)) < 5);
    }

    [Fact]
    public void Make_LeavesTheSoundBytesAlone()
    {
        byte[][] before = [.. Seeds.Select(seed => seed.Map.Bytes.ToArray())];
        var mutator = new Mutator(Seeds, Seeds.Length, 9);
        for (int i = 0; i < 500; i++)
        {
            mutator.Make(i);
        }

        Assert.Equal(before, Seeds.Select(seed => seed.Map.Bytes));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Surgery_KeepsWhatItDoesNotTouch(bool isFile)
    {
        // Aim: messages move as said, and a file's footer follows them. Method: numbers are counted by reading; the
        // twelve messages (schema, ten batches, end) make it rare that schema or end are hit.
        RecordBatch[] ours = [.. Enumerable.Range(1, 10).Select(BatchOf)];
        RecordBatch[] theirs = [BatchOf(77)];
        MutationMap map = MutationMap.Of(Write(ours, isFile), isFile);
        MutationMap other = MutationMap.Of(Write(theirs, isFile), isFile);
        var random = new Pcg64(1);
        int[] all = [.. ours.Select(batch => batch.Length)];
        Assert.Equal([.. Enumerable.Repeat(77, 10)], Lengths(MessageSurgery.Apply(MutationKind.Splice, map, other, random), isFile));
        int[][] reordered = Several(MutationKind.ReorderMessages);
        Assert.Contains(reordered, lengths => lengths.Length == 10 && (lengths.SequenceEqual(all) == isFile) && lengths.Order().SequenceEqual(all));
        if (!isFile)
        {
            Assert.Contains(Several(MutationKind.DuplicateMessage), lengths => lengths.Length == 11 && lengths.Distinct().Count() == 10);
            Assert.Contains(Several(MutationKind.DeleteMessage), lengths => lengths.Length == 9 && lengths.Distinct().Count() == 9);
        }

        int[][] Several(MutationKind kind) =>
            [.. Enumerable.Range(0, 20).Select(_ => MessageSurgery.Apply(kind, map, other, random)).Select(bytes => Lengths(bytes, isFile))];
    }

    private static RecordBatch BatchOf(int rows)
    {
        DoubleArray values = new DoubleArray.Builder().AppendRange(Enumerable.Range(0, rows).Select(i => (double)i)).Build();
        Schema schema = new Schema.Builder().Field(field => field.Name("x").DataType(values.Data.DataType)).Build();
        return new RecordBatch(schema, [values], rows);
    }

    private static byte[] Write(RecordBatch[] batches, bool isFile) =>
        isFile ? Transport.WriteFile(batches[0].Schema, batches) : Transport.WriteStream(batches[0].Schema, batches);

    /// <summary>The rows of each batch, or nothing where the bytes are refused.</summary>
    private static int[] Lengths(byte[] bytes, bool isFile)
    {
        try
        {
            return [.. (isFile ? Transport.ReadFile(bytes) : Transport.ReadMemory(bytes)).Batches.Select(batch => batch.Length)];
        }
        catch (InvalidDataException)
        {
            // The schema has gone or comes twice.
            return [];
        }
    }
}
