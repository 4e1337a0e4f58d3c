using Pipeline.Host.Cli.Screen;
using Pipeline.Host.Wording;
using Xunit;

namespace Pipeline.Host.Tests.Cli;

public class ScreenTableTests
{
    [Fact]
    public void ToString_AlignsTextLeftAndNumbersRight()
    {
        var table = new ScreenTable("Name", ">Value");
        table.Add("a", "1");
        table.Add("long name", "12.5");
        Assert.Equal("Name       Value\n---------  -----\na              1\nlong name   12.5\n", table.ToString());
    }

    [Theory]
    [InlineData(0.16664, "0.1666")]
    [InlineData(12345.6, "12346")]
    [InlineData(1234.56, "1235")]
    [InlineData(-0.00085143, "-0.0008514")]
    [InlineData(0, "0")]
    [InlineData(double.PositiveInfinity, "∞")]
    [InlineData(double.NaN, "-")]
    [InlineData(1.5e-9, "1.500e-9")]
    public void Of_Number_HasFourSignificantDigits(double value, string text) => Assert.Equal(text, Figure.Of(value));

    [Theory]
    [InlineData(-0.00085143, 0.1666, "-0.0009")]
    [InlineData(-0.1296, 4.332, "-0.130")]
    [InlineData(0, 0.5, "0.0000")]
    public void Beside_Number_HasTheDecimalsOfItsNeighbour(double value, double neighbour, string text) =>
        Assert.Equal(text, Figure.Beside(value, neighbour));
}
