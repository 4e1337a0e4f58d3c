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

    [Theory]
    [InlineData(0, 1, 2, 3, 0, 1, 2, ulong.MaxValue)]
    [InlineData(0, 1, 2, 9, 0, 1, ulong.MaxValue, 3)]
    [InlineData(0, 1, 9, 9, 0, ulong.MaxValue, 2, 3)]
    [InlineData(0, 9, 9, 9, ulong.MaxValue, 1, 2, 3)]
    public void CompareTo_SameFirstWords_IsDecidedByTheNext(
        ulong a1, ulong a2, ulong a3, ulong a4, ulong b1, ulong b2, ulong b3, ulong b4)
    {
        var small = new Fingerprint(a1, a2, a3, a4);
        var large = new Fingerprint(b1, b2, b3, b4);
        Assert.True(small < large && string.CompareOrdinal(small.ToString(), large.ToString()) < 0);
    }
}
