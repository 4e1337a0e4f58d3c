using System.Collections.Immutable;
using Pipeline.Stages.Diagnostics;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Spectra;
using Xunit;

namespace Pipeline.Stages.Tests.Diagnostics;

public class ImportantRangesTests
{
    private static readonly SpectralAxis Rising = new([.. Enumerable.Range(0, 10).Select(j => 1000.0 + (10 * j))], AxisUnit.Nanometre);

    [Fact]
    public void Of_TwoRanges_TheGreaterShareFirst()
    {
        double[] importance = [0, 1, 0, 0, 2, 3, 2, 0, 0, 0];
        ImmutableArray<ImportantRange> found = ImportantRanges.Of(Rising, All(10), importance, 1);
        Assert.Equal([new ImportantRange(new AxisRange(1040, 1060), 3, 7.0 / 8), new ImportantRange(new AxisRange(1010, 1010), 1, 1.0 / 8)], found.ToArray());
    }

    [Fact]
    public void Of_VariablesWithAGap_AreNotOneRange()
    {
        ImmutableArray<ImportantRange> found = ImportantRanges.Of(Rising, [2, 3, 5], [1, 1, 1], 1);
        Assert.Equal([new AxisRange(1020, 1030), new AxisRange(1050, 1050)], found.Select(range => range.Range));
    }

    [Fact]
    public void Of_FallingAxis_NamesTheSmallerEndFirst()
    {
        var falling = new SpectralAxis([9000, 8000, 7000], AxisUnit.Wavenumber);
        Assert.Equal(new AxisRange(7000, 8000), Assert.Single(ImportantRanges.Of(falling, All(3), [0, 1, 1], 1)).Range);
    }

    [Fact]
    public void Of_NothingMatters_IsEmpty() => Assert.Empty(ImportantRanges.Of(Rising, All(10), new double[10], 0));

    [Fact]
    public void Of_UnevenAtTheThreshold_CountsWhatReachesIt() =>
        Assert.Equal(1.0, ImportantRanges.Of(Rising, All(10), [.. Enumerable.Repeat(0.5, 10)], 0.5).Sum(range => range.Share), 1e-15);

    private static int[] All(int count) => [.. Enumerable.Range(0, count)];
}
