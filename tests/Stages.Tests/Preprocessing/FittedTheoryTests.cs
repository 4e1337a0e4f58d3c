using Pipeline.Engine;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Preprocessing;
using Pipeline.Stages.Spectra;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Preprocessing;

/// <summary>What pretreatments that learn from calibration samples must do by their own theory.</summary>
public sealed class FittedTheoryTests
{
    [Fact]
    public void ExtendedScatterCorrection_ReferenceWithParabola_IsTheReferenceOnAnUnevenAxis()
    {
        var axis = new SpectralAxis([.. Enumerable.Range(0, 80).Select(j => 1100 + (2.0 * j) + (0.02 * j * j))], AxisUnit.Nanometre);
        Matrix calibration = TestSpectra.Random(6, 80, seed: 50);
        double[] reference = ColumnMoments.Means(calibration.View);
        var x = new Matrix(3, 80);
        for (int j = 0; j < 80; j++)
        {
            double t = (axis.Positions[j] - 1180) / 80;
            x[0, j] = 3 + (0.2 * reference[j]) + (0.7 * t) - (2 * t * t);
            x[1, j] = -1 + (50 * reference[j]) - (4 * t);
            x[2, j] = 4 - (2 * reference[j]) + (t * t);
        }

        Matrix treated = TestSpectra.Treat(new ExtendedMultiplicativeScatterCorrection(), calibration, x, axis);
        for (int i = 0; i < 3; i++)
        {
            Tolerance.AssertClose(reference, treated.Row(i), 1e-13, $"Row {i}");
        }
    }

    [Fact]
    public void ExtendedScatterCorrection_NothingOfTheReference_BecomesItsPolynomialPart()
    {
        Matrix calibration = TestSpectra.Random(6, 60, seed: 51);
        var x = new Matrix(2, 60);
        for (int j = 0; j < 60; j++)
        {
            x[0, j] = 0.3;
            x[1, j] = 1 + (0.1 * j) - (0.001 * j * j);
        }

        double[] reference = ColumnMoments.Means(calibration.View);
        double[] rest = TestSpectra.Treat("detrend(2)", new Matrix(1, 60, [.. reference])).Values.ToArray();
        Matrix treated = TestSpectra.Treat(new ExtendedMultiplicativeScatterCorrection(), calibration, x);
        for (int j = 0; j < 60; j++)
        {
            Tolerance.AssertClose(reference[j] - rest[j], treated[0, j], 1e-13, 3, $"Flat, variable {j}");
            Tolerance.AssertClose(reference[j] - rest[j], treated[1, j], 1e-13, 3, $"Parabola, variable {j}");
        }
    }

    [Fact]
    public void ExtendedScatterCorrection_ReferenceThatIsAPolynomial_IsRefused()
    {
        var line = new Matrix(2, 20);
        for (int j = 0; j < 20; j++)
        {
            line[0, j] = 1 + (0.3 * j);
            line[1, j] = 2 - (0.1 * j);
        }

        StageException refusal = Assert.Throws<StageException>(() => TestSpectra.Treat("emsc(2)", line));
        Assert.Equal(FailureKind.Numerical, refusal.Kind);
        Assert.Contains("is a polynomial itself", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pareto_AnyVariable_HasItsVarianceRooted()
    {
        Matrix x = TestSpectra.Random(9, 15, seed: 52);
        double[] before = ColumnMoments.StandardDeviations(x.View, ColumnMoments.Means(x.View));
        Matrix treated = TestSpectra.Treat("pareto", x);
        double[] after = ColumnMoments.StandardDeviations(treated.View, ColumnMoments.Means(treated.View));
        for (int j = 0; j < 15; j++)
        {
            Tolerance.AssertClose(Math.Sqrt(before[j]), after[j], 1e-14, 1, $"Variable {j}");
        }
    }

    [Fact]
    public void ProbabilisticQuotient_DilutedSpectrumWithOtherBands_IsUndilutedOutsideThem()
    {
        // Two fifths of the variables differ; the area would be misled by them, the median of quotients is not.
        Matrix calibration = TestSpectra.Random(7, 50, seed: 53);
        double[] reference = [.. Enumerable.Range(0, 50).Select(j => Enumerable.Range(0, 7).Select(i => calibration[i, j]).Order().ElementAt(3))];
        var x = new Matrix(1, 50);
        for (int j = 0; j < 50; j++)
        {
            x[0, j] = (j < 20 ? 10 : 0.37) * reference[j];
        }

        Matrix treated = TestSpectra.Treat(new ProbabilisticQuotient(), calibration, x);
        Tolerance.AssertClose(reference.AsSpan(20), treated.Row(0)[20..], 1e-14, "Outside the bands");
    }

    [Fact]
    public void ProbabilisticQuotient_ReferenceOfZeros_IsRefused()
    {
        StageException refusal = Assert.Throws<StageException>(() => TestSpectra.Treat("pqn", new Matrix(3, 5)));
        Assert.Contains("zero everywhere", refusal.Message, StringComparison.Ordinal);
    }
}
