using Pipeline.Engine;
using System.Globalization;
using System.Text;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Stages.Spectra.Readers;
using Xunit;

namespace Pipeline.Stages.Tests.Spectra.Readers;

public sealed class CellNumberTests
{
    // Aim: the fast way gives the bits of the framework, for short and long numbers of any size.
    [Fact]
    public void TryParse_RandomNumbers_AreCorrectlyRounded()
    {
        const ulong Seed = 20;
        var random = new Pcg64(Seed);
        string[] formats = ["R", "F6", "E4", "G9", "F12", "0.0000000000000000000"];
        for (int round = 0; round < 20_000; round++)
        {
            double number = random.NextNormal() * Math.Pow(10, random.NextInt(12) - 6);
            string text = number.ToString(formats[round % formats.Length], CultureInfo.InvariantCulture);
            double expected = double.Parse(text, CultureInfo.InvariantCulture);
            Assert.True(CellNumber.TryParse(Encoding.UTF8.GetBytes(text), '.', out double value), text);
            Assert.True(
                BitConverter.DoubleToInt64Bits(expected) == BitConverter.DoubleToInt64Bits(value), $"seed {Seed}: {text}");
            Assert.True(CellNumber.TryParse(text.Replace('.', ','), ',', out value));
            Assert.Equal(expected, value);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData(".")]
    [InlineData("1.2.3")]
    [InlineData("1 2")]
    [InlineData("1,234.5")]
    [InlineData("0x10")]
    [InlineData("1e")]
    public void TryParse_NoNumber_IsRefused(string text) => Assert.False(CellNumber.TryParse(text, '.', out _));

    [Theory]
    [InlineData("protein", "protien", 2)]
    [InlineData("Fat", "fat", 0)]
    [InlineData("", "oil", 3)]
    public void Distance_Names_IsLevenshtein(string first, string second, int distance) =>
        Assert.Equal(distance, Spelling.Distance(first, second));
}
