using Apache.Arrow;
using Apache.Arrow.Arrays;
using Xunit;

namespace Pipeline.Arrow.Tests.Arrays;

/// <summary>The ways of adding and changing strings of bytes.</summary>
public sealed class BytesTests
{
    private static readonly byte[]?[] Strings = [[1, 2], null, [], [3]];

    [Fact]
    public void Append_BytesInEveryForm_AreStrings()
    {
        string[] expected = ["x07", "x0102", "x05", "x06", "x0102", "null", "x", "x03"];

        var bytes = new BinaryArray.Builder();
        bytes.Append(7).Append(Sequence()).AppendRange(new byte[] { 5, 6 }).AppendRange(Strings!);
        Assert.Equal(expected, Rendering.Of(bytes.Build()));

        var large = new LargeBinaryArray.Builder();
        large.Append(7).Append(Sequence()).AppendRange(new byte[] { 5, 6 }).AppendRange(Strings!);
        Assert.Equal(expected, Rendering.Of(large.Build()));

        var views = new BinaryViewArray.Builder();
        views.Append(7).Append(Sequence().ToArray().AsSpan()).AppendRange(new byte[] { 5, 6 }).AppendRange(Strings!);
        Assert.Equal(expected, Rendering.Of(views.Build()));
    }

    [Fact]
    public void Enumerate_NullsAmongStrings_AreNullOrEmptyAsInThePackage()
    {
        IReadOnlyList<byte[]?> bytes = new BinaryArray.Builder().AppendRange(Strings!).Build();
        IReadOnlyList<byte[]> large = new LargeBinaryArray.Builder().AppendRange(Strings!).Build();
        IReadOnlyList<byte[]> views = new BinaryViewArray.Builder().AppendRange(Strings!).Build();

        Assert.Equal([[1, 2], null, [], [3]], bytes.Select(one => one).ToArray());
        Assert.Equal([[1, 2], [], [], [3]], large.ToArray());
        Assert.Equal([[1, 2], [], [], [3]], views.ToArray());
        Assert.Equal((4, 3), (views.Count, views[3][0]));
    }

    [Fact]
    public void EqualBytes_SetSwapAndNull_ChangeWhatWasAdded()
    {
        var builder = new Samples.EqualBytesBuilder(2);
        builder.AppendRange([[1, 2], [3, 4], [5, 6]]).AppendNull().Append(new byte[][] { [7, 8] });

        builder.Set(0, [9, 9]).SetNull(1).Swap(2, 3);

        FixedSizeBinaryArray array = builder.Build();
        Assert.Equal(["x0909", "null", "null", "x0506", "x0708"], Rendering.Of(array));
        Assert.Equal(2, array.NullCount);
        Assert.ThrowsAny<ArgumentException>(() => builder.Append(new byte[] { 1, 2, 3 }));
        Assert.Equal(0, builder.Clear().Build().Length);
    }

    private static IEnumerable<byte> Sequence() => Enumerable.Range(1, 2).Select(i => (byte)i);
}
