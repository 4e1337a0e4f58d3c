using FsCheck;
using FsCheck.Fluent;
using Pipeline.Engine.Identity;
using Xunit;

namespace Pipeline.Engine.Tests.Identity;

public sealed class FingerprintTests
{
    [Fact]
    public void OfBytes_EmptyAndAbc_AreTheSha256OfTheStandard()
    {
        Assert.Equal(
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", Fingerprint.OfBytes([]).ToString());
        Assert.Equal(
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", Fingerprint.OfBytes("abc"u8).ToString());
    }

    [Fact]
    public void TryParse_TextOfAnyKey_GivesTheKeyBack() =>
        Prop.ForAll<byte[]>(bytes =>
        {
            var key = Fingerprint.OfBytes(bytes);
            return Fingerprint.TryParse(key.ToString(), out Fingerprint parsed) && parsed == key
                && Fingerprint.TryParse(key.ToString().ToUpperInvariant(), out parsed) && parsed == key
                && key.ToString().StartsWith(key.ToShortString(), StringComparison.Ordinal);
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85")]
    [InlineData("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8555")]
    [InlineData("g3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData(" 3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    public void TryParse_AnythingElse_IsRefused(string? text) => Assert.False(Fingerprint.TryParse(text, out _));

    [Fact]
    public void CompareTo_AnyKeys_IsTheOrderOfTheTexts() =>
        Prop.ForAll<byte[], byte[]>((left, right) =>
        {
            var first = Fingerprint.OfBytes(left);
            var second = Fingerprint.OfBytes(right);
            int expected = Math.Sign(string.CompareOrdinal(first.ToString(), second.ToString()));
            return Math.Sign(first.CompareTo(second)) == expected
                && first < second == expected < 0 && first > second == expected > 0
                && first <= second == expected <= 0 && first >= second == expected >= 0;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void CompareTo_SameHighHalf_IsDecidedByTheLow()
    {
        var small = new Fingerprint(7, UInt128.MaxValue >> 1);
        var large = new Fingerprint(7, UInt128.MaxValue);
        Assert.True(small < large && string.CompareOrdinal(small.ToString(), large.ToString()) < 0);
    }
}
