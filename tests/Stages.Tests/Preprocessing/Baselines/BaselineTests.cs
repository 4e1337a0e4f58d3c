using Pipeline.Stages.Numerics;
using Pipeline.Stages.Preprocessing.Baselines;
using Pipeline.Stages.Spectra;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Preprocessing.Baselines;

public sealed class BaselineTests
{
    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(40)]
    public void Solve_AnyLength_EqualsTheDenseSystem(int p)
    {
        double[] x = TestSpectra.Random(1, p, seed: 40).Values.ToArray();
        double[] w = TestSpectra.Random(1, p, seed: 41, level: 0).Values.ToArray();
        var a = new Matrix(p, p);
        for (int r = 0; r + 2 < p; r++)
        {
            double[] difference = [1, -2, 1];
            for (int i = 0; i < 3; i++)
            {
                for (int j = 0; j < 3; j++)
                {
                    a[r + i, r + j] += 50 * difference[i] * difference[j];
                }
            }
        }

        double[] expected = new double[p];
        for (int j = 0; j < p; j++)
        {
            a[j, j] += w[j];
            expected[j] = w[j] * x[j];
        }

        Assert.True(SmallSystem.TrySolve(a.Span, expected));
        using var smoother = new WhittakerSmoother(p, 50);
        w.CopyTo(smoother.Weights);
        smoother.Solve(x);

        // The dense solution loses four or five digits of 1e-16 to a penalty of 50 times 16 over weights of about 0.01.
        Tolerance.AssertClose(expected, smoother.Curve, 1e-11, "Curve");
    }

    [Theory]
    [InlineData(700, 1e9, 1e-4)]
    [InlineData(2000, 1e9, 1e-3)]
    [InlineData(700, 1e5, 1e-2)]
    public void Solve_StiffCurve_EqualsDecimalArithmetic(int p, double penalty, double above)
    {
        // Weights as asymmetric least squares has them, most of them small; elimination with 28 digits is exact enough to judge by.
        double[] x = TestSpectra.Random(1, p, seed: 44).Values.ToArray();
        double[] w = [.. TestSpectra.Random(1, p, seed: 45, level: 0).Values.ToArray().Select(u => u < 0.9 ? above : 1 - above)];
        using var smoother = new WhittakerSmoother(p, penalty);
        w.CopyTo(smoother.Weights);
        smoother.Solve(x);
        Tolerance.AssertClose(InDecimals(x, w, penalty), smoother.Curve, 1e-9, "Curve");
    }

    [Theory]
    [InlineData("asls(100000,0.01)")]
    [InlineData("asls(1000000000,0.001)")]
    [InlineData("asls(1000000000,0.0001)")]
    [InlineData("arpls(100000)")]
    [InlineData("arpls(1000000000)")]
    public void Baseline_StraightLine_LeavesNothing(string notation)
    {
        var x = new Matrix(1, 700);
        for (int j = 0; j < 700; j++)
        {
            x[0, j] = 5 - (0.003 * j);
        }

        // Refined to 1e-10; without refinement the stiffest curve is 4e-4 off.
        Tolerance.AssertZero(TestSpectra.Treat(notation, x).Values, 1e-10, 5, notation);
    }

    [Theory]
    [InlineData("asls(10000,0.001)", 0.05)]
    [InlineData("arpls(10000)", 0.02)]
    public void Baseline_PeaksOnACurve_LeavesThePeaks(string notation, double share)
    {
        // Two narrow peaks of height 1 on a curve that bends once; without noise both methods find them within a few percent.
        var x = new Matrix(1, 500);
        double[] peaks = new double[500];
        for (int j = 0; j < 500; j++)
        {
            double u = j / 500.0;
            peaks[j] = Math.Exp(-0.5 * Math.Pow((j - 150) / 6.0, 2)) + Math.Exp(-0.5 * Math.Pow((j - 360) / 6.0, 2));
            x[0, j] = peaks[j] + 2 + u - (u * u);
        }

        Matrix treated = TestSpectra.Treat(notation, x);
        for (int j = 0; j < 500; j++)
        {
            Assert.Equal(peaks[j], treated[0, j], share);
        }
    }

    [Theory]
    [InlineData("asls(1000,0.01)")]
    [InlineData("arpls(1000)")]
    public void Baseline_LineAddedAndScaled_ChangesNothingButTheScale(string notation)
    {
        Matrix x = TestSpectra.Random(3, 120, seed: 42);
        Matrix other = x.View.ToMatrix();
        for (int i = 0; i < 3; i++)
        {
            for (int j = 0; j < 120; j++)
            {
                other[i, j] = (4 * x[i, j]) + 1 - (0.02 * j);
            }
        }

        Matrix expected = TestSpectra.Treat(notation, x);
        foreach (ref double value in expected.Values)
        {
            value *= 4;
        }

        Tolerance.AssertClose(expected.View, TestSpectra.Treat(notation, other).View, 1e-10, notation);
    }

    [Fact]
    public void ContinuumRemoval_RandomSpectra_EqualsTheHighestChords()
    {
        // The hull is, at each variable, the highest of all chords between two others around it.
        double[] positions = [.. Enumerable.Range(0, 30).Select(j => 900 - (7.0 * j) - (j * j * 0.3))];
        var axis = new SpectralAxis([.. positions], AxisUnit.Nanometre);
        Matrix x = TestSpectra.Random(4, 30, seed: 43, level: 0.1);
        Matrix treated = TestSpectra.Treat("continuum", x, axis);
        for (int i = 0; i < 4; i++)
        {
            for (int j = 0; j < 30; j++)
            {
                double hull = x[i, j];
                for (int a = 0; a < j; a++)
                {
                    for (int b = j + 1; b < 30; b++)
                    {
                        double part = (positions[j] - positions[a]) / (positions[b] - positions[a]);
                        hull = Math.Max(hull, x[i, a] + (part * (x[i, b] - x[i, a])));
                    }
                }

                Tolerance.AssertClose(x[i, j] / hull, treated[i, j], 1e-14, 1, $"Row {i}, variable {j}");
            }
        }
    }

    [Fact]
    public void ContinuumRemoval_HullBelowZero_CountsAsClipped()
    {
        // Corners are the first variable, the fourth and the last: the hull is 1, 1/3, -1/3, -1, -2.
        var x = new Matrix(1, 5, [1, 0.2, -0.5, -1, -2]);
        Tolerance.AssertClose([1, 0.6, 1, 1, 1], TestSpectra.Treat("continuum", x).Values, 1e-15, "continuum");
        Assert.Equal(3, new ContinuumRemoval().Fit(x.View, new Matrix(1, 1).View, TestSpectra.Axis(5)).CountClipped(x.Row(0)));
    }

    /// <summary>Gaussian elimination of the five diagonals, row by row.</summary>
    private static double[] InDecimals(double[] x, double[] w, double penalty)
    {
        int p = x.Length;
        decimal[,] rows = new decimal[p, 5];
        for (int k = 0; k + 2 < p; k++)
        {
            int[] difference = [1, -2, 1];
            for (int i = 0; i < 3; i++)
            {
                for (int j = 0; j < 3; j++)
                {
                    rows[k + i, 2 + j - i] += (decimal)penalty * difference[i] * difference[j];
                }
            }
        }

        decimal[] z = new decimal[p];
        for (int j = 0; j < p; j++)
        {
            rows[j, 2] += (decimal)w[j];
            z[j] = (decimal)w[j] * (decimal)x[j];
        }

        for (int j = 0; j < p; j++)
        {
            for (int below = 1; below <= 2 && j + below < p; below++)
            {
                decimal factor = rows[j + below, 2 - below] / rows[j, 2];
                z[j + below] -= factor * z[j];
                for (int d = 0; d <= 2; d++)
                {
                    rows[j + below, 2 - below + d] -= factor * rows[j, 2 + d];
                }
            }
        }

        for (int j = p - 1; j >= 0; j--)
        {
            z[j] -= (j + 1 < p ? rows[j, 3] * z[j + 1] : 0) + (j + 2 < p ? rows[j, 4] * z[j + 2] : 0);
            z[j] /= rows[j, 2];
        }

        return [.. z.Select(value => (double)value)];
    }
}
