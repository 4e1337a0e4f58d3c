using System.Text;
using Apache.Arrow;
using Apache.Arrow.Scalars;
using Apache.Arrow.Types;
using Xunit;

namespace Pipeline.Arrow.Tests.Arrays;

/// <summary>Views of bytes and texts.</summary>
public sealed class ViewTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(12, 0)]
    [InlineData(13, 13)]
    [InlineData(100, 100)]
    public void Append_TextUpToTwelveBytes_LiesInTheViewItself(int length, int bytesElsewhere)
    {
        string text = new('x', length);

        StringViewArray array = new StringViewArray.Builder().Append(text).Build();

        Assert.Equal(text, array.GetString(0));
        Assert.Equal((length, length <= 12), (array.GetValueLength(0), array.Views[0].IsInline));
        Assert.Equal(bytesElsewhere > 0 ? 1 : 0, array.DataBufferCount);
        Assert.Equal(Encoding.UTF8.GetBytes(text[..(length > 12 ? 4 : length)]), array.Views[0].Bytes.ToArray());
    }

    [Fact]
    public void Swap_LongAndNull_ChangePlaces()
    {
        var builder = new StringViewArray.Builder();
        builder.Append("long enough to lie elsewhere").AppendNull().Append("short").Swap(0, 1).Swap(1, 2);

        StringViewArray array = builder.Build();

        Assert.Equal(new[] { null, "short", "long enough to lie elsewhere" }, ((IEnumerable<string?>)array).ToArray());
    }

    [Fact]
    public void GetBytes_SeveralBuffers_ReadsTheOneThatTheViewNames()
    {
        byte[] first = Encoding.ASCII.GetBytes("..a text in the first..");
        byte[] second = Encoding.ASCII.GetBytes("another in the second");
        BinaryView[] views =
        [
            new(13, "anot"u8, 1, 0), new(8 + 11, "a te"u8, 0, 2), new("inline"u8), new(21, "anot"u8, 1, 0),
        ];

        BinaryViewArray array = Over(views, new ArrowBuffer(first), new ArrowBuffer(second));

        Assert.Equal("another in th", Encoding.ASCII.GetString(array.GetBytes(0)));
        Assert.Equal("a text in the first", Encoding.ASCII.GetString(array.GetBytes(1)));
        Assert.Equal("inline", Encoding.ASCII.GetString(array.GetBytes(2)));
        Assert.Equal(second, array.GetBytes(3).ToArray());
        Assert.Equal((2, 21), (array.DataBufferCount, array.DataBuffer(1).Length));
    }

    [Theory]
    [InlineData(2, 0)]
    [InlineData(0, 8)]
    [InlineData(0, -1)]
    [InlineData(0, int.MaxValue)]
    public void GetBytes_ViewOfWhatIsNotThere_Throws(int bufferIndex, int bufferOffset)
    {
        BinaryViewArray array = Over([new BinaryView(13, "text"u8, bufferIndex, bufferOffset)], new ArrowBuffer(new byte[20]));

        Assert.ThrowsAny<Exception>(() => array.GetBytes(0).Length);
    }

    [Fact]
    public void BinaryView_Parts_AreAsMade()
    {
        var inline = new BinaryView("hello"u8);
        var reference = new BinaryView(13, "hell"u8, 3, 77);

        Assert.Equal((5, true, -1, -1), (inline.Length, inline.IsInline, inline.BufferIndex, inline.BufferOffset));
        Assert.Equal((13, false, 3, 77), (reference.Length, reference.IsInline, reference.BufferIndex, reference.BufferOffset));
        Assert.True(inline.Equals(new BinaryView("hello"u8)));
        Assert.False(inline.Equals(new BinaryView("hellO"u8)));
        Assert.False(reference.Equals((object)new BinaryView(13, "hell"u8, 3, 78)));
        Assert.Equal(reference.GetHashCode(), new BinaryView(13, "hell"u8, 3, 77).GetHashCode());
        Assert.Throws<ArgumentException>(() => new BinaryView(new byte[13]));
        Assert.Throws<ArgumentException>(() => new BinaryView(11, "hell"u8, 0, 0));
        Assert.Throws<ArgumentException>(() => new BinaryView(20, "hello"u8, 0, 0));
    }

    internal static BinaryViewArray Over(BinaryView[] views, params ArrowBuffer[] buffers)
    {
        ArrowBuffer buffer = new ArrowBuffer.Builder<BinaryView>().AppendRange(views).Build();
        return new BinaryViewArray(new ArrayData(
            BinaryViewType.Default, views.Length, 0, 0, [ArrowBuffer.Empty, buffer, .. buffers]));
    }
}
