using Pipeline.Engine;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Stages.Preprocessing;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Preprocessing.Projections;

public sealed class ProjectionTests
{
    [Theory]
    [InlineData("osc(1)", 20, 50, 1)]
    [InlineData("osc(3)", 20, 50, 2)]
    [InlineData("osc(2)", 60, 12, 1)]
    public void OrthogonalSignalCorrection_WhatIsTakenOff_IsOrthogonalToEveryResponse(string notation, int n, int p, int q)
    {
        Matrix x = TestSpectra.Random(n, p, seed: 60);
        Matrix y = TestSpectra.Random(n, q, seed: 61);
        Matrix treated = TestSpectra.TreatSupervised(notation, x, y);
        double[] means = ColumnMoments.Means(y.View);
        double removed = 0;
        for (int j = 0; j < p; j++)
        {
            for (int l = 0; l < q; l++)
            {
                double product = 0;
                for (int i = 0; i < n; i++)
                {
                    product += (x[i, j] - treated[i, j]) * (y[i, l] - means[l]);
                    removed += (x[i, j] - treated[i, j]) * (x[i, j] - treated[i, j]);
                }

                // n products of numbers below 1 and of 3 with their rounding.
                Tolerance.AssertClose(0, product, 1e-13, n, $"Variable {j}, response {l}");
            }
        }

        Assert.True(removed > 0.05 * n, $"{removed} was taken off.");
    }

    [Fact]
    public void OrthogonalSignalCorrection_ResponseThatExplainsEverything_LeavesTheSpectra()
    {
        // Rank one, along the response: nothing is orthogonal to it.
        Matrix y = TestSpectra.Random(12, 1, seed: 62);
        Matrix shape = TestSpectra.Random(1, 30, seed: 63);
        var x = new Matrix(12, 30);
        for (int i = 0; i < 12; i++)
        {
            for (int j = 0; j < 30; j++)
            {
                x[i, j] = y[i, 0] * shape[0, j];
            }
        }

        // Up to directions of rounding, whose scores are rounding too.
        Tolerance.AssertClose(x.View, TestSpectra.TreatSupervised("osc(2)", x, y).View, 1e-12, "Spectra");
    }

    [Fact]
    public void ExternalParameterOrthogonalisation_DisturbanceOfReplicates_IsForgotten()
    {
        (Matrix x, Matrix y, double[] disturbance) = Replicates();
        PretreatmentChain chain = PretreatmentChain.Parse("epo(1)");
        IFittedPretreatment fitted = chain.Fit(x.View, y.View, TestSpectra.Axis(40));
        Matrix fresh = TestSpectra.Random(2, 40, seed: 66);
        Matrix disturbed = fresh.View.ToMatrix();
        for (int j = 0; j < 40; j++)
        {
            disturbed[0, j] += 7 * disturbance[j];
            disturbed[1, j] -= 3 * disturbance[j];
        }

        var expected = new Matrix(2, 40);
        var actual = new Matrix(2, 40);
        fitted.Apply(fresh.View, expected.Span);
        fitted.Apply(disturbed.View, actual.Span);
        Tolerance.AssertClose(expected.View, actual.View, 1e-12, "Disturbed spectra");

        // A second direction is not there, and none is made of rounding.
        Tolerance.AssertClose(expected.View, Treated("epo(2)", x, y, fresh).View, 1e-12, "Two directions");
    }

    [Theory]
    [InlineData(0.01)]
    [InlineData(1.0)]
    public void LeastSquaresWeighting_DisturbanceOfReplicates_IsShrunkenAsAlphaSays(double alpha)
    {
        (Matrix x, Matrix y, double[] disturbance) = Replicates();
        string notation = FormattableString.Invariant($"glsw({alpha})");
        Matrix pair = TestSpectra.Random(2, 40, seed: 67);
        for (int j = 0; j < 40; j++)
        {
            pair[1, j] = pair[0, j] + disturbance[j];
        }

        Matrix treated = Treated(notation, x, y, pair);
        double kept = 1 / Math.Sqrt((1 / alpha) + 1);
        for (int j = 0; j < 40; j++)
        {
            Tolerance.AssertClose(kept * disturbance[j], treated[1, j] - treated[0, j], 1e-12, 1, $"Variable {j}");
        }
    }

    [Theory]
    [InlineData("epo(1)")]
    [InlineData("glsw(0.01)")]
    public void Fit_NoTwoEqualReferences_IsRefusedWithWhatToAdd(string notation)
    {
        StageException refusal = Assert.Throws<StageException>(
            () => TestSpectra.TreatSupervised(notation, TestSpectra.Random(5, 20, seed: 68), TestSpectra.Random(5, 1, seed: 69)));
        Assert.Equal(FailureKind.InvalidData, refusal.Kind);
        Assert.Contains("all 5 calibration samples differ. Add replicates", refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>Samples measured three times, whose spectra differ along one direction alone.</summary>
    private static (Matrix X, Matrix Y, double[] Disturbance) Replicates()
    {
        var random = new Pcg64(64);
        double[] disturbance = TestSpectra.Random(1, 40, seed: 65, level: -0.5).Values.ToArray();
        var x = new Matrix(24, 40);
        var y = new Matrix(24, 1);
        for (int sample = 0; sample < 8; sample++)
        {
            Matrix spectrum = TestSpectra.Random(1, 40, seed: (ulong)(70 + sample));
            double reference = random.NextDouble();
            for (int r = 0; r < 3; r++)
            {
                // Replicates are not neighbours in the table.
                int row = (r * 8) + sample;
                double size = random.NextDouble();
                y[row, 0] = reference;
                for (int j = 0; j < 40; j++)
                {
                    x[row, j] = spectrum[0, j] + (size * disturbance[j]);
                }
            }
        }

        return (x, y, disturbance);
    }

    private static Matrix Treated(string notation, Matrix x, Matrix y, Matrix fresh)
    {
        var target = new Matrix(fresh.Rows, fresh.Columns);
        PretreatmentChain.Parse(notation).Fit(x.View, y.View, TestSpectra.Axis(x.Columns)).Apply(fresh.View, target.Span);
        return target;
    }
}
