using Apache.Arrow;
using Apache.Arrow.Types;
using Xunit;

namespace Pipeline.Arrow.Tests.Arrays;

/// <summary>Lists, records and maps, one within the other.</summary>
public sealed class NestedTests
{
    [Fact]
    public void List_SliceOfValuesThatAreASlice_ReadsItsOwn()
    {
        IArrowArray numbers = ArrowArrayFactory.Slice(new Int32Array.Builder().AppendRange(Enumerable.Range(0, 20)).Build(), 5, 10);
        ArrowBuffer offsets = new ArrowBuffer.Builder<int>().AppendRange([1, 3, 3, 8]).Build();

        var lists = new ListArray(new ListType(Int32Type.Default), 3, offsets, numbers, ArrowBuffer.Empty);

        Assert.Equal(["[6,7]", "[]", "[8,9,10,11,12]"], Rendering.Of(lists));
        Assert.Equal(["[]", "[8,9,10,11,12]"], Rendering.Of(lists.Slice(1, 2)));
        Assert.Equal([1, 3, 3, 8], lists.ValueOffsets.ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => lists.GetSlicedValues(3));
    }

    [Fact]
    public void Build_ListOfListsOfMaps_IsAllThere()
    {
        var maps = new MapType(StringType.Default, new ListType(Int8Type.Default));
        var builder = new LargeListArray.Builder(new FixedSizeListType(maps, 2));
        var pairs = (FixedSizeListArray.Builder)builder.ValueBuilder;
        var entries = (MapArray.Builder)pairs.ValueBuilder;
        builder.Append();
        pairs.Append();
        entries.Append();
        ((StringArray.Builder)entries.KeyBuilder).Append("a").Append("b");
        var lists = (ListArray.Builder)entries.ValueBuilder;
        ((Int8Array.Builder)lists.Append().ValueBuilder).Append(1).Append(-2);
        lists.AppendNull();
        entries.AppendNull();
        builder.AppendNull().Append();

        Assert.Equal(["[[{'a'=>[1,-2],'b'=>null},null]]", "null", "[]"], Rendering.Of(builder.Build()));
    }

    [Fact]
    public void Struct_Slice_MovesItsFields()
    {
        StructArray records = Records(["a", "b", "c", "d"]);

        var slice = (StructArray)records.Slice(1, 2);
        var again = (StructArray)slice.Slice(1, 1);

        Assert.Equal(["{n:1,word:'b'}", "{n:2,word:'c'}"], Rendering.Of(slice));
        Assert.Equal(["{n:2,word:'c'}"], Rendering.Of(again));
        Assert.Equal((1, 2), (again.Fields[0].Length, again.Fields[0].Offset));
        Assert.Same(slice.Fields, slice.Fields);
    }

    [Fact]
    public void Struct_FieldsLongerThanIt_AreCut()
    {
        StructArray records = Records(["a", "b", "c", "d"]);

        var shorter = new StructArray(records.Data.DataType, 2, records.Fields, ArrowBuffer.Empty, 0, 1);

        Assert.Equal(["{n:1,word:'b'}", "{n:2,word:'c'}"], Rendering.Of(shorter));
    }

    [Fact]
    public void Struct_AsARecord_FindsColumnsByName()
    {
        IArrowRecord record = Records(["a", "b"]);

        Assert.Equal(2, record.ColumnCount);
        Assert.Equal(["'a'", "'b'"], Rendering.Of(record.Column("word")));
        Assert.Same(record.Column(0), record.Column("N", StringComparer.OrdinalIgnoreCase));
        Assert.Equal(1, record.Schema.GetFieldIndex("word", null));
    }

    [Fact]
    public void Map_Entries_ComeInPairs()
    {
        var builder = new MapArray.Builder(new MapType(StringType.Default, Int32Type.Default));
        builder.Append();
        ((StringArray.Builder)builder.KeyBuilder).Append("one").Append("two");
        ((Int32Array.Builder)builder.ValueBuilder).Append(1).AppendNull();
        builder.AppendNull().Append().Append();
        ((StringArray.Builder)builder.KeyBuilder).Append("three");
        ((Int32Array.Builder)builder.ValueBuilder).Append(3);
        MapArray map = builder.Build();
        var tail = (MapArray)map.Slice(2, 2);

        Assert.Equal(
            [new("one", 1), new("two", null)],
            map.GetKeyValuePairs<StringArray, string?, Int32Array, int?>(0, (keys, i) => keys.GetString(i), (values, i) => values.GetValue(i)));
        Assert.Empty(map.GetTuples<StringArray, string?, Int32Array, int?>(1, (keys, i) => keys.GetString(i), (values, i) => values.GetValue(i)));
        Assert.Equal(
            [Tuple.Create<string?, int?>("three", 3)],
            tail.GetTuples<StringArray, string?, Int32Array, int?>(1, (keys, i) => keys.GetString(i), (values, i) => values.GetValue(i)));
        Assert.Equal((3, 3, 3), (map.Keys.Length, map.Values.Length, map.KeyValues.Length));
    }

    private static StructArray Records(string[] words) => new(
        new StructType([new Field("n", Int32Type.Default, false), new Field("word", StringType.Default, false)]),
        words.Length,
        [
            new Int32Array.Builder().AppendRange(Enumerable.Range(0, words.Length)).Build(),
            new StringArray.Builder().AppendRange(words).Build(),
        ],
        ArrowBuffer.Empty);
}
