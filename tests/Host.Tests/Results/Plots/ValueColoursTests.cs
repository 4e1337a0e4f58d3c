using Pipeline.Host.Results.Plots;
using Xunit;

namespace Pipeline.Host.Tests.Results.Plots;

public class ValueColoursTests
{
    [Fact]
    public void StepOf_SkewedValues_EachColourHasATenth()
    {
        double[] rising = [.. Enumerable.Range(0, 200).Select(i => Math.Exp(i / 10.0))];
        int[] counts = [.. rising.GroupBy(value => ValueColours.StepOf(value, rising)).OrderBy(group => group.Key).Select(group => group.Count())];
        Assert.Equal(Enumerable.Repeat(20, ValueColours.Count), counts);
    }

    [Fact]
    public void StepOf_EqualValues_HaveOneColour()
    {
        Assert.Equal(ValueColours.StepOf(2, [1, 2, 2, 2, 3]), ValueColours.StepOf(2, [1, 2, 2, 2, 3]));
        Assert.InRange(ValueColours.StepOf(7, [7, 7, 7]), 1, ValueColours.Count - 2);
        Assert.Equal(0, ValueColours.StepOf(1, [1, 2, 2, 2, 3]));
    }

    [Fact]
    public void OfName_MoreNamesThanColours_ShareTheLast()
    {
        Assert.Equal("k0", ValueColours.OfName(0));
        Assert.Equal(ValueColours.OfName(ValueColours.NamesMax - 1), ValueColours.OfName(50));
    }
}
