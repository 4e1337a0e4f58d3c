using Pipeline.Engine;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Selection.Selectors;
using Pipeline.Stages.Tests.Models.Pls;
using Xunit;

namespace Pipeline.Stages.Tests.Selection.Selectors;

public sealed class SuccessiveProjectionsTests
{
    [Theory]
    [InlineData(30, 14, 6)]
    [InlineData(12, 40, 8)]
    public void From_EveryStart_EqualsProjectionsOfSpectra(int n, int p, int length)
    {
        for (ulong seed = 1; seed <= 8; seed++)
        {
            (Matrix x, _) = SelectorData.Make(n, p, seed);
            var chains = new ProjectionChains(x.View, length);
            for (int start = 0; start < p; start++)
            {
                Assert.Equal(NaiveSelectors.Chain(x, start, length), chains.From(start).ToArray());
            }
        }
    }

    [Theory]
    [InlineData(30, 14, 6, 1)]
    [InlineData(16, 20, 8, 1)]
    [InlineData(24, 10, 5, 3)]
    public void Select_ManySeeds_EqualsQrInPlainLoops(int n, int p, int count, int q)
    {
        for (ulong seed = 1; seed <= 6; seed++)
        {
            (Matrix x, Matrix y) = SelectorData.Make(n, p, seed, q);
            int[] expected = NaiveSelectors.Projections(x, y, SelectorData.InnerFolds(x, y, seed), count);
            int[] actual = new SuccessiveProjections(count, seed).Select(x.View, y.View, SelectorData.Axis(p), []);
            Assert.True(expected.SequenceEqual(actual), $"Seed {seed}: expected {string.Join(' ', expected)}, found {string.Join(' ', actual)}.");
        }
    }

    [Theory]
    [InlineData(40, 12, 8, 1)]
    [InlineData(25, 60, 15, 2)]
    public void Evaluate_EverySize_IsTheErrorOfLeastSquares(int n, int p, int length, int q)
    {
        (Matrix x, Matrix y) = SelectorData.Make(n, p, 17, q);
        SelectorSamples samples = SelectorData.Samples(x, y, 17);
        var chains = new ProjectionChains(x.View, length);
        var validation = new ChainValidation(samples, length);
        double[] errors = new double[length];
        foreach (int start in (int[])[0, 3, p - 1])
        {
            int[] chain = chains.From(start).ToArray();
            Assert.Equal(length, validation.Evaluate(chain, errors));
            for (int size = 1; size <= length; size++)
            {
                double expected = NaiveSelectors.LeastSquaresError(x, y, samples.Folds, chain[..size]);
                Assert.Equal(expected, errors[size - 1], 1e-8 * expected);
            }
        }
    }

    [Fact]
    public void From_DependentVariables_EndsWhereNothingIsLeft()
    {
        Matrix scores = PlsRegressionTests.Random(20, 3, 1);
        Matrix loadings = PlsRegressionTests.Random(3, 10, 2);
        var x = new Matrix(20, 10);
        MatrixProducts.Times(scores.View, loadings.View, x.Span);
        for (int i = 0; i < 20; i++)
        {
            x[i, 4] = 0.1;
        }

        var chains = new ProjectionChains(x.View, 8);
        Assert.Equal(3, chains.From(0).Length);
        Assert.Empty(chains.From(4).ToArray());
        Assert.DoesNotContain(4, chains.From(9).ToArray());
    }

    [Fact]
    public void Evaluate_VariableConstantInAFold_CountsNoFurther()
    {
        // Variable 5 varies in one sample alone, so it is constant in the calibration set that leaves this sample out.
        (Matrix x, Matrix y) = SelectorData.Make(30, 8, 6);
        for (int i = 0; i < 30; i++)
        {
            x[i, 5] = i == 3 ? 2 : 1;
        }

        var validation = new ChainValidation(SelectorData.Samples(x, y, 6), 3);
        Assert.Equal(1, validation.Evaluate([2, 5, 1], new double[3]));
        Assert.Equal(0, validation.Evaluate([5, 2, 1], new double[3]));
        Assert.Equal(3, validation.Evaluate([0, 2, 1], new double[3]));
    }

    [Fact]
    public void Select_TwoVariablesMakeTheResponse_AreFound()
    {
        Matrix x = PlsRegressionTests.Random(60, 40, 8);
        var y = new Matrix(60, 1);
        for (int i = 0; i < 60; i++)
        {
            y[i, 0] = 2 + x[i, 11] - (3 * x[i, 30]);
        }

        int[] chosen = new SuccessiveProjections(30, 42).Select(x.View, y.View, SelectorData.Axis(40), []);
        Assert.Contains(11, chosen);
        Assert.Contains(30, chosen);
    }

    [Fact]
    public void VariablesMax_AxisTooLong_SaysTheLimit()
    {
        Assert.Equal(30, new SuccessiveProjections(30, 42).VariablesMax(SelectorData.Axis(5000)));
        Assert.Equal(7, new SuccessiveProjections(30, 42).VariablesMax(SelectorData.Axis(7)));
        StageException error = Assert.Throws<StageException>(() => new SuccessiveProjections(30, 42).VariablesMax(SelectorData.Axis(5001)));
        Assert.Contains("at most 5000 variables, found 5001", error.Message, StringComparison.Ordinal);
    }
}
