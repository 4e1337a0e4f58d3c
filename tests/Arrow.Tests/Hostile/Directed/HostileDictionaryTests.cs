using System.Buffers.Binary;
using System.Diagnostics;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using Pipeline.Arrow.Tests.Hostile.Maps;
using Xunit;

namespace Pipeline.Arrow.Tests.Hostile.Directed;

/// <summary>Dictionaries that contradict their fields, each other or their bytes are refused, and cost what they bring.</summary>
public class HostileDictionaryTests
{
    private const long Huge = int.MaxValue;
    private static readonly ListType ListOfGroups = new(new Field("item", Of(Int8Type.Default), true));

    /// <summary>Two rows of index 0.</summary>
    private static Parts TwoRows => new(2) { Buffers = [0, 0, 0, 2], Body = new byte[8] };

    private static Parts NoRows => new(0) { Buffers = [0, 0, 0, 0] };

    private static Parts AllNull => new(2) { Nodes = [2, 2], Buffers = [0, 1, 0, 2], Body = new byte[8] };

    private static Parts OneNumber => new(1) { Buffers = [0, 0, 0, 1], Body = new byte[8] };

    private static Parts NullsWithoutEnd => new(Huge) { Buffers = [] };

    public static TheoryData<string, string> Outcomes => new()
    {
        { "never came", "Invalid" },
        { "never came, no rows", "Valid" },
        { "never came, nulls only", "Valid" },
        { "nested, neither came, no rows", "Valid" },
        { "nested, inner never came", "Invalid" },
        { "came", "Valid" },
        { "of nobody", "Invalid" },
        { "of no values", "Invalid" },
        { "of another length than its batch", "Invalid" },
        { "addition to nothing", "Valid" },
        { "addition of an addition", "Valid" },
        { "index behind the end", "Invalid" },
        { "index before the start", "Invalid" },
        { "index of 64 bits", "Invalid" },
        { "index nobody looks at", "Valid" },
        { "of nulls without end", "Valid" },
        { "of nulls without end that grows", "Invalid" },
        { "its own values", "Invalid" },
        { "shared by other types", "Invalid" },
        { "shared", "Valid" },
        { "inner replaced between additions", "Unsupported" },
    };

    [Theory]
    [MemberData(nameof(Outcomes))]
    public void Dictionary_OddMessages_IsReadOrRefused(string name, string outcome)
    {
        IpcField plain = HandMade.Field(Of(Int8Type.Default), 0);
        IpcField nested = HandMade.Field(Of(ListOfGroups), 0);
        IpcField nulls = HandMade.Field(Of(NullType.Default), 0);
        Parts list = new(1) { Nodes = [1, 0, 1, 0], Buffers = [0, 0, 0, 8, 0, 0, 8, 1], Body = Parts.Bytes(0, 1, 0, 0) };
        HandMade stream = name switch
        {
            "never came" => new HandMade(plain).Batch(TwoRows),
            "never came, no rows" => new HandMade(plain).Batch(NoRows),
            "never came, nulls only" => new HandMade(plain).Batch(AllNull),
            "nested, neither came, no rows" => new HandMade(nested).Batch(NoRows),
            "nested, inner never came" => new HandMade(nested).Dictionary(0, list).Batch(TwoRows),
            "came" => new HandMade(plain).Dictionary(0, OneNumber).Batch(TwoRows),
            "of nobody" => new HandMade(plain).Dictionary(1, OneNumber),
            "of no values" => new HandMade(plain).Dictionary(0, new Parts(0) { Nodes = [], Buffers = [] }),
            "of another length than its batch" => new HandMade(plain).Dictionary(0, OneNumber with { Rows = 2, Nodes = [1, 0] }),
            "addition to nothing" => new HandMade(plain).Dictionary(0, OneNumber, isDelta: true).Batch(TwoRows),
            "addition of an addition" => new HandMade(plain)
                .Dictionary(0, OneNumber).Dictionary(0, OneNumber, isDelta: true).Dictionary(0, OneNumber, isDelta: true)
                .Batch(TwoRows with { Body = [2, 1, 0, 0, 0, 0, 0, 0] }),
            "index behind the end" => new HandMade(plain).Dictionary(0, OneNumber).Batch(TwoRows with { Body = [0, 1, 0, 0, 0, 0, 0, 0] }),
            "index before the start" => new HandMade(plain).Dictionary(0, OneNumber).Batch(TwoRows with { Body = [0, 255, 0, 0, 0, 0, 0, 0] }),
            "index of 64 bits" => new HandMade(HandMade.Field(new DictionaryType(UInt64Type.Default, Int8Type.Default, false), 0))
                .Dictionary(0, OneNumber).Batch(new Parts(1) { Buffers = [0, 0, 0, 8], Body = Parts.Bytes(ulong.MaxValue) }),
            "index nobody looks at" => new HandMade(plain).Dictionary(0, OneNumber)
                .Batch(AllNull with { Body = [0, 255, 0, 0, 0, 0, 0, 0], Buffers = [0, 1, 1, 2] }),
            "of nulls without end" => new HandMade(nulls).Dictionary(0, NullsWithoutEnd).Batch(TwoRows),
            "of nulls without end that grows" => new HandMade(nulls)
                .Dictionary(0, NullsWithoutEnd).Dictionary(0, NullsWithoutEnd, isDelta: true).Batch(TwoRows),
            "its own values" => new HandMade(WithId(nested, 0)).Batch(NoRows),
            "shared by other types" => new HandMade(plain, nulls).Batch(new Parts(0)),
            "shared" => new HandMade(plain, plain).Dictionary(0, OneNumber)
                .Batch(new Parts(2) { Nodes = [2, 0, 2, 0], Buffers = [0, 0, 0, 2, 0, 0, 0, 2], Body = new byte[8] }),
            _ => new HandMade(nested)
                .Dictionary(1, OneNumber).Dictionary(0, list)
                .Dictionary(0, list, isDelta: true)
                .Dictionary(1, OneNumber with { Body = [7, 0, 0, 0, 0, 0, 0, 0] })
                .Dictionary(0, list, isDelta: true),
        };
        Hostility.Expect(outcome, stream.ToArray());
    }

    [Theory]
    [InlineData("text")]
    [InlineData("text views")]
    [InlineData("lists")]
    [InlineData("nested")]
    public void Dictionary_ManySmallAdditions_CostsInProportion(string name)
    {
        // Aim: an addition must not cost as much as all before it. Method: four times as many additions take about
        // four times the memory, not sixteen times, with a batch after each one.
        byte[] few = Additions(name, 1_000);
        byte[] many = Additions(name, 4_000);
        Cost(few);
        double ratio = (double)Cost(many) / Cost(few);
        Assert.InRange(ratio, 2, 6);
    }

    [Fact]
    public void Dictionary_BuffersOverEachOther_AreNotCopied()
    {
        // Aim: an addition copies, so buffers that are all the same bytes must not multiply them. Method: 400 texts of
        // one body of 100 KB would become 40 MB.
        Field[] fields = [.. Enumerable.Range(0, 400).Select(i => new Field($"{i}", StringType.Default, true))];
        IpcField field = HandMade.Field(Of(new StructType(fields)), 0);
        var values = new Parts(1)
        {
            Nodes = [.. Enumerable.Repeat<long[]>([1, 0], 401).SelectMany(node => node)],
            Buffers = [0, 0, .. Enumerable.Repeat<long[]>([0, 0, 0, 8, 0, 100_000], 400).SelectMany(buffer => buffer)],
            Body = [.. Parts.Bytes(0, 100_000), .. new byte[99_992]],
        };
        byte[] stream = new HandMade(field).Dictionary(0, values).Dictionary(0, values, isDelta: true).Batch(TwoRows).ToArray();
        Assert.InRange(Cost(stream), 0, 4L << 20);
        Hostility.Expect("Invalid", stream);
    }

    [Fact]
    public void Dictionary_OfManyFields_IsSharedByItsBatches()
    {
        // Aim: a batch of one node must not cost as much as its dictionary has fields. Method: 500 batches over 1,000.
        Field[] fields = [.. Enumerable.Range(0, 1_000).Select(i => new Field($"{i}", Int8Type.Default, true))];
        var stream = new HandMade(HandMade.Field(Of(new StructType(fields)), 0));
        stream.Dictionary(0, new Parts(1)
        {
            Nodes = [.. Enumerable.Repeat<long[]>([1, 0], 1_001).SelectMany(node => node)],
            Buffers = [0, 0, .. Enumerable.Range(0, 1_000).SelectMany<int, long>(i => [0, 0, i, 1])],
            Body = new byte[1_000],
        });
        long alone = Cost(stream.ToArray());
        for (int i = 0; i < 500; i++)
        {
            stream.Batch(TwoRows);
        }

        Assert.InRange(Cost(stream.ToArray()) - alone, 0, 500 * 4_000);
    }

    [Fact]
    public void Dictionary_AdditionsWithoutBytes_TakeNoTime()
    {
        IpcField field = HandMade.Field(Of(new FixedSizeBinaryType(0)), 0);
        var values = new Parts(60_000) { Buffers = [0, 0, 0, 0] };
        var stream = new HandMade(field);
        for (int i = 0; i < 5_000; i++)
        {
            stream.Dictionary(0, values with { Rows = 5_000, Nodes = [5_000, 0] }).Dictionary(0, values, isDelta: true);
        }

        byte[] bytes = stream.ToArray();
        var watch = Stopwatch.StartNew();
        Assert.InRange(Cost(bytes), 0, 200L * bytes.Length);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void Dictionary_AdditionThatFails_EndsTheReading()
    {
        // Aim: no batch comes out of a dictionary that lacks an addition. Method: an addition that only its second field refuses.
        var type = new StructType([new Field("text", StringType.Default, true), new Field("nulls", new ListType(NullType.Default), true)]);
        Parts values = new(1)
        {
            Nodes = [1, 0, 1, 0, 1, 0, 1, 0],
            Buffers = [0, 0, 0, 0, 0, 8, 8, 1, 0, 0, 16, 8],
            Body = [.. Parts.Bytes(0, 1), .. "a       "u8, .. Parts.Bytes(0, 1)],
        };
        Parts tooMany = values with { Nodes = [1, 0, 1, 0, 1, 0, Huge, 0], Body = [.. Parts.Bytes(0, 1), .. "z       "u8, .. Parts.Bytes(0, int.MaxValue)] };
        byte[] stream = new HandMade(HandMade.Field(Of(type), 0))
            .Dictionary(0, values).Dictionary(0, tooMany, isDelta: true).Dictionary(0, values, isDelta: true)
            .Batch(TwoRows with { Body = [0, 1, 0, 0, 0, 0, 0, 0] }).ToArray();
        using var reader = new ArrowStreamReader(stream);
        Assert.Throws<InvalidDataException>(reader.ReadNextRecordBatch);
        Assert.Throws<InvalidDataException>(reader.ReadNextRecordBatch);
    }

    [Fact]
    public void Dictionary_FlagOutsideItsMessage_LeavesNothingBehind()
    {
        // Aim: what is damaged behind the values must not keep their memory. Method: the flag of an addition lies elsewhere.
        byte[] stream = new HandMade(HandMade.Field(Of(Int8Type.Default), 0)).Dictionary(0, OneNumber).Batch(TwoRows).ToArray();
        Place flag = Assert.Single(MutationMap.Of(stream, isFile: false).Places, place => place.Name == "DictionaryBatch.layout[8]");
        BinaryPrimitives.WriteUInt16LittleEndian(stream.AsSpan(flag.Start), 0x8000);
        Hostility.Expect("Invalid", stream);
    }

    [Fact]
    public void Dictionary_OfListsOfDictionaries_CostsWhatItsBytesAre()
    {
        // Aim: values that unfold to 2^60 are read, and nothing unfolds them. Method: each list is the two before it.
        IArrowType type = Int8Type.Default;
        IpcField field = HandMade.Field(type);
        const int Depth = 60;
        var parts = new List<Parts> { OneNumber };
        for (int i = 0; i < Depth; i++)
        {
            type = Of(type);
            field = new IpcField(new Field("c", type, true), i, field.Children);
            type = new FixedSizeListType(new Field("item", type, true), 2);
            field = new IpcField(new Field("c", type, true), null, [field]);
            parts.Add(new Parts(1) { Nodes = [1, 0, 2, 0], Buffers = [0, 0, 0, 0, 0, 2], Body = new byte[8] });
        }

        var stream = new HandMade(field);
        for (int i = 0; i < Depth; i++)
        {
            stream.Dictionary(i, parts[i]);
        }

        Hostility.Expect("Valid", stream.Batch(parts[Depth]).ToArray());
    }

    private static DictionaryType Of(IArrowType values) => new(Int8Type.Default, values, false);

    /// <summary>The field with the same number for all its dictionaries.</summary>
    private static IpcField WithId(IpcField field, long id) => new(
        field.Field, field.DictionaryId is null ? null : id, [.. field.Children.Select(child => WithId(child, id))]);

    /// <summary>Bytes allocated by reading a stream as far as it goes, all batches kept.</summary>
    private static long Cost(byte[] stream)
    {
        var batches = new List<RecordBatch>();
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            using var reader = new ArrowStreamReader(stream);
            while (reader.ReadNextRecordBatch() is RecordBatch batch)
            {
                batches.Add(batch);
            }
        }
        catch (InvalidDataException)
        {
            // Cost counts also where it ends in a refusal, which other tests look at.
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static byte[] Additions(string name, int count)
    {
        Parts number = OneNumber;
        (IArrowType type, Parts value) = name switch
        {
            "text" => ((IArrowType)StringType.Default, new Parts(1) { Buffers = [0, 0, 0, 8, 8, 8], Body = Parts.Bytes(0, 8, 1, 2) }),
            "text views" => (StringViewType.Default, new Parts(1)
            {
                Buffers = [0, 0, 0, 16, 16, 16],
                ViewBufferCounts = [1],
                Body = [.. Parts.Bytes(16, 0, 0, 0), .. new byte[16]],
            }),
            "lists" => (
                new ListType(Int8Type.Default),
                new Parts(1) { Nodes = [1, 0, 2, 0], Buffers = [0, 0, 0, 8, 0, 0, 8, 2], Body = Parts.Bytes(0, 2, 0, 0) }),
            _ => (ListOfGroups, new Parts(1) { Nodes = [1, 0, 2, 0], Buffers = [0, 0, 0, 8, 0, 0, 8, 2], Body = Parts.Bytes(0, 2, 0, 0) }),
        };
        var stream = new HandMade(HandMade.Field(Of(type), 0));
        for (int i = 0; i < count; i++)
        {
            if (name == "nested")
            {
                stream.Dictionary(1, number, isDelta: true);
            }

            stream.Dictionary(0, value, isDelta: true).Batch(TwoRows);
        }

        return stream.ToArray();
    }
}
