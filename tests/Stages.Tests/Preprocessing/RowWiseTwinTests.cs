using Pipeline.Stages.Numerics;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Preprocessing;

/// <summary>Pretreatments of single spectra against the plain loops of their definitions, at widths around the blocks of the kernels.</summary>
public sealed class RowWiseTwinTests
{
    public static TheoryData<int> Widths() => [16, 17, 23, 31, 32, 33, 40, 63, 64, 65, 100, 127, 257, 700];

    [Theory]
    [MemberData(nameof(Widths))]
    public void RobustNormalVariate_AnyWidth_EqualsSortingAndSumming(int p) => Compare("rnv(30)", p, x =>
    {
        double[] sorted = [.. x.Order()];
        double rank = (p - 1) * 30.0 / 100;
        int below = (int)Math.Floor(rank);
        double centre = sorted[below] + ((rank - below) * (sorted[below + 1] - sorted[below]));
        double[] lower = [.. x.Where(value => value <= centre)];
        double mean = lower.Average();
        double deviation = Math.Sqrt(lower.Sum(value => (value - mean) * (value - mean)) / (lower.Length - 1));
        return [.. x.Select(value => (value - centre) / deviation)];
    });

    [Theory]
    [MemberData(nameof(Widths))]
    public void GapSegmentDerivative_AnyWidth_EqualsDifferencesOfMeans(int p)
    {
        // Variable j + 6 is the middle of two segments of 5 with a gap of 3; j + 7 that of three segments of 3 with gaps of 3.
        Compare("gap(3,5,1)", p, x => [.. Enumerable.Range(0, p - 12).Select(j => (Mean(x, j + 8, 5) - Mean(x, j, 5)) / 16)]);
        Compare(
            "gap(3,3,2)", p, x => [.. Enumerable.Range(0, p - 14).Select(j => (Mean(x, j + 12, 3) - (2 * Mean(x, j + 6, 3)) + Mean(x, j, 3)) / 144)]);
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void MovingMean_AnyWidth_EqualsMeansOfWhatIsThere(int p) => Compare("movmean(15)", p, x =>
    [
        .. Enumerable.Range(0, p).Select(j => x[Math.Max(0, j - 7)..Math.Min(p, j + 8)].Average()),
    ]);

    [Theory]
    [MemberData(nameof(Widths))]
    public void Normalisation_AnyWidth_EqualsDivision(int p)
    {
        Compare("norm(area)", p, x => Divided(x, x.Sum(Math.Abs)));
        Compare("norm(vector)", p, x => Divided(x, Math.Sqrt(x.Sum(value => value * value))));
        Compare("norm(max)", p, x => Divided(x, x.Max(Math.Abs)));
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void AbsorbanceAndKubelkaMunk_AnyWidth_EqualTheirFormulas(int p)
    {
        Compare("absorbance", p, x => [.. x.Select(value => -Math.Log10(Math.Max(value, 1e-6)))]);
        Compare("km", p, x => [.. x.Select(value => Math.Max(value, 1e-6)).Select(r => (1 - r) * (1 - r) / (2 * r))]);
    }

    /// <summary>Three spectra on an axis of steps of 2, some of whose values are below zero; sums of p values round to some 1e-15 of the largest.</summary>
    private static void Compare(string notation, int p, Func<double[], double[]> plain)
    {
        Matrix x = TestSpectra.Random(3, p, seed: 21, level: -0.1);
        Matrix actual = TestSpectra.Treat(notation, x, TestSpectra.Axis(p, 1000, 2));
        for (int i = 0; i < 3; i++)
        {
            Tolerance.AssertClose(plain(x.Row(i).ToArray()), actual.Row(i), 1e-14, $"{notation}, row {i}");
        }
    }

    private static double Mean(double[] x, int start, int count) => x[start..(start + count)].Average();

    private static double[] Divided(double[] x, double size) => [.. x.Select(value => value / size)];
}
