using Pipeline.Engine.Cache.Disk;
using Pipeline.Engine.Identity;
using Xunit;

namespace Pipeline.Engine.Tests.Cache.Disk;

public sealed class ArtifactFileNameTests
{
    [Theory]
    [InlineData("moments")]
    [InlineData("with_separator and/slash.artifact")]
    [InlineData("µ")]
    public void TryParse_ItsOwnName_GivesTheSame(string kind)
    {
        var name = new ArtifactFileName(new Fingerprint(ulong.MaxValue / 3, ulong.MaxValue / 5, 0, 7), kind, 1_234_567, 89);
        Assert.True(ArtifactFileName.TryParse(name.ToString(), out ArtifactFileName parsed));
        Assert.Equal(name, parsed);
        Assert.DoesNotContain('/', name.ToString());
        Assert.Equal(0x55, ArtifactFileName.FolderOf(name.Key));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".artifact")]
    [InlineData("notes.txt")]
    [InlineData("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.artifact")]
    [InlineData("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef_kind_1.artifact")]
    [InlineData("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef_kind_-1_5.artifact")]
    [InlineData("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef_kind_1_99999999999999999999.artifact")]
    [InlineData("x123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef_kind_1_5.artifact")]
    public void TryParse_AnythingElse_IsRefused(string name) => Assert.False(ArtifactFileName.TryParse(name, out _));
}
