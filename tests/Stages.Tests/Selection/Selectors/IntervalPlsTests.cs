using Pipeline.Engine;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Selection.Selectors;
using Pipeline.Stages.Tests.Models.Pls;
using Xunit;

namespace Pipeline.Stages.Tests.Selection.Selectors;

public sealed class IntervalPlsTests
{
    // Moments of variables, and Gram matrices of intervals where samples are at most half as many as variables.
    [Theory]
    [InlineData(40, 31, 7, false, 1)]
    [InlineData(40, 31, 7, true, 1)]
    [InlineData(24, 60, 9, false, 1)]
    [InlineData(24, 60, 9, true, 1)]
    [InlineData(30, 24, 6, false, 3)]
    [InlineData(20, 48, 6, true, 3)]
    public void Select_ManySeeds_EqualsNipalsInPlainLoops(int n, int p, int intervals, bool isBackward, int q)
    {
        for (ulong seed = 1; seed <= 8; seed++)
        {
            (Matrix x, Matrix y) = SelectorData.Make(n, p, seed, q);
            int[] expected = NaiveSelectors.Intervals(x, y, SelectorData.InnerFolds(x, y, seed), intervals, isBackward, 6);
            int[] actual = new IntervalPls(intervals, isBackward, 6, seed).Select(x.View, y.View, SelectorData.Axis(p), []);
            Assert.True(expected.SequenceEqual(actual), $"Seed {seed}: expected {string.Join(' ', expected)}, found {string.Join(' ', actual)}.");
        }
    }

    /// <summary>
    /// Aim: every form gives the score of NIPALS. Method: unions of intervals at shapes of all three forms: Gram matrices, moments,
    /// and columns, which only 1500 variables and more reach.
    /// </summary>
    [Theory]
    [InlineData(20, 60, 6)]
    [InlineData(60, 40, 5)]
    [InlineData(830, 1600, 100)]
    public void Score_AnyForm_EqualsNipals(int n, int p, int intervals)
    {
        Matrix x = PlsRegressionTests.Random(n, p, 5);
        Matrix y = PlsRegressionTests.Random(n, 1, 6);
        Products.Axpy(1, x.SelectColumns([3]).Values, y.Values);
        var selector = new IntervalPls(intervals, false, 4, 42);
        SelectorSamples samples = SelectorData.Samples(x, y, 42);
        using var scores = new IntervalScores(new InnerPls(samples, 4), selector.Cut(p));
        foreach (List<int> union in (List<int>[])[[0], [1, 3], [0, 2, 4]])
        {
            (double expected, int components) = NaiveSelectors.Score(x, y, samples.Folds, scores.Variables(union), 4);
            InnerScore actual = scores.Score(union);
            Assert.Equal(components, actual.Components);
            Assert.Equal(expected, actual.Rmsecv, 1e-8 * expected);
        }
    }

    [Fact]
    public void Cut_AnyNumber_DealsTheRestToTheFirst()
    {
        Range[] expected = [0..3, 3..6, 6..8, 8..10];
        Assert.Equal(expected, new IntervalPls(4, false, 10, 42).Cut(10));
    }

    [Fact]
    public void Select_BandsOfTheResponse_AreFound()
    {
        (Matrix x, Matrix y) = SelectorData.Make(120, 100, 3);
        int[] chosen = new IntervalPls(20, false, 10, 42).Select(x.View, y.View, SelectorData.Axis(100), []);

        // Bands lie around variables 15 and 65; those around 40 and 90 say nothing about the response. Intervals have five variables.
        Assert.Contains(chosen, j => Math.Abs(j - 15) <= 5);
        Assert.Contains(chosen, j => Math.Abs(j - 65) <= 5);
        Assert.True(chosen.Length % 5 == 0 && chosen.Length <= 50, string.Join(' ', chosen));
        Assert.Equal(chosen.Length / 5, chosen.Select(j => j / 5).Distinct().Count());
    }

    [Fact]
    public void VariablesMax_FewerVariablesThanIntervals_SaysBoth()
    {
        StageException error = Assert.Throws<StageException>(() => new IntervalPls(20, false, 10, 42).VariablesMax(SelectorData.Axis(12)));
        Assert.Equal(FailureKind.InvalidData, error.Kind);
        Assert.Equal("ipls(20) needs at least one variable for each interval, found 12 variables. Ask for fewer intervals.", error.Message);
    }

    [Fact]
    public void Select_SpectraThatDoNotVary_IsRefused()
    {
        (Matrix x, Matrix y) = SelectorData.Make(30, 20, 4);
        for (int i = 0; i < 30; i++)
        {
            // Five different spectra, so that folds can be made, that differ in one sample each and in one variable.
            x.Row(i).Fill(0.25);
            x[i, 19] = i < 4 ? i : 9;
        }

        foreach (bool isBackward in (bool[])[false, true])
        {
            var selector = new IntervalPls(10, isBackward, 10, 42);
            int[] chosen = selector.Select(x.View, y.View, SelectorData.Axis(20), []);
            Assert.Contains(19, chosen);
        }

        Assert.Throws<StageException>(() => new IntervalPls(10, false, 10, 42).Select(
            Constant(30, 20).View, y.View, SelectorData.Axis(20), []));
    }

    private static Matrix Constant(int rows, int columns)
    {
        var x = new Matrix(rows, columns);
        x.Values.Fill(0.25);
        return x;
    }
}
