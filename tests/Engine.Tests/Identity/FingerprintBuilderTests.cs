using System.Security.Cryptography;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Engine.Identity;
using Xunit;

namespace Pipeline.Engine.Tests.Identity;

public sealed class FingerprintBuilderTests
{
    // A change of the encoding invalidates every key that was ever stored: it must be meant.
    // The value was computed by a second implementation, with Python's hashlib and struct.
    [Fact]
    public void ToFingerprint_FixedFields_GivesTheGoldenKey()
    {
        Fingerprint key = Builder()
            .Add("text", "Wellenlänge")
            .Add("null", (string?)null)
            .Add("integer", -42L)
            .Add("double", 0.1)
            .Add("switch", true)
            .Add("key", new Fingerprint(0, 1, 0, 2))
            .Add("doubles", [1.5, double.NaN])
            .Add("integers", [3, -4])
            .Add("texts", ["a", "bc"])
            .ToFingerprint();
        Assert.Equal("16c046b6cd3c1c44ece158ce1b7d7173a970d544c892405b371c3b2939b26dc6", key.ToString());
    }

    [Fact]
    public void ToFingerprint_AbsentNullEmptyAndDefaults_AllDiffer()
    {
        Fingerprint[] keys =
        [
            Builder().ToFingerprint(),
            Builder().Add("x", (string?)null).ToFingerprint(),
            Builder().Add("x", "").ToFingerprint(),
            Builder().Add("x", 0L).ToFingerprint(),
            Builder().Add("x", 0.0).ToFingerprint(),
            Builder().Add("x", false).ToFingerprint(),
            Builder().Add("x", default(Fingerprint)).ToFingerprint(),
            Builder().Add("x", ReadOnlySpan<double>.Empty).ToFingerprint(),
            Builder().Add("x", ReadOnlySpan<int>.Empty).ToFingerprint(),
            Builder().Add("x", Array.Empty<string>()).ToFingerprint(),
            Builder().Add("x", [""]).ToFingerprint(),
            Builder().Add("x", ["", ""]).ToFingerprint(),
        ];
        Assert.Equal(keys.Length, keys.Distinct().Count());
    }

    [Fact]
    public void ToFingerprint_OrderNamesAndVersion_Matter()
    {
        Fingerprint[] keys =
        [
            Builder().Add("a", 1L).Add("b", 2L).ToFingerprint(),
            Builder().Add("b", 2L).Add("a", 1L).ToFingerprint(),
            Builder().Add("b", 1L).Add("a", 2L).ToFingerprint(),
            new FingerprintBuilder("test", 2).Add("a", 1L).Add("b", 2L).ToFingerprint(),
            new FingerprintBuilder("other", 1).Add("a", 1L).Add("b", 2L).ToFingerprint(),
        ];
        Assert.Equal(keys.Length, keys.Distinct().Count());
    }

    // Names and values are hashed with their lengths: moving a letter from one to the next is another list.
    [Fact]
    public void ToFingerprint_LettersMovedBetweenFields_Differ() =>
        Prop.ForAll<NonEmptyString, NonEmptyString>((left, right) =>
            Builder().Add("x", left.Get + right.Get).Add("y", "").ToFingerprint()
            != Builder().Add("x", left.Get).Add("y", right.Get).ToFingerprint()
            && Builder().Add("x", [left.Get + right.Get]).ToFingerprint()
            != Builder().Add("x", [left.Get, right.Get]).ToFingerprint()).QuickCheckThrowOnFailure();

    [Fact]
    public void Add_NegativeZero_IsZero()
    {
        Assert.Equal(Builder().Add("x", 0.0).ToFingerprint(), Builder().Add("x", -0.0).ToFingerprint());
        Assert.NotEqual(Builder().Add("x", 0.0).ToFingerprint(), Builder().Add("x", double.Epsilon).ToFingerprint());
        Assert.NotEqual(
            Builder().Add("x", double.PositiveInfinity).ToFingerprint(),
            Builder().Add("x", double.NegativeInfinity).ToFingerprint());
    }

    [Fact]
    public void Add_NaN_IsRefusedByName()
    {
        ArgumentException refused = Assert.Throws<ArgumentException>(() => Builder().Add("slope", double.NaN));
        Assert.Contains("'slope'", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Add_NoName_IsRefused() => Assert.Throws<ArgumentException>(() => Builder().Add("", 1L));

    // Texts are hashed in pieces; the twin lays the whole field out in memory, as the format says it.
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 200_000)]
    [InlineData(30_000, 7)]
    [InlineData(3, 65_532)]
    [InlineData(40, 5000)]
    public void Add_ManyOrLongTexts_AreHashedAsOneRunOfBytes(int count, int length)
    {
        string[] texts = [.. Enumerable.Range(0, count).Select(i => new string((char)('a' + (i % 20)), length + (i % 3)) + "ä")];
        var bytes = new List<byte>();
        Field(1, "operation", "test"u8.ToArray());
        Field(2, "version", BitConverter.GetBytes(1L));
        Field(7, "texts", [.. texts.SelectMany(text => (byte[])[.. BitConverter.GetBytes(Encoding.UTF8.GetByteCount(text)), .. Encoding.UTF8.GetBytes(text)])]);
        var expected = Fingerprint.FromHash(SHA256.HashData([.. bytes]));
        Assert.Equal(expected, Builder().Add("texts", texts).ToFingerprint());
        Assert.Equal(expected, Builder().Add("texts", texts.Where(_ => true)).ToFingerprint());

        void Field(byte type, string name, byte[] value)
        {
            bytes.Add(type);
            bytes.AddRange(BitConverter.GetBytes(name.Length));
            bytes.AddRange(Encoding.UTF8.GetBytes(name));
            bytes.AddRange(BitConverter.GetBytes((long)value.Length));
            bytes.AddRange(value);
        }
    }

    [Fact]
    public void ToFingerprint_InBetween_DoesNotDisturbWhatFollows()
    {
        FingerprintBuilder disturbed = Builder().Add("a", 1L);
        Fingerprint between = disturbed.ToFingerprint();
        Assert.Equal(Builder().Add("a", 1L).Add("b", 2L).ToFingerprint(), disturbed.Add("b", 2L).ToFingerprint());
        Assert.Equal(Builder().Add("a", 1L).ToFingerprint(), between);
    }

    [Fact]
    public void Fields_AfterAdding_ListNamesAndValuesForPeople() =>
        Assert.Equal(
            ["operation=test", "version=1", "window=11", "mode=(none)"],
            Builder().Add("window", 11L).Add("mode", (string?)null).Fields.Select(field => $"{field.Name}={field.Value}"));

    private static FingerprintBuilder Builder() => new("test", 1);
}
