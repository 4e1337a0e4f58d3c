using Apache.Arrow;
using Apache.Arrow.Types;
using Xunit;

namespace Pipeline.Arrow.Tests.Arrays;

/// <summary>Builders of values of any length, which the package leaves undefined when they shrink.</summary>
public sealed partial class ModelTests
{
    [Fact]
    public void LargeTexts_RandomActions_LikeAList() => FollowTexts(
        new LargeStringArray.Builder(), (b, value) => b.Append(value), (array, i) => array.GetString(i));

    [Fact]
    public void TextViews_RandomActions_LikeAList() => FollowTexts(
        new StringViewArray.Builder(), (b, value) => b.Append(value), (array, i) => array.GetString(i));

    [Fact]
    public void Lists_RandomActions_LikeAList() => FollowTexts(
        new ListArray.Builder(Int32Type.Default),
        (b, value) => ((Int32Array.Builder)b.Append().ValueBuilder).AppendRange(value.Select(letter => (int)letter)),
        (array, i) => Letters(array.GetSlicedValues(i)));

    [Fact]
    public void LargeLists_RandomActions_LikeAList() => FollowTexts(
        new LargeListArray.Builder(Int32Type.Default),
        (b, value) => ((Int32Array.Builder)b.Append().ValueBuilder).AppendRange(value.Select(letter => (int)letter)),
        (array, i) => Letters(array.GetSlicedValues(i)));

    [Fact]
    public void Maps_RandomActions_LikeAList() => FollowTexts(
        new MapArray.Builder(new MapType(Int32Type.Default, Int32Type.Default)),
        (b, value) =>
        {
            b.Append();
            ((Int32Array.Builder)b.KeyBuilder).AppendRange(value.Select((_, position) => position));
            ((Int32Array.Builder)b.ValueBuilder).AppendRange(value.Select(letter => (int)letter));
        },
        (array, i) => array.IsNull(i) ? null : Letters(ArrowArrayFactory.Slice(
            array.Values, array.ValueOffsets[i], array.GetValueLength(i))));

    private static string? Letters(IArrowArray? values) =>
        values is Int32Array numbers ? string.Concat(numbers.Values.ToArray().Select(number => (char)number)) : null;

    private static void FollowTexts<TArray, TBuilder>(
        IArrowArrayBuilder<TArray, TBuilder> builder, Action<TBuilder, string> append, Func<TArray, int, string?> get)
        where TArray : IArrowArray
        where TBuilder : IArrowArrayBuilder<TArray> => FollowAny<string?, TArray, TBuilder>(
            builder,
            random => string.Concat(Enumerable.Range(0, random.Next(30)).Select(_ => (char)random.Next('a', 'ÿ'))),
            (b, value) => append(b, value!),
            get);
}
