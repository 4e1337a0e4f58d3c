using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Spectra;
using Xunit;

namespace Pipeline.Stages.Tests.Selection;

public sealed class WavelengthRangesTests
{
    private static readonly SpectralAxis Nanometres = Axis(1100, 2, 700, AxisUnit.Nanometre);
    private static readonly SpectralAxis Wavenumbers = Axis(4000, -4, 500, AxisUnit.Wavenumber);
    private static readonly SpectralAxis Channels = Axis(1, 1, 100, AxisUnit.Channel);

    [Theory]
    [InlineData("2000-2050 nm")]
    [InlineData("2000-2050, 2074-2124 nm")]
    [InlineData("1908, 2108 nm")]
    [InlineData("1908, 2000-2050, 2400 nm")]
    [InlineData("1100-2498 nm")]
    public void Label_ParsedText_IsTheText(string text) =>
        Assert.Equal(text, WavelengthRanges.Label(Nanometres, WavelengthRanges.Parse(Nanometres, text)));

    [Fact]
    public void Label_DescendingWavenumbers_RisesAndHasItsUnit()
    {
        Assert.Equal("3960, 3992-4000 cm⁻¹", WavelengthRanges.Label(Wavenumbers, [0, 1, 2, 10]));
        Assert.Equal([0, 1, 2, 10], WavelengthRanges.Parse(Wavenumbers, "4000-3992, 3960 cm-1"));
        Assert.Equal([0, 1, 2, 10], WavelengthRanges.Parse(Wavenumbers, "3960 , 3991.5–4000.2cm⁻¹"));
    }

    [Fact]
    public void Label_Channels_HaveTheUnitInFront()
    {
        Assert.Equal("ch 3, 12-30", WavelengthRanges.Label(Channels, [2, .. Enumerable.Range(11, 19)]));
        Assert.Equal([2, 11, 12], WavelengthRanges.Parse(Channels, "CH 3, 12-13"));
    }

    [Fact]
    public void Label_BrokenPositions_HasFourDecimals()
    {
        SpectralAxis axis = Axis(900, 10.126582278481, 80, AxisUnit.Nanometre);
        Assert.Equal("900-910.1266, 1700 nm", WavelengthRanges.Label(axis, [0, 1, 79]));
    }

    [Fact]
    public void Parse_LabelOfAnyChoice_GivesTheChoice()
    {
        for (ulong seed = 0; seed < 300; seed++)
        {
            var random = new Pcg64(seed);
            double step = (random.NextInt(2) == 0 ? 1 : -1) * (0.01 + (10 * random.NextDouble()));
            var unit = (AxisUnit)random.NextInt(3);
            SpectralAxis axis = Axis(3000 * random.NextDouble(), step, 1 + random.NextInt(60), unit);
            int[] variables = [.. Enumerable.Range(0, axis.Count).Where(j => j == 0 || random.NextInt(3) > 0)];
            string label = WavelengthRanges.Label(axis, variables);
            Assert.True(variables.SequenceEqual(WavelengthRanges.Parse(axis, label)), $"Seed {seed}: {label}");
        }
    }

    [Fact]
    public void Ranges_TimesSelected_GiveTheMeanShareOfFolds()
    {
        int[] times = new int[Nanometres.Count];
        times[0] = 5;
        times[1] = 4;
        times[2] = 0;
        times[9] = 1;
        ImmutableArray<ChosenRange> ranges = WavelengthRanges.Ranges(Nanometres, [0, 1, 2, 9], times, 5);
        Assert.Equal([new(new(1100, 1104), 3, 0.6), new(new(1118, 1118), 1, 0.2)], ranges.ToArray());
    }

    [Theory]
    [InlineData("1900-1950", "the unit is missing")]
    [InlineData("nm", "found ''")]
    [InlineData("1900-19x0 nm", "found '1900-19x0'")]
    [InlineData("1900-1950;2000 nm", "found '1900-1950;2000'")]
    [InlineData("3000-3100 nm", "No variable lies on 3000-3100 nm: the spectra have 700 variables on 1100-2498 nm")]
    [InlineData("2600 nm", "No variable lies on 2600 nm")]
    [InlineData("4000-5000 cm-1", "10,000,000 / wavenumber")]
    [InlineData("ch 1-10", "Name positions in nm")]
    public void Parse_WrongText_SaysWhatToDo(string text, string finding)
    {
        StageException error = Assert.Throws<StageException>(() => WavelengthRanges.Parse(Nanometres, text));
        Assert.Contains(finding, error.Message, StringComparison.Ordinal);
    }

    private static SpectralAxis Axis(double first, double step, int count, AxisUnit unit) =>
        new([.. Enumerable.Range(0, count).Select(j => first + (step * j))], unit);
}
