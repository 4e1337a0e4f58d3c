using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using Xunit;

namespace Pipeline.Arrow.Tests.Hostile.Directed;

/// <summary>Batches whose numbers contradict each other are refused, and odd ones that do not are read.</summary>
public class HostileBatchTests
{
    private const long Huge = int.MaxValue;

    private static readonly Dictionary<string, (string Outcome, IArrowType Type, Parts Parts)> Cases = new()
    {
        ["nulls without end"] = ("Valid", NullType.Default, new(Huge) { Buffers = [] }),
        ["records of nothing without end"] = ("Valid", new StructType([]), new(Huge)),
        ["bytes of no width without end"] = ("Valid", new FixedSizeBinaryType(0), new(Huge) { Buffers = [0, 0, 0, 0] }),
        ["lists of nothing without end"] = ("Valid", ListsOf(NullType.Default, 0), new(Huge) { Nodes = [Huge, 0, 0, 0] }),
        ["lists of nulls"] = ("Valid", ListsOf(NullType.Default, (int)Huge), new(1) { Nodes = [1, 0, Huge, 0] }),
        ["lists of nulls, too long together"] =
            ("Invalid", ListsOf(NullType.Default, 1 << 30), new(4) { Nodes = [4, 0, 0, 0] }),
        ["lists of nulls, 2^62"] =
            ("Invalid", ListsOf(NullType.Default, (int)Huge), new(Huge) { Nodes = [Huge, 0, Huge, 0] }),
        ["rows beyond 31 bits"] = ("Invalid", NullType.Default, new(1L << 31) { Buffers = [] }),
        ["rows below none"] = ("Invalid", NullType.Default, new(-1) { Buffers = [] }),
        ["rows other than values"] = ("Invalid", NullType.Default, new(3) { Nodes = [4, 0], Buffers = [] }),
        ["values beyond 63 bits"] = ("Invalid", NullType.Default, new(3) { Nodes = [long.MinValue, 0], Buffers = [] }),
        ["no nodes"] = ("Invalid", NullType.Default, new(0) { Nodes = [], Buffers = [] }),
        ["bits without bytes"] = ("Invalid", BooleanType.Default, new(Huge) { Buffers = [0, 0, 0, 1], Body = new byte[8] }),
        ["validity without bytes"] =
            ("Invalid", BooleanType.Default, new(Huge) { Nodes = [Huge, 1], Buffers = [0, 1, 0, 1], Body = new byte[8] }),
        ["nulls below none"] = ("Invalid", new StructType([]), new(3) { Nodes = [3, -1], Buffers = [0, 1], Body = new byte[8] }),
        ["more nulls than values"] = ("Invalid", new StructType([]), new(3) { Nodes = [3, 4], Buffers = [0, 1], Body = new byte[8] }),
        ["other nulls than bits"] = ("Invalid", new StructType([]), new(3) { Nodes = [3, 2], Buffers = [0, 1], Body = new byte[8] }),
        ["validity nobody looks at"] = ("Valid", new StructType([]), new(3) { Buffers = [long.MaxValue, -5] }),
        ["no buffers"] = ("Invalid", new StructType([]), new(3) { Buffers = [] }),
        ["buffer before the body"] = ("Invalid", Int8Type.Default, new(3) { Buffers = [0, 0, -8, 8], Body = new byte[8] }),
        ["buffer behind the body"] = ("Invalid", Int8Type.Default, new(3) { Buffers = [0, 0, 8, 8], Body = new byte[8] }),
        ["buffer at the end of all"] =
            ("Invalid", Int8Type.Default, new(3) { Buffers = [0, 0, long.MaxValue, long.MaxValue], Body = new byte[8] }),
        ["buffer of length below none"] = ("Invalid", Int8Type.Default, new(3) { Buffers = [0, 0, 8, -8], Body = new byte[8] }),
        ["values too short"] = ("Invalid", Int64Type.Default, new(2) { Buffers = [0, 0, 0, 15], Body = new byte[16] }),
        ["bytes too wide"] = ("Invalid", new FixedSizeBinaryType(int.MaxValue / 8), new(Huge) { Buffers = [0, 0, 0, 8], Body = new byte[8] }),
        ["bytes of bits beyond 31"] = ("Invalid", new FixedSizeBinaryType(int.MaxValue), new(0) { Buffers = [0, 0, 0, 0] }),
        ["digits within"] = ("Valid", new Decimal128Type(38, -38), Decimals),
        ["digits none"] = ("Invalid", new Decimal128Type(0, 0), Decimals),
        ["digits too many"] = ("Invalid", new Decimal128Type(39, 0), Decimals),
        ["scale too large"] = ("Invalid", new Decimal128Type(5, 39), Decimals),
        ["scale below all"] = ("Invalid", new Decimal128Type(5, int.MinValue), Decimals),
        ["texts without offsets of no rows"] = ("Valid", StringType.Default, new(0) { Buffers = new long[6] }),
        ["large texts without offsets of no rows"] = ("Valid", LargeStringType.Default, new(0) { Buffers = new long[6] }),
        ["texts with half an offset of no rows"] =
            ("Valid", StringType.Default, new(0) { Buffers = [0, 0, 0, 2, 0, 0], Body = new byte[8] }),
        ["texts without offsets"] = ("Invalid", StringType.Default, new(1) { Buffers = new long[6] }),
        ["texts"] = ("Valid", StringType.Default, Texts(0, 2, 4)),
        ["texts that do not start at the start"] = ("Valid", StringType.Default, Texts(1, 2, 4)),
        ["offsets that fall"] = ("Invalid", StringType.Default, Texts(0, 3, 2)),
        ["offsets below none"] = ("Invalid", StringType.Default, Texts(-2, 0, 4)),
        ["offsets that leave the bytes"] = ("Invalid", StringType.Default, Texts(0, 4, 5)),
        ["one offset too few"] = ("Invalid", StringType.Default, Texts(0, 4) with { Rows = 2, Nodes = [2, 0] }),
        ["large texts"] = ("Valid", LargeStringType.Default, Texts(0L, 2L, 4L)),
        ["large offsets that fall"] = ("Invalid", LargeStringType.Default, Texts(0L, 3L, 2L)),
        ["large offsets beyond 32 bits"] = ("Invalid", LargeStringType.Default, Texts(0L, 1L << 32, (1L << 32) + 2)),
        ["large offsets beyond all"] = ("Invalid", LargeStringType.Default, Texts(0L, long.MaxValue, long.MinValue)),
        ["lists"] = ("Valid", new ListType(NullType.Default), Lists(9, 0, 2, 9)),
        ["lists that leave their child"] = ("Invalid", new ListType(NullType.Default), Lists(8, 0, 2, 9)),
        ["lists of most"] = ("Valid", new ListType(NullType.Default), Lists(Huge, 0, 2, int.MaxValue)),
        ["large lists that leave their child"] =
            ("Invalid", new LargeListType(new Field("item", NullType.Default, true)), Lists(Huge, 0L, 2L, 1L << 31)),
        ["records longer than their record"] = ("Valid", Records, Values(3, 5)),
        ["records shorter than their record"] = ("Invalid", Records, Values(3, 2)),
        ["lists of one longer than their list"] = ("Valid", ListsOf(Int8Type.Default, 1), Values(3, 5)),
        ["lists of one shorter than their list"] = ("Invalid", ListsOf(Int8Type.Default, 1), Values(3, 2)),
        ["LZ4 of nothing"] = ("Valid", Int8Type.Default, new(0) { Codec = 0, Buffers = [0, 0, 0, 8], Body = new byte[8] }),
        ["LZ4 that is not compressed"] = ("Valid", Int8Type.Default, Compressed(0, -1)),
        ["LZ4 without room for a length"] =
            ("Invalid", Int8Type.Default, new(0) { Codec = 0, Buffers = [0, 0, 0, 7], Body = new byte[8] }),
        ["LZ4 of 512 MiB"] = ("Invalid", Int8Type.Default, Compressed(0, 1L << 29)),
        ["LZ4 of less than none"] = ("Invalid", Int8Type.Default, Compressed(0, -2)),
        ["ZSTD of 512 MiB"] = ("Invalid", Int8Type.Default, Compressed(1, 1L << 29)),
        ["ZSTD of 2^63 bytes"] = ("Invalid", Int8Type.Default, Compressed(1, long.MaxValue)),
        ["codec that nobody knows"] = ("Unsupported", Int8Type.Default, Compressed(2, 8)),
        ["view inside itself"] = ("Valid", StringViewType.Default, View(12, -1, -1)),
        ["view"] = ("Valid", StringViewType.Default, View(16, 0, 16)),
        ["view one byte too far"] = ("Invalid", StringViewType.Default, View(16, 0, 17)),
        ["view past all numbers"] = ("Invalid", StringViewType.Default, View(int.MaxValue, 0, int.MaxValue)),
        ["view below none"] = ("Invalid", StringViewType.Default, View(16, 0, -1)),
        ["view of length below none"] = ("Invalid", StringViewType.Default, View(-16, 0, 16)),
        ["view of a missing buffer"] = ("Invalid", StringViewType.Default, View(16, 1, 0)),
        ["view of a buffer below none"] = ("Invalid", StringViewType.Default, View(16, -1, 0)),
        ["view nobody looks at"] = ("Valid", StringViewType.Default, View(-16, -1, -1) with { Nodes = [1, 1], Buffers = [20, 1, 0, 16, 21, 27] }),
        ["view buffers below none"] = ("Invalid", StringViewType.Default, View(16, 0, 16) with { ViewBufferCounts = [-1] }),
        ["view buffers without end"] = ("Invalid", StringViewType.Default, View(16, 0, 16) with { ViewBufferCounts = [long.MaxValue] }),
        ["view buffers more than there are"] = ("Invalid", StringViewType.Default, View(16, 0, 16) with { ViewBufferCounts = [1 << 26] }),
        ["view buffers not counted"] = ("Invalid", StringViewType.Default, View(16, 0, 16) with { ViewBufferCounts = [] }),
    };

    private static StructType Records => new([new Field("n", Int8Type.Default, true)]);

    private static Parts Decimals => new(1) { Buffers = [0, 0, 0, 16], Body = [.. Enumerable.Repeat((byte)0x80, 16)] };

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Batch_OddNumbers_IsReadOrRefused(string name)
    {
        (string outcome, IArrowType type, Parts parts) = Cases[name];
        Hostility.Expect(outcome, HandMade.Of(type, parts));
    }

    [Theory]
    [InlineData(64, "Valid")]
    [InlineData(65, "Invalid")]
    [InlineData(5_000, "Invalid")]
    public void Lists_InLists_AreReadToADepth(int depth, string outcome)
    {
        IpcField field = HandMade.Field(Int8Type.Default);
        for (int i = 0; i < depth; i++)
        {
            field = new IpcField(new Field("l", new ListType(field.Field), true), null, [field]);
        }

        // Of no rows, offsets may be missing.
        var parts = new Parts(0) { Nodes = new long[2 * (depth + 1)], Buffers = new long[4 * (depth + 1)] };
        Hostility.Expect(outcome, new HandMade(field).Batch(parts).ToArray());
    }

    [Fact]
    public void Message_OfASchemaWithABody_IsRead() =>
        Hostility.Expect("Valid", new HandMade(new byte[100], HandMade.Field(NullType.Default)).Batch(new Parts(3) { Buffers = [] }).ToArray());

    [Fact]
    public void Path_OfLongNames_CostsOneMessage()
    {
        // Aim: many nested long names must not be joined for every field. Method: a broken type at the bottom of 60.
        var field = new IpcField(new Field("bottom", new Decimal128Type(0, 0), true), null, []);
        for (int i = 0; i < 60; i++)
        {
            field = new IpcField(new Field(new string('n', 5_000), new StructType([field.Field]), true), null, [field]);
        }

        Hostility.Expect("Invalid", new HandMade(field).ToArray());
    }

    private static FixedSizeListType ListsOf(IArrowType values, int size) => new(values, size);

    private static Parts Texts<T>(params T[] offsets)
        where T : struct
    {
        byte[] bytes = Parts.Bytes(offsets);
        return new Parts(offsets.Length - 1) { Buffers = [0, 0, 0, bytes.Length, bytes.Length, 4], Body = [.. bytes, .. "text"u8, 0, 0, 0, 0] };
    }

    private static Parts Lists<T>(long values, params T[] offsets)
        where T : struct
    {
        byte[] bytes = Parts.Bytes(offsets);
        return new Parts(offsets.Length - 1) { Nodes = [offsets.Length - 1, 0, values, 0], Buffers = [0, 0, 0, bytes.Length], Body = bytes };
    }

    private static Parts Values(long rows, long values) =>
        new(rows) { Nodes = [rows, 0, values, 0], Buffers = [0, 0, 0, 0, 0, values], Body = new byte[values] };

    /// <summary>Eight values behind a length; they are not a frame of any codec.</summary>
    private static Parts Compressed(byte codec, long announced) => new(8)
    {
        Codec = codec,
        Buffers = [0, 0, 0, 16],
        Body = Parts.Bytes(announced, 0x0102030405060708),
    };

    /// <summary>A view into a buffer of 32 bytes, the view itself included.</summary>
    private static Parts View(int length, int buffer, int offset) => new(1)
    {
        Buffers = [0, 0, 0, 16, 16, 32],
        ViewBufferCounts = [1],
        Body = [.. Parts.Bytes(length, 0, buffer, offset), .. new byte[32]],
    };
}
