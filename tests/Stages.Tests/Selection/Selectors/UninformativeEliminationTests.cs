using Pipeline.Engine;
using Pipeline.Stages.Models;
using Pipeline.Stages.Models.Pls.Dual;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Selection.Selectors;
using Pipeline.Stages.Splitting;
using Pipeline.Stages.Tests.Models.Pls;
using Xunit;

namespace Pipeline.Stages.Tests.Selection.Selectors;

public sealed class UninformativeEliminationTests
{
    // With n above 2p products of samples go by their two factors.
    [Theory]
    [InlineData(30, 20, 1)]
    [InlineData(20, 50, 1)]
    [InlineData(60, 20, 1)]
    [InlineData(30, 16, 3)]
    public void Steadiness_NoiseBesideTheSpectra_EqualsNipalsInPlainLoops(int n, int p, int q)
    {
        for (ulong seed = 1; seed <= 4; seed++)
        {
            foreach (int parts in (int[])[7, 100])
            {
                (Matrix x, Matrix y) = SelectorData.Make(n, p, seed, q);
                var selector = new UninformativeElimination(parts, 10, seed);
                SelectorSamples samples = SelectorData.Samples(x, y, seed);
                Folds folds = samples.Split(parts);
                Assert.Equal(Math.Min(parts, n), folds.Count);
                (double[] ofVariables, double[] ofNoise) = selector.Steadiness(samples, 4);
                (double[] expected, double[] expectedNoise) = NaiveSelectors.Steadiness(x, y, selector.Noise(n, p), folds, 4);
                AssertClose(expected, ofVariables);
                AssertClose(expectedNoise, ofNoise);
            }
        }
    }

    [Fact]
    public void Select_ManySeeds_EqualsNipalsInPlainLoops()
    {
        int refused = 0;
        for (ulong seed = 1; seed <= 10; seed++)
        {
            (Matrix x, Matrix y) = SelectorData.Make(40, 30, seed);
            var selector = new UninformativeElimination(100, 6, seed);
            Folds folds = SelectorData.InnerFolds(x, y, seed);
            int components = NaiveSelectors.Score(x, y, folds, [.. Enumerable.Range(0, 30)], 6).Components;
            (double[] steadiness, double[] ofNoise) =
                NaiveSelectors.Steadiness(x, y, selector.Noise(40, 30), SelectorData.Samples(x, y, seed).Split(100), components);
            int[] expected = [.. Enumerable.Range(0, 30).Where(j => steadiness[j] > ofNoise.Max())];
            if (expected.Length == 0)
            {
                refused++;
                Assert.Throws<StageException>(() => selector.Select(x.View, y.View, SelectorData.Axis(30), []));
            }
            else
            {
                Assert.Equal(expected, selector.Select(x.View, y.View, SelectorData.Axis(30), []));
            }
        }

        Assert.True(refused < 5, $"{refused} of 10 sets had no variable steadier than noise.");
    }

    /// <summary>Theory: the weights of samples are those of PLS, b = Xᵀα, with none for what is left out and none in sum.</summary>
    [Theory]
    [InlineData(30, 12)]
    [InlineData(15, 40)]
    public void SampleWeights_EveryFold_GiveTheCoefficientsOfPls(int n, int p)
    {
        (Matrix x, Matrix y) = SelectorData.Make(n, p, 21);
        var folds = new Folds([.. Enumerable.Range(0, n).Select(i => i % 6)], 6);
        using CentredCalibration samples = CentredCalibration.Of(x.View, y.View);
        Matrix weights = SampleWeights.Of(samples, folds, 5);
        var b = new Matrix(6, p);
        MatrixProducts.Times(weights.View, samples.X, b.Span);
        for (int k = 0; k < 6; k++)
        {
            double[] expected = NaiveSelectors.Coefficients(x.SelectRows(folds.Calibration(k)), y.SelectRows(folds.Calibration(k)), 5);
            AssertClose(expected, b.Row(k).ToArray());
            foreach (int i in folds.HeldOut(k))
            {
                Assert.Equal(0, weights[k, i]);
            }

            Assert.Equal(0, weights.Row(k).ToArray().Sum(), 1e-12);
        }
    }

    [Fact]
    public void SampleWeights_MoreComponentsThanRank_EndBeforeRounding()
    {
        // Two directions: a third component would be rounding, and its weights as large as may be.
        Matrix scores = PlsRegressionTests.Random(20, 2, 31);
        Matrix loadings = PlsRegressionTests.Random(2, 15, 32);
        var x = new Matrix(20, 15);
        MatrixProducts.Times(scores.View, loadings.View, x.Span);
        Matrix y = PlsRegressionTests.Random(20, 1, 33);
        var folds = new Folds([.. Enumerable.Range(0, 20).Select(i => i % 4)], 4);
        using CentredCalibration samples = CentredCalibration.Of(x.View, y.View);
        Matrix two = SampleWeights.Of(samples, folds, 2);
        Matrix ten = SampleWeights.Of(samples, folds, 10);
        var b = new Matrix(4, 15);
        var expected = new Matrix(4, 15);
        MatrixProducts.Times(ten.View, samples.X, b.Span);
        MatrixProducts.Times(two.View, samples.X, expected.Span);
        AssertClose(expected.Values.ToArray(), b.Values.ToArray());
    }

    [Fact]
    public void Noise_OfASeed_IsStandardNormalAndTheSameAgain()
    {
        var selector = new UninformativeElimination(100, 10, 42);
        double[] noise = selector.Noise(200, 300).Values.ToArray();
        double mean = noise.Average();
        double variance = noise.Average(value => value * value) - (mean * mean);

        // Four standard errors of 60,000 numbers.
        Assert.InRange(mean, -0.017, 0.017);
        Assert.InRange(variance, 0.975, 1.025);
        Assert.Equal(noise, selector.Noise(200, 300).Values.ToArray());
        Assert.NotEqual(noise, new UninformativeElimination(100, 10, 43).Noise(200, 300).Values.ToArray());
    }

    [Fact]
    public void Select_HalfOfTheVariablesNoise_KeepsBandsAndLeavesNoiseOut()
    {
        (Matrix bands, Matrix y) = SelectorData.Make(150, 40, 5);
        Matrix noise = PlsRegressionTests.Random(150, 40, 6);
        var x = new Matrix(150, 80);
        for (int i = 0; i < 150; i++)
        {
            bands.Row(i).CopyTo(x.Row(i));
            noise.Row(i).CopyTo(x.Row(i)[40..]);
        }

        int[] chosen = new UninformativeElimination(100, 10, 42).Select(x.View, y.View, SelectorData.Axis(80), []);
        Assert.Contains(6, chosen);
        Assert.Contains(26, chosen);

        // The steadiest of 80 variables of noise is the limit: of 40 others one may pass it by chance, hardly more.
        Assert.True(chosen.Count(j => j >= 40) <= 2, string.Join(' ', chosen));
    }

    [Fact]
    public void Select_ResponseOfNoise_SaysWhatWasFound()
    {
        Matrix x = PlsRegressionTests.Random(60, 12, 44);
        int refused = 0;
        for (ulong seed = 0; seed < 10; seed++)
        {
            Matrix y = PlsRegressionTests.Random(60, 1, 100 + seed);
            try
            {
                new UninformativeElimination(100, 10, 42).Select(x.View, y.View, SelectorData.Axis(12), []);
            }
            catch (StageException error)
            {
                refused++;
                Assert.Contains("steadier than 12 variables of noise", error.Message, StringComparison.Ordinal);
            }
        }

        // By symmetry the steadiest of 24 variables alike is one of noise every other time.
        Assert.InRange(refused, 1, 9);
    }

    private static void AssertClose(double[] expected, double[] actual)
    {
        double largest = expected.Max(Math.Abs);
        for (int j = 0; j < expected.Length; j++)
        {
            Assert.Equal(expected[j], actual[j], 1e-6 * largest);
        }
    }
}
