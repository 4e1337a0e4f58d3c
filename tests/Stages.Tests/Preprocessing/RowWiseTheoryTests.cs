using Pipeline.Engine;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Preprocessing;
using Pipeline.Stages.Spectra;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Preprocessing;

/// <summary>What pretreatments of single spectra must do by their own theory.</summary>
public sealed class RowWiseTheoryTests
{
    [Fact]
    public void RobustNormalVariate_ScaledAndShiftedRowWithHigherBand_IsTheSameBelowIt()
    {
        // A band above the percentile changes neither level nor scale; SNV would be changed everywhere.
        Matrix x = TestSpectra.Random(4, 81, seed: 30);
        Matrix other = x.View.ToMatrix();
        for (int i = 0; i < 4; i++)
        {
            double highest = x.Row(i).ToArray().Max();
            for (int j = 0; j < 81; j++)
            {
                other[i, j] = (3 * (x[i, j] == highest ? highest + 5 : x[i, j])) - 2;
            }
        }

        Matrix expected = TestSpectra.Treat("rnv(25)", x);
        Matrix actual = TestSpectra.Treat("rnv(25)", other);
        for (int i = 0; i < 4; i++)
        {
            double highest = expected.Row(i).ToArray().Max();
            for (int j = 0; j < 81; j++)
            {
                if (expected[i, j] < highest)
                {
                    Tolerance.AssertClose(expected[i, j], actual[i, j], 1e-13, highest, $"Row {i}, variable {j}");
                }
            }

            // 81 variables: the 21st smallest value is the percentile.
            Assert.Equal(0, expected.Row(i).ToArray().Order().ElementAt(20));
        }
    }

    [Fact]
    public void RobustNormalVariate_FlatBelowThePercentile_BecomesZeros()
    {
        var x = new Matrix(1, 20);
        x.Values.Fill(0.1);
        x[0, 7] = 4;
        Assert.All(TestSpectra.Treat("rnv(25)", x).Values.ToArray(), value => Assert.Equal(0, value));
    }

    [Theory]
    [InlineData(5, 5, 1, 2.0)]
    [InlineData(5, 5, 1, -0.5)]
    [InlineData(1, 7, 2, -4.0)]
    [InlineData(9, 1, 2, 0.5)]
    public void GapSegmentDerivative_Parabola_IsDerivedExactlyAtTheRemainingPositions(int gap, int segment, int order, double step)
    {
        SpectralAxis axis = TestSpectra.Axis(60, 1000, step);
        var derivative = new GapSegmentDerivative(gap, segment, order);
        SpectralAxis left = derivative.OutputAxis(axis);
        var x = new Matrix(1, 60);
        for (int j = 0; j < 60; j++)
        {
            double t = axis.Positions[j] - 1000;
            x[0, j] = 3 + (2 * t) + (0.25 * t * t);
        }

        Matrix treated = TestSpectra.Treat(derivative, x, axis);
        Assert.Equal(60 - derivative.Window + 1, left.Count);
        for (int j = 0; j < left.Count; j++)
        {
            // Rounding of values up to the largest is divided by the distance of the segments.
            double expected = order == 1 ? 2 + (0.5 * (left.Positions[j] - 1000)) : 0.5;
            Tolerance.AssertClose(expected, treated[0, j], 1e-14, x.Values.ToArray().Max(Math.Abs), $"{derivative.Notation}, variable {j}");
        }
    }

    [Fact]
    public void MovingMean_Inside_IsSavitzkyGolayOfALineAndAtTheEndsTheMeanOfWhatIsThere()
    {
        Matrix x = TestSpectra.Random(2, 50, seed: 31);
        Matrix mean = TestSpectra.Treat("movmean(9)", x);
        Matrix line = TestSpectra.Treat("sg(9,1,0)", x);
        Tolerance.AssertClose(line.Row(1)[4..46], mean.Row(1)[4..46], 1e-14, "Inside");
        Tolerance.AssertClose(x.Row(0)[..5].ToArray().Average(), mean[0, 0], 1e-15, 3, "First");
        Tolerance.AssertClose(x.Row(0)[43..].ToArray().Average(), mean[0, 47], 1e-15, 3, "Third from the end");
    }

    [Fact]
    public void Absorbance_Powers_AreTheirExponentsAndLowValuesAreCounted()
    {
        var x = new Matrix(1, 9, [1, 0.1, 0.01, 1e-3, 1e-5, 1e-6, 9.9e-7, 0, -3]);
        Tolerance.AssertClose([0, 1, 2, 3, 5, 6, 6, 6, 6], TestSpectra.Treat("absorbance", x).Values, 1e-15, "absorbance");
        var percent = PretreatmentChain.Parse("snv + absorbance(percent) + sg(3,1,0) + km");
        SpectralAxis axis = TestSpectra.Axis(9);
        Assert.Equal(3, Fitted("absorbance", axis).CountClipped(x.Row(0)));
        Assert.Equal(3, Fitted("raw + absorbance + snv", axis).CountClipped(x.Row(0)));
        Assert.Equal(0, Fitted("snv + sg(3,1,0)", axis).CountClipped(x.Row(0)));
        Assert.Null(PretreatmentChain.Parse("snv + sg(3,1,0)").Clips);

        // Steps count what reaches them: values below the mean here, and what km still finds below zero after smoothing.
        int below = TestSpectra.Treat("snv", x).Values.ToArray().Count(value => value < 1e-4);
        int later = TestSpectra.Treat("snv + absorbance(percent) + sg(3,1,0)", x).Values.ToArray().Count(value => value < 1e-6);
        Assert.Equal(below + later, Fitted(percent.Notation, axis).CountClipped(x.Row(0)));
        Assert.True(below > 0);

        static IFittedPretreatment Fitted(string notation, SpectralAxis axis) =>
            PretreatmentChain.Parse(notation).Fit(new Matrix(1, 9).View, new Matrix(1, 1).View, axis);
    }

    [Fact]
    public void Normalisation_AnySize_BecomesOneAndSignsStay()
    {
        Matrix x = TestSpectra.Random(3, 77, seed: 32, level: -0.7);
        Tolerance.AssertClose(1, TestSpectra.Treat("norm(area)", x).Row(1).ToArray().Sum(Math.Abs), 1e-14, 1, "Area");
        Tolerance.AssertClose(1, TestSpectra.Treat("norm(vector)", x).Row(1).ToArray().Sum(value => value * value), 1e-14, 1, "Vector");
        Matrix max = TestSpectra.Treat("norm(max)", x);
        Tolerance.AssertClose(1, max.Row(1).ToArray().Max(Math.Abs), 1e-15, 1, "Max");
        Assert.Equal(x.Values.ToArray().Select(Math.Sign), max.Values.ToArray().Select(Math.Sign));
        Assert.All(TestSpectra.Treat("norm(vector)", new Matrix(1, 5)).Values.ToArray(), value => Assert.Equal(0, value));
    }

    [Fact]
    public void Crop_Range_KeepsBitsAndPositions()
    {
        Matrix x = TestSpectra.Random(2, 50, seed: 33);
        SpectralAxis axis = TestSpectra.Axis(50, 1198, -2);
        PretreatmentChain crop = PretreatmentChain.Parse("crop(1150-1161 nm)");
        Assert.Equal([1160, 1158, 1156, 1154, 1152, 1150], crop.OutputAxis(axis).Positions.ToArray());
        Tolerance.AssertSameBits(x.Row(1)[19..25], TestSpectra.Treat(crop, x, axis).Row(1), "Cropped");
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData("; cubic", 3)]
    public void Interpolation_Polynomial_IsExactOnAnUnevenAxisInEitherDirection(string form, int degree)
    {
        double[] positions = [1000, 1001, 1003, 1004.5, 1008, 1009, 1012, 1015, 1016, 1020];
        PretreatmentChain chain = PretreatmentChain.Parse($"interpolate(1000-1020 nm; 0.5{form})");
        Matrix rising = Treated(positions);
        Matrix falling = Treated([.. positions.OrderDescending()]);
        for (int k = 0; k <= 40; k++)
        {
            Tolerance.AssertClose(Value(1000 + (0.5 * k)), rising[0, k], 1e-14, 200, $"Position {k}");
            Tolerance.AssertClose(rising[0, k], falling[0, k], 1e-15, 200, $"Falling, position {k}");
        }

        // Positions that were there keep their values to the bit.
        Assert.Equal(Value(1004.5), rising[0, 9]);
        Assert.Equal(Value(1020), rising[0, 40]);

        double Value(double position) => Math.Pow((position - 1007) / 3, degree) + 2;

        Matrix Treated(double[] at)
        {
            var axis = new SpectralAxis([.. at], AxisUnit.Nanometre);
            Assert.Equal(1000, chain.OutputAxis(axis).Positions[0]);
            return TestSpectra.Treat(chain, new Matrix(1, at.Length, [.. at.Select(Value)]), axis);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(-2)]
    public void SpliceCorrection_LineWithSteps_IsTheLineOfTheMiddlePart(double step)
    {
        SpectralAxis axis = TestSpectra.Axis(60, step > 0 ? 1000 : 1118, step);
        var x = new Matrix(1, 60);
        double[] expected = new double[60];
        for (int j = 0; j < 60; j++)
        {
            double position = axis.Positions[j];
            expected[j] = 2 + (0.01 * position);
            x[0, j] = expected[j] + (position <= 1030 ? 0.3 : position <= 1080 ? 0 : -0.2);
        }

        Matrix treated = TestSpectra.Treat("splice(1030, 1080 nm)", x, axis);
        Tolerance.AssertClose(expected, treated.Row(0), 1e-13, "Spliced");

        // With one joint the upper part stays.
        Matrix one = TestSpectra.Treat("splice(1080 nm)", x, axis);
        for (int j = 0; j < 60; j++)
        {
            if (axis.Positions[j] > 1080)
            {
                Assert.Equal(x[0, j], one[0, j]);
            }
        }
    }

    [Theory]
    [InlineData("rnv(10)", 10, "needs two values below the percentile, hence 11 variables, but the spectra have 10")]
    [InlineData("gap(5,5,2)", 24, "looks at 25 variables, but the spectra have 24")]
    [InlineData("movmean(11)", 10, "needs a window of 11 variables, but the spectra have 10")]
    [InlineData("asls", 2, "needs at least 3 variables, but the spectra have 2")]
    [InlineData("emsc(2)", 3, "needs at least 4 variables, but the spectra have 3")]
    [InlineData("crop(3000-3100 nm)", 50, "No variable lies on 3000-3100 nm: the spectra have 50 variables on 1100-1198 nm")]
    [InlineData("crop(5000-6000 cm-1)", 50, "not in the unit of the spectra, nm")]
    [InlineData("interpolate(1100-1200 nm; 2)", 50, "leaves the spectra, which have variables on 1100-1198 nm. Nothing is extrapolated")]
    [InlineData("interpolate(1100-1104 nm; 1; cubic)", 3, "needs at least 4 variables, but the spectra have 3")]
    [InlineData("splice(1000 nm)", 50, "leaves 0 of 50 variables up to 1000 nm")]
    [InlineData("splice(1110, 1112 nm)", 50, "leaves 1 of 50 variables after 1110 nm")]
    public void OutputAxis_AxisThatCannotBeTreated_SaysWhatWasFound(string notation, int p, string finding)
    {
        StageException refusal = Assert.Throws<StageException>(() => PretreatmentChain.Parse(notation).OutputAxis(TestSpectra.Axis(p)));
        Assert.Equal(FailureKind.InvalidData, refusal.Kind);
        Assert.Contains(finding, refusal.Message, StringComparison.Ordinal);
    }
}
