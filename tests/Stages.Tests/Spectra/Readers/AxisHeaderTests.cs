using Pipeline.Stages.Spectra;
using Pipeline.Stages.Spectra.Readers;
using Xunit;

namespace Pipeline.Stages.Tests.Spectra.Readers;

public sealed class AxisHeaderTests
{
    [Theory]
    [InlineData("1100", 1100, null)]
    [InlineData("1100.5", 1100.5, null)]
    [InlineData("1100,5", 1100.5, null)]
    [InlineData("1100 nm", 1100, AxisUnit.Nanometre)]
    [InlineData("1100nm", 1100, AxisUnit.Nanometre)]
    [InlineData("1100_nm", 1100, AxisUnit.Nanometre)]
    [InlineData("4000 cm-1", 4000, AxisUnit.Wavenumber)]
    [InlineData("4000.25 cm⁻¹", 4000.25, AxisUnit.Wavenumber)]
    [InlineData("X4000.cm.1", 4000, AxisUnit.Wavenumber)]
    [InlineData("wl_400.0", 400, AxisUnit.Nanometre)]
    [InlineData("WL_350.0", 350, AxisUnit.Nanometre)]
    [InlineData("X1100", 1100, null)]
    [InlineData("ch12", 12, AxisUnit.Channel)]
    public void TryParse_Position_IsRead(string name, double position, AxisUnit? unit)
    {
        Assert.True(AxisHeader.TryParse(name, ',', out AxisHeader header));
        Assert.Equal(position, header.Position);
        Assert.Equal(unit, header.Unit);
    }

    [Theory]
    [InlineData("protein")]
    [InlineData("")]
    [InlineData("density_d4052")]
    [InlineData("NaN")]
    [InlineData("1100 to 1200")]
    [InlineData("y1")]
    [InlineData("1.100,5")]
    [InlineData("12 %")]
    public void TryParse_OtherName_IsRefused(string name) => Assert.False(AxisHeader.TryParse(name, ',', out _));

    [Theory]
    [InlineData(1100, 2, 700, AxisUnit.Nanometre, true)]
    [InlineData(350, 1, 2151, AxisUnit.Nanometre, true)]
    [InlineData(800, -1, 601, AxisUnit.Nanometre, false)]
    [InlineData(12000, -3.857, 2000, AxisUnit.Wavenumber, true)]
    [InlineData(400, 2, 1801, AxisUnit.Wavenumber, true)]
    [InlineData(1800, -1.929, 500, AxisUnit.Wavenumber, false)]
    [InlineData(100, 2, 1500, AxisUnit.Wavenumber, false)]
    [InlineData(1, 1, 1557, AxisUnit.Channel, true)]
    [InlineData(0, 1, 256, AxisUnit.Channel, true)]
    [InlineData(5, 1, 20, AxisUnit.Channel, false)]
    public void Guess_Positions_GiveTheUsualUnit(double first, double step, int count, AxisUnit unit, bool sure)
    {
        AxisUnitGuess guess = AxisUnitGuess.Of([.. Enumerable.Range(0, count).Select(j => first + (j * step))]);
        Assert.Equal((unit, sure), (guess.Unit, guess.IsSure));
    }

    [Fact]
    public void Find_OtherFormAndAskedUnit_AreHeeded()
    {
        AxisColumns columns = AxisColumns.Find(["id", "x5", "1100", "1102", "1110"], '.', AxisUnit.Wavenumber, new HashSet<int>());
        Assert.Equal([2, 3, 4], columns.Columns.ToArray());
        Assert.Equal(AxisUnit.Wavenumber, columns.Axis.Unit);
        Assert.Equal("unit as asked", columns.UnitReason);
        Assert.Equal(2, columns.Warnings.Length);
        Assert.Equal("1100-1110 cm⁻¹, 3 variables, uneven steps of about 5 cm⁻¹", AxisColumns.Describe(columns.Axis));
    }
}
