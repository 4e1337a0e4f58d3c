using Pipeline.Engine;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Spectra;
using Xunit;

namespace Pipeline.Stages.Tests.Selection;

public sealed class SubsetTests
{
    private static readonly Matrix Empty = new(0, 0);

    [Theory]
    [InlineData("top(1)", "3")]
    [InlineData("top(3)", "1 3 4")]
    [InlineData("top(5)", "0 1 2 3 4")]
    [InlineData("top(50)", "0 1 2 3 4")]
    public void TopVariables_Ties_GoToTheLowerIndex(string notation, string expected)
    {
        ISubset subset = Catalog.ParseSubset(notation);
        SpectralAxis axis = Axis(0, 1, 5);
        int[] chosen = subset.Select(Empty.View, Empty.View, axis, [0.5, 2, 0.5, 7, 2]);
        Assert.Equal(expected, string.Join(' ', chosen));
        Assert.Equal(chosen.Length, subset.VariablesMax(axis));
        Assert.True(subset.UsesImportance);
    }

    [Fact]
    public void TopVariables_NaN_CountsAsLeast() =>
        Assert.Equal([0, 2], new TopVariables(2).Select(Empty.View, Empty.View, Axis(0, 1, 3), [-5, double.NaN, -7]));

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void BestRegions_OneInformativeBand_IsFoundFirst(int direction)
    {
        // Only 1200-1248 nm follows the response, on an axis that rises or falls.
        (Matrix x, Matrix y, SpectralAxis axis) = Banded(direction);
        int[] best = Catalog.ParseSubset("region(50,25;1)").Select(x.View, y.View, axis, []);
        Assert.Equal("1200-1248 nm", WavelengthRanges.Label(axis, best));
    }

    [Theory]
    [InlineData("region(50,25;1)")]
    [InlineData("region(50,25;3)")]
    [InlineData("regions(50,25;4)")]
    [InlineData("regions(7,3;5)")]
    [InlineData("regions(1000,10;2)")]
    public void BestRegions_AnyAxis_EqualsPlainSearch(string notation)
    {
        foreach (int direction in new[] { 1, -1 })
        {
            (Matrix x, Matrix y, SpectralAxis axis) = Banded(direction);
            var subset = (BestRegions)Catalog.ParseSubset(notation);
            int[] chosen = subset.Select(x.View, y.View, axis, []);
            Assert.Equal(PlainSearch(subset, x, y, axis), chosen);
            Assert.True(chosen.Length <= subset.VariablesMax(axis));
        }
    }

    [Fact]
    public void BestRegions_OverlappingWindows_MergeInTheUnion()
    {
        (Matrix x, Matrix y, SpectralAxis axis) = Banded(1);
        int[] chosen = Catalog.ParseSubset("regions(50,25;3)").Select(x.View, y.View, axis, []);
        Assert.Equal("1176-1274 nm", WavelengthRanges.Label(axis, chosen));
        Assert.Equal(chosen.Distinct().Order(), chosen);
    }

    [Fact]
    public void BestRegions_TooFewWindows_SaysHowMany()
    {
        (Matrix x, Matrix y, SpectralAxis axis) = Banded(1);
        StageException error = Assert.Throws<StageException>(
            () => Catalog.ParseSubset("regions(100,100;9)").Select(x.View, y.View, axis, []));
        Assert.Contains("asks for 9 windows, but the axis has 3", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void BestRegions_VariablesWithoutVariance_AreLeftOut()
    {
        (Matrix x, Matrix y, SpectralAxis axis) = Banded(1);
        for (int i = 0; i < x.Rows; i++)
        {
            for (int j = 0; j < axis.Count; j++)
            {
                x[i, j] = axis.Positions[j] < 1250 ? 0.1 : x[i, j];
            }
        }

        int[] best = Catalog.ParseSubset("region(50,50;1)").Select(x.View, y.View, axis, []);
        Assert.True(axis.Positions[best[0]] >= 1250);
        StageException error = Assert.Throws<StageException>(
            () => Catalog.ParseSubset("region(50,50;4)").Select(x.View, y.View, axis, []));
        Assert.Contains("asks for 4 windows, but the axis has 3", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void BestRegions_ResponseWithoutVariance_IsRefused()
    {
        (Matrix x, Matrix y, SpectralAxis axis) = Banded(1);
        y.Values.Fill(0.1);
        Assert.Throws<StageException>(() => Catalog.ParseSubset("region(50,25;1)").Select(x.View, y.View, axis, []));
    }

    [Fact]
    public void BestRegions_StepFarTooSmall_IsRefused()
    {
        StageException error = Assert.Throws<StageException>(
            () => new BestRegions(1, 1e-6, 1, combined: false).VariablesMax(Axis(1100, 2, 700)));
        Assert.Contains("Use a larger step", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FixedRanges_AnySpectra_AreTheNamedVariables()
    {
        SpectralAxis axis = Axis(1100, 2, 700);
        ISubset subset = Catalog.ParseSubset("ranges(2080-2130, 1900-1950, 1200 nm)");
        int[] chosen = subset.Select(Empty.View, Empty.View, axis, []);
        Assert.Equal("1200, 1900-1950, 2080-2130 nm", WavelengthRanges.Label(axis, chosen));
        Assert.Equal(chosen.Length, subset.VariablesMax(axis));
    }

    [Theory]
    [InlineData("full")]
    [InlineData("top(50)")]
    [InlineData("region(50,25;2)")]
    [InlineData("regions(12.5,0.25;3)")]
    [InlineData("ranges(1900-1950, 2080-2130 nm)")]
    [InlineData("ranges(ch 3, 12-30)")]
    public void Notation_ParsesBack(string notation)
    {
        ISubset subset = Catalog.ParseSubset(notation);
        Assert.Equal(notation, subset.Notation);
        Assert.Equal(subset.GetType(), Catalog.ParseSubset(subset.Notation).GetType());
    }

    [Theory]
    [InlineData("top(0)", "At least 1 variable")]
    [InlineData("region(0,25;1)", "above 0")]
    [InlineData("region(50,25)", "takes 3 arguments, found 2")]
    [InlineData("ranges()", "the unit is missing")]
    [InlineData("tops(3)", "nearest name is 'top'")]
    public void ParseSubset_WrongText_SaysWhatAndWhere(string text, string finding)
    {
        StageException error = Assert.Throws<StageException>(() => Catalog.ParseSubset(text));
        Assert.StartsWith($"'{text}', character 1: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(finding, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Select_RowsOutsideTheCalibration_CannotMatter()
    {
        // The choice sees only the rows it is given: two halves of one table give their own answers each time.
        (Matrix x, Matrix y, SpectralAxis axis) = Banded(1);
        ISubset subset = Catalog.ParseSubset("regions(20,10;3)");
        int[] before = subset.Select(x.View.RowBand(0, 15), y.View.RowBand(0, 15), axis, []);
        for (int i = 15; i < x.Rows; i++)
        {
            x.Row(i).Clear();
            y[i, 0] = 1e9;
        }

        Assert.Equal(before, subset.Select(x.View.RowBand(0, 15), y.View.RowBand(0, 15), axis, []));
    }

    /// <summary>Noise, with a band from 1200 to below 1250 nm that follows the response.</summary>
    private static (Matrix X, Matrix Y, SpectralAxis Axis) Banded(int direction)
    {
        var random = new Pcg64(31);
        SpectralAxis rising = Axis(1100, 2, 151);
        SpectralAxis axis = direction > 0 ? rising : new([.. rising.Positions.Reverse()], AxisUnit.Nanometre);
        var x = new Matrix(30, axis.Count);
        var y = new Matrix(30, 1);
        for (int i = 0; i < 30; i++)
        {
            y[i, 0] = random.NextNormal();
            for (int j = 0; j < axis.Count; j++)
            {
                double position = rising.Positions[j];
                double value = random.NextNormal() + (position is >= 1200 and < 1250 ? 8 * y[i, 0] : 0);
                x[i, direction > 0 ? j : axis.Count - 1 - j] = value;
            }
        }

        return (x, y, axis);
    }

    private static int[] PlainSearch(BestRegions subset, Matrix x, Matrix y, SpectralAxis axis)
    {
        var windows = new List<(double Score, double Start, int[] Variables)>();
        double low = axis.Positions.Min();
        for (double start = low; start < axis.Positions.Max(); start += subset.Step)
        {
            int[] inside = [.. Enumerable.Range(0, axis.Count)
                .Where(j => axis.Positions[j] >= start && axis.Positions[j] < start + subset.Width)];
            if (inside.Length > 0)
            {
                windows.Add((inside.Average(j => Math.Abs(Pearson(x, j, y))), start, inside));
            }
        }

        var ranked = windows.OrderByDescending(window => window.Score).ThenBy(window => window.Start).ToArray();
        return subset.Combined
            ? [.. ranked.Take(subset.Best).SelectMany(window => window.Variables).Distinct().Order()]
            : ranked[subset.Best - 1].Variables;
    }

    private static double Pearson(Matrix x, int variable, Matrix y)
    {
        double[] first = new double[x.Rows];
        double[] second = new double[x.Rows];
        x.View.CopyColumn(variable, first);
        y.View.CopyColumn(0, second);
        return MathNet.Numerics.Statistics.Correlation.Pearson(first, second);
    }

    private static SpectralAxis Axis(double first, double step, int count) =>
        new([.. Enumerable.Range(0, count).Select(j => first + (step * j))], AxisUnit.Nanometre);
}
