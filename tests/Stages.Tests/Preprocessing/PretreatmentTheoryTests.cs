using Pipeline.Engine;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Preprocessing;
using Pipeline.Stages.Spectra;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Preprocessing;

/// <summary>What pretreatments must do by their own theory.</summary>
public sealed class PretreatmentTheoryTests
{
    [Theory]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(33)]
    [InlineData(700)]
    public void StandardNormalVariate_AnyRow_HasMeanZeroAndDeviationOne(int p)
    {
        Matrix treated = TestSpectra.Treat("snv", TestSpectra.Random(20, p, seed: 3, level: 1000));
        for (int i = 0; i < treated.Rows; i++)
        {
            double[] row = treated.Row(i).ToArray();
            double mean = row.Average();
            double deviation = Math.Sqrt(row.Sum(value => (value - mean) * (value - mean)) / (p - 1));

            // Values near 1000 carry a rounding of 1e-13, and a deviation of about 0.3.
            Tolerance.AssertClose(0, mean, 1e-12, 1, "Mean");
            Tolerance.AssertClose(1, deviation, 1e-12, 1, "Deviation");
        }
    }

    [Fact]
    public void StandardNormalVariate_ConstantSpectrum_BecomesZeros()
    {
        var x = new Matrix(1, 701);
        x.Values.Fill(0.1);
        Assert.All(TestSpectra.Treat("snv", x).Values.ToArray(), value => Assert.Equal(0, value));
    }

    [Fact]
    public void StandardNormalVariate_ScaledAndShiftedRow_IsTheSame()
    {
        Matrix x = TestSpectra.Random(5, 90, seed: 4);
        Matrix other = x.View.ToMatrix();
        foreach (ref double value in other.Values)
        {
            value = (3 * value) + 7;
        }

        Tolerance.AssertClose(TestSpectra.Treat("snv", x).View, TestSpectra.Treat("snv", other).View, 1e-13 * 10, "snv");
    }

    [Theory]
    [InlineData(5, 2, 0, 2)]
    [InlineData(15, 2, 1, 2)]
    [InlineData(15, 2, 1, -2)]
    [InlineData(21, 4, 2, 0.5)]
    [InlineData(21, 4, 3, -4)]
    [InlineData(41, 10, 1, -1)]
    [InlineData(9, 8, 4, 1)]
    public void SavitzkyGolay_Polynomial_IsReproducedWithItsDerivative(int window, int degree, int derivative, double step)
    {
        // A polynomial of the window's degree in the axis position, centred to keep its powers small.
        const int P = 60;
        SpectralAxis axis = TestSpectra.Axis(P, 0, step);
        double centre = axis.Positions[P / 2];
        double unit = Math.Abs(step) * P / 2;
        var x = new Matrix(1, P);
        double[] expected = new double[P];
        for (int j = 0; j < P; j++)
        {
            double t = (axis.Positions[j] - centre) / unit;
            for (int k = 0; k <= degree; k++)
            {
                x[0, j] += Math.Pow(t, k) * (k + 1);
                double factor = Enumerable.Range(0, derivative).Aggregate(1.0, (product, d) => product * (k - d));
                expected[j] += k < derivative ? 0 : factor * (k + 1) * Math.Pow(t, k - derivative) / Math.Pow(unit, derivative);
            }
        }

        var specification = new SavitzkyGolay(window, degree, derivative);
        Matrix treated = TestSpectra.Treat(specification, x, axis);

        // Rounding of a value is amplified by its coefficient, which the unit spectra show; most so at the edges.
        double scale = x.Values.ToArray().Max(Math.Abs) * Amplification(specification, axis);
        for (int j = 0; j < P; j++)
        {
            Tolerance.AssertClose(expected[j], treated[0, j], 1e-14, scale, $"sg({window},{degree},{derivative}), variable {j}");
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void SavitzkyGolay_AxisTurnedRound_GivesTheSameDerivativeTurnedRound(int derivative)
    {
        Matrix x = TestSpectra.Random(3, 50, seed: 5);
        var turned = new Matrix(3, 50);
        for (int i = 0; i < 3; i++)
        {
            x.Row(i).CopyTo(turned.Row(i));
            turned.Row(i).Reverse();
        }

        var step = new SavitzkyGolay(9, 3, derivative);
        Matrix rising = TestSpectra.Treat(step, x, TestSpectra.Axis(50, 1000, 2));
        Matrix falling = TestSpectra.Treat(step, turned, TestSpectra.Axis(50, 1098, -2));
        for (int i = 0; i < 3; i++)
        {
            falling.Row(i).Reverse();
        }

        Tolerance.AssertClose(rising.View, falling.View, 1e-13, "The descending axis");
    }

    [Theory]
    [InlineData("sg(15,2,1)", 13, "13")]
    [InlineData("sg(15,2,1)", 14, "13")]
    [InlineData("sg(5,4,1)", 4, "")]
    public void SavitzkyGolay_TooFewVariables_NamesWindowVariablesAndRemedy(string notation, int p, string widest)
    {
        StageException refusal = Assert.Throws<StageException>(
            () => PretreatmentChain.Parse(notation).OutputAxis(TestSpectra.Axis(p)));
        Assert.Contains(notation, refusal.Message, StringComparison.Ordinal);
        Assert.Contains($"have {p}.", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(widest.Length > 0 ? $"at most {widest}" : "leave this step out", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(6)]
    [InlineData(10)]
    public void Detrend_Polynomial_BecomesZero(int degree)
    {
        var x = new Matrix(1, 301);
        for (int j = 0; j < x.Columns; j++)
        {
            x[0, j] = Math.Pow((j - 100) / 150.0, degree) + 5;
        }

        double scale = x.Values.ToArray().Max(Math.Abs);
        Tolerance.AssertZero(TestSpectra.Treat($"detrend({degree})", x).Values, 1e-13, scale, "The rest");
    }

    [Fact]
    public void MultiplicativeScatterCorrection_ScaledReference_IsTheReference()
    {
        Matrix calibration = TestSpectra.Random(6, 80, seed: 6);
        double[] reference = new double[80];
        for (int i = 0; i < 6; i++)
        {
            for (int j = 0; j < 80; j++)
            {
                reference[j] += calibration[i, j] / 6;
            }
        }

        var x = new Matrix(3, 80);
        for (int j = 0; j < 80; j++)
        {
            x[0, j] = 3 + (0.2 * reference[j]);
            x[1, j] = -1 + (50 * reference[j]);
            x[2, j] = 4 - (2 * reference[j]);
        }

        Matrix treated = TestSpectra.Treat(new MultiplicativeScatterCorrection(), calibration, x);
        for (int i = 0; i < 3; i++)
        {
            Tolerance.AssertClose(reference, treated.Row(i), 1e-13, $"Row {i}");
        }
    }

    [Fact]
    public void MultiplicativeScatterCorrection_NothingOfTheReference_BecomesItsMean()
    {
        // A straight reference; a flat spectrum and a parabola around the middle hold nothing of it.
        const int P = 41;
        var calibration = new Matrix(1, P);
        var x = new Matrix(2, P);
        for (int j = 0; j < P; j++)
        {
            calibration[0, j] = j;
            x[0, j] = 0.3;
            x[1, j] = (j - 20) * (j - 20);
        }

        Matrix treated = TestSpectra.Treat(new MultiplicativeScatterCorrection(), calibration, x);
        Assert.All(treated.Values.ToArray(), value => Assert.Equal(20, value));
    }

    [Fact]
    public void MultiplicativeScatterCorrection_FlatReference_IsRefused()
    {
        var flat = new Matrix(2, 5);
        StageException refusal = Assert.Throws<StageException>(() => TestSpectra.Treat("msc", flat));
        Assert.Equal(FailureKind.Numerical, refusal.Kind);
    }

    [Fact]
    public void Autoscale_ConstantVariable_IsCentredOnly()
    {
        Matrix calibration = TestSpectra.Random(7, 12, seed: 8);
        for (int i = 0; i < 7; i++)
        {
            calibration[i, 4] = 0.1;
        }

        Matrix treated = TestSpectra.Treat(new Autoscale(), calibration, calibration);
        Matrix other = TestSpectra.Random(2, 12, seed: 9);
        Matrix applied = TestSpectra.Treat(new Autoscale(), calibration, other);
        for (int i = 0; i < 7; i++)
        {
            Assert.Equal(0, treated[i, 4]);
        }

        Assert.Equal(other[1, 4] - 0.1, applied[1, 4]);
    }

    /// <summary>The largest sum of absolute coefficients of one result.</summary>
    private static double Amplification(IPretreatment pretreatment, SpectralAxis axis)
    {
        var unit = new Matrix(axis.Count, axis.Count);
        for (int j = 0; j < axis.Count; j++)
        {
            unit[j, j] = 1;
        }

        Matrix coefficients = TestSpectra.Treat(pretreatment, unit, axis);
        return Enumerable.Range(0, axis.Count)
            .Max(k => Enumerable.Range(0, axis.Count).Sum(j => Math.Abs(coefficients[j, k])));
    }
}
