using Pipeline.Host.Results.Plots;
using Xunit;

namespace Pipeline.Host.Tests.Results.Plots;

public class PlotAxisTests
{
    [Fact]
    public void Place_Linear_GoesFromEndToEnd()
    {
        var axis = PlotAxis.Exact("nm", 1100, 2100);
        Assert.Equal((0.0, 0.5, 1.0), (axis.Place(1100), axis.Place(1600), axis.Place(2100)));
    }

    [Fact]
    public void Place_Reversed_FallsFromLeftToRight()
    {
        PlotAxis axis = PlotAxis.Exact("cm⁻¹", 4000, 10_000) with { IsReversed = true };
        Assert.Equal((1.0, 0.0), (axis.Place(4000), axis.Place(10_000)));
    }

    [Fact]
    public void Place_Logarithmic_MakesEqualFactorsEqual()
    {
        var axis = PlotAxis.Logarithmic("λ", 1e-6, 1e-2);
        Assert.Equal(axis.Place(1e-4) - axis.Place(1e-6), axis.Place(1e-2) - axis.Place(1e-4), 1e-12);
        Assert.True(axis.Place(1e-6) > 0 && axis.Place(1e-2) < 1);
    }

    [Theory]
    [InlineData(new double[] { })]
    [InlineData(new double[] { double.NaN, double.PositiveInfinity })]
    [InlineData(new double[] { 0 })]
    [InlineData(new double[] { 5, 5, 5 })]
    [InlineData(new double[] { 1e300, 1e300 })]
    [InlineData(new double[] { 1, 1.0000000000000002 })]
    public void Over_ValuesWithoutWidth_IsAnAxisAllTheSame(double[] values)
    {
        var axis = PlotAxis.Over("y", values);
        Assert.True(axis.Max > axis.Min && double.IsFinite(axis.Max - axis.Min));
        Assert.NotEmpty(axis.Ticks.Values);
        Assert.All(values.Where(double.IsFinite), value => Assert.InRange(axis.Place(value), 0, 1));
    }

    [Fact]
    public void Logarithmic_SingleValue_IsAnAxisAllTheSame() => Assert.InRange(PlotAxis.Logarithmic("y", 3).Place(3), 0.1, 0.9);

    [Fact]
    public void IsWide_NeedsValuesAboveZero()
    {
        Assert.True(PlotAxis.IsWide(10, 1, 20, double.NaN));
        Assert.False(PlotAxis.IsWide(10, 0, 20));
        Assert.False(PlotAxis.IsWide(10, 1, 2));
        Assert.False(PlotAxis.IsWide(10));
    }
}
