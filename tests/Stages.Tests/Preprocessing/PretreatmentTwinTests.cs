using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Pipeline.Stages.Numerics;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Preprocessing;

/// <summary>Fast rows against the plain loops of the definitions, at widths around the blocks of the kernels.</summary>
public sealed class PretreatmentTwinTests
{
    /// <summary>SHA-256 of the results below; the same on every machine and for every vector width.</summary>
    private const string PinnedDigest = "3bf07e461a2f38da36b9b5b5de8595f953235560ed04474627774d66967132a3";

    private static readonly string[] PinnedNotations =
    [
        "snv", "snv(0)", "sg(15,2,1)", "sg(31,5,2)", "detrend(3)", "msc", "centre", "autoscale", "snv + sg(7,2,1) + msc",
    ];

    /// <summary>The same of the pretreatments that came later.</summary>
    private const string LaterDigest = "5a2800156f2c59a1a0b6bc8500c521a5be967fb37f74eec407f308cb5ee5ae46";

    private static readonly string[] LaterNotations =
    [
        "rnv(25)", "gap(5,5,1)", "gap(3,5,2)", "movmean(11)", "absorbance", "km(percent)", "norm(area)", "norm(vector)", "norm(max)",
        "asls(1000,0.01)", "arpls(1000)", "continuum", "crop(1150-1400 nm)", "interpolate(1110-1490 nm; 3; cubic)", "splice(1200, 1350 nm)",
        "emsc(2)", "pareto", "pqn", "osc(1)", "epo(1)", "glsw(0.01)",
    ];

    private static readonly int[] Windows = [1, 3, 5, 15, 31];

    public static TheoryData<int> Widths() => [1, 2, 7, 8, 9, 15, 31, 32, 33, 40, 63, 64, 65, 100, 127, 257, 700];

    [Theory]
    [MemberData(nameof(Widths))]
    public void StandardNormalVariate_AnyWidth_EqualsPlainLoop(int p)
    {
        Matrix x = TestSpectra.Random(3, p, seed: 11);
        var expected = new Matrix(3, p);
        for (int i = 0; i < 3; i++)
        {
            double mean = x.Row(i).ToArray().Average();
            double squares = x.Row(i).ToArray().Sum(value => (value - mean) * (value - mean));
            for (int j = 0; j < p; j++)
            {
                expected[i, j] = p == 1 ? 0 : (x[i, j] - mean) / Math.Sqrt(squares / (p - 1));
            }
        }

        Tolerance.AssertClose(expected.View, TestSpectra.Treat("snv", x).View, 1e-13 * 2, "snv");
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Convolve_AnyWidth_HasTheBitsOfThePlainLoop(int p)
    {
        foreach (int window in Windows.Where(window => window <= p))
        {
            double[] x = TestSpectra.Random(1, p, seed: 12).Values.ToArray();
            double[] c = TestSpectra.Random(1, window, seed: 13, level: -0.5).Values.ToArray();
            double[] expected = new double[p - window + 1];
            for (int i = 0; i < expected.Length; i++)
            {
                for (int m = 0; m < window; m++)
                {
                    expected[i] = Math.FusedMultiplyAdd(c[m], x[i + m], expected[i]);
                }
            }

            double[] actual = new double[expected.Length];
            RowKernels.Convolve(x, c, actual);
            Tolerance.AssertSameBits(expected, actual, $"Window {window}");
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(20)]
    public void Combine_AnyCount_HasTheBitsOfThePlainLoop(int count)
    {
        int stride = RowKernels.PaddedLength(count);
        double[] x = TestSpectra.Random(1, 21, seed: 14).Values.ToArray();
        double[] table = TestSpectra.Random(21, stride, seed: 15, level: -0.5).Values.ToArray();
        double[] expected = new double[count];
        for (int e = 0; e < count; e++)
        {
            for (int m = 0; m < 21; m++)
            {
                expected[e] = Math.FusedMultiplyAdd(table[(m * stride) + e], x[m], expected[e]);
            }
        }

        double[] actual = new double[count];
        RowKernels.Combine(x, table, actual);
        Tolerance.AssertSameBits(expected, actual, "Edges");
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Sums_AnyWidth_HaveTheBitsOfTheirDefinition(int p)
    {
        // The order of additions that the kernels document, one scalar at a time.
        double[] x = TestSpectra.Random(1, p, seed: 16).Values.ToArray();
        double[] w = TestSpectra.Random(1, p, seed: 17, level: -0.5).Values.ToArray();
        double sum = InDocumentedOrder(p, (j, partial) => partial + (x[j] - 2.5));
        double squares = InDocumentedOrder(p, (j, partial) => Math.FusedMultiplyAdd(x[j] - 2.5, x[j] - 2.5, partial));
        double dot = InDocumentedOrder(p, (j, partial) => Math.FusedMultiplyAdd(w[j], x[j] - 2.5, partial));
        Tolerance.AssertSameBits([sum], [RowKernels.SumOfDifferences(x, 2.5)], "Sum");
        Tolerance.AssertSameBits([squares], [RowKernels.SumOfSquares(x, 2.5)], "Squares");
        Tolerance.AssertSameBits([dot], [RowKernels.Dot(w, x, 2.5)], "Dot");
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void FittedPretreatments_AnyWidth_EqualPlainLoops(int p)
    {
        Matrix x = TestSpectra.Random(6, p, seed: 18);
        var centred = new Matrix(6, p);
        var scaled = new Matrix(6, p);
        for (int j = 0; j < p; j++)
        {
            double[] column = new double[6];
            x.View.CopyColumn(j, column);
            double mean = column.Average();
            double deviation = Math.Sqrt(column.Sum(value => (value - mean) * (value - mean)) / 5);
            for (int i = 0; i < 6; i++)
            {
                centred[i, j] = x[i, j] - mean;
                scaled[i, j] = (x[i, j] - mean) / deviation;
            }
        }

        // Values near 3 with deviations below 1: a rounding of the mean is a few 1e-16 of the scale.
        Tolerance.AssertClose(centred.View, TestSpectra.Treat("centre", x).View, 1e-14, "centre");
        Tolerance.AssertClose(scaled.View, TestSpectra.Treat("autoscale", x).View, 1e-14, "autoscale");
    }

    [Theory]
    [InlineData(3)]
    [InlineData(40)]
    [InlineData(257)]
    public void Detrend_AnyWidth_EqualsNormalEquations(int p)
    {
        // Plain least squares with powers of the index on [-1, 1] by Gauss-Jordan on the normal equations.
        Matrix x = TestSpectra.Random(4, p, seed: 19);
        var expected = new Matrix(4, p);
        for (int i = 0; i < 4; i++)
        {
            double[] coefficients = QuadraticFit(x.Row(i));
            for (int j = 0; j < p; j++)
            {
                double t = ((2.0 * j) - (p - 1)) / (p - 1);
                expected[i, j] = x[i, j] - (coefficients[0] + (coefficients[1] * t) + (coefficients[2] * t * t));
            }
        }

        Matrix actual = TestSpectra.Treat("detrend(2)", x);
        for (int i = 0; i < 4; i++)
        {
            for (int j = 0; j < p; j++)
            {
                Tolerance.AssertClose(expected[i, j], actual[i, j], 1e-13, 3, $"Row {i}, variable {j}");
            }
        }
    }

    [Fact]
    public void Apply_AnyVectorWidth_GivesThePinnedBits()
    {
        // Also run with DOTNET_EnableAVX512=0, DOTNET_EnableAVX2=0 and DOTNET_EnableHWIntrinsic=0.
        AssertDigest(PinnedDigest, PinnedNotations);
        AssertDigest(LaterDigest, LaterNotations);
    }

    private static void AssertDigest(string expected, string[] notations)
    {
        Matrix x = TestSpectra.Random(5, 203, seed: 20);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string notation in notations)
        {
            hash.AppendData(MemoryMarshal.AsBytes(TestSpectra.Treat(notation, x).Values));
        }

        string digest = Convert.ToHexStringLower(hash.GetHashAndReset());
        Assert.True(digest == expected, $"The bits changed: {digest}.");
    }

    private static double InDocumentedOrder(int p, Func<int, double, double> add)
    {
        double[] partial = new double[32];
        int blocks = p / 32 * 32;
        int lanes = p / 8 * 8;
        for (int j = 0; j < lanes; j++)
        {
            int place = j < blocks ? j % 32 : j % 8;
            partial[place] = add(j, partial[place]);
        }

        double[] lane = new double[8];
        for (int l = 0; l < 8; l++)
        {
            lane[l] = partial[l] + partial[8 + l] + (partial[16 + l] + partial[24 + l]);
        }

        double sum = lane[0] + lane[4] + (lane[2] + lane[6]) + (lane[1] + lane[5] + (lane[3] + lane[7]));
        for (int j = lanes; j < p; j++)
        {
            sum = add(j, sum);
        }

        return sum;
    }

    private static double[] QuadraticFit(ReadOnlySpan<double> row)
    {
        double[,] system = new double[3, 4];
        for (int j = 0; j < row.Length; j++)
        {
            double t = ((2.0 * j) - (row.Length - 1)) / (row.Length - 1);
            double[] powers = [1, t, t * t];
            for (int a = 0; a < 3; a++)
            {
                for (int b = 0; b < 3; b++)
                {
                    system[a, b] += powers[a] * powers[b];
                }

                system[a, 3] += powers[a] * row[j];
            }
        }

        for (int a = 0; a < 3; a++)
        {
            for (int r = 0; r < 3; r++)
            {
                double factor = r == a ? 0 : system[r, a] / system[a, a];
                for (int b = 0; b < 4; b++)
                {
                    system[r, b] -= factor * system[a, b];
                }
            }
        }

        return [system[0, 3] / system[0, 0], system[1, 3] / system[1, 1], system[2, 3] / system[2, 2]];
    }
}
