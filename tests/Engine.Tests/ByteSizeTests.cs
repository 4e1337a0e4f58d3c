using Xunit;

namespace Pipeline.Engine.Tests;

public class ByteSizeTests
{
    [Theory]
    [InlineData("256 MiB", 256L << 20)]
    [InlineData("2GiB", 2L << 30)]
    [InlineData(" 1.5 gib ", 1536L << 20)]
    [InlineData("500 MB", 500_000_000)]
    [InlineData("1024", 1024)]
    public void TryParse_Size_IsRead(string text, long bytes)
    {
        Assert.True(ByteSize.TryParse(text, out long found));
        Assert.Equal(bytes, found);
    }

    [Theory]
    [InlineData("")]
    [InlineData("much")]
    [InlineData("-1 MiB")]
    [InlineData("1 parsec")]
    [InlineData("0")]
    [InlineData("1e99 GiB")]
    [InlineData("9999999 TiB")]
    public void TryParse_Nonsense_IsRefused(string text) => Assert.False(ByteSize.TryParse(text, out _));
}
