using System.Text.Json;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Selection.Selectors;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Selection.Selectors;

/// <summary>The selectors beside scikit-learn and numpy (tests/golden/selectors).</summary>
public sealed class SelectorGoldenTests
{
    private static readonly JsonElement Golden = Goldens.Load("selectors/sklearn.json");
    private static readonly Matrix X = Golden.GetProperty("x").ToMatrix();
    private static readonly Matrix Y = Column(Golden.GetProperty("y").ToDoubles());

    [Theory]
    [InlineData("ipls(8)", "ipls")]
    [InlineData("ipls(8; backward)", "iplsBackward")]
    [InlineData("cars(12)", "cars")]
    [InlineData("uve(100)", "uve")]
    [InlineData("spa(6)", "spa")]
    public void Select_ReferenceSpectra_IsTheirChoice(string notation, string field)
    {
        ISubset selector = Catalog.ParseSubset(notation);
        Assert.Equal(notation, selector.Notation);
        Assert.Equal(Golden.GetProperty(field).ToIntegers(), selector.Select(X.View, Y.View, SelectorData.Axis(X.Columns), []));
    }

    [Fact]
    public void InnerFolds_ReferenceSpectra_AreDealtAsSaid() =>
        Assert.Equal(Golden.GetProperty("folds").ToIntegers(), SelectorData.InnerFolds(X, Y, 42).FoldOfSample.ToArray());

    [Fact]
    public void Score_EachInterval_IsThatOfRefittedPls()
    {
        SelectorSamples samples = SelectorData.Samples(X, Y, 42);
        using var scores = new IntervalScores(new InnerPls(samples, 10), new IntervalPls(8, false, 10, 42).Cut(X.Columns));
        JsonElement[] expected = [.. Golden.GetProperty("intervals").EnumerateArray()];
        for (int i = 0; i < expected.Length; i++)
        {
            InnerScore score = scores.Score([i]);
            Assert.Equal(expected[i][0].GetDouble(), score.Rmsecv, 1e-9);
            Assert.Equal(expected[i][1].GetInt32(), score.Components);
        }
    }

    [Fact]
    public void RetainedCount_700VariablesIn50Runs_FallsAsSaid()
    {
        var selector = new CompetitiveSampling(50, 10, 42);
        Assert.Equal(Golden.GetProperty("counts").ToIntegers(), Enumerable.Range(0, 50).Select(run => selector.RetainedCount(700, run)));
    }

    [Fact]
    public void Steadiness_EverySampleLeftOut_IsThatOfRefittedPls()
    {
        (double[] ofVariables, double[] ofNoise) = new UninformativeElimination(100, 10, 42)
            .Steadiness(SelectorData.Samples(X, Y, 42), Golden.GetProperty("components").GetInt32());
        AssertClose(Golden.GetProperty("steadiness").ToDoubles(), ofVariables);
        AssertClose(Golden.GetProperty("steadinessOfNoise").ToDoubles(), ofNoise);
    }

    [Fact]
    public void From_EveryStart_IsTheChainOfProjections()
    {
        int[][] expected = [.. Golden.GetProperty("chains").EnumerateArray().Select(chain => chain.ToIntegers())];
        var chains = new ProjectionChains(X.View, expected[0].Length);
        for (int start = 0; start < expected.Length; start++)
        {
            Assert.Equal(expected[start], chains.From(start).ToArray());
        }
    }

    private static Matrix Column(double[] values) => new(values.Length, 1, values);

    // Noise of 1e-10 changes the reference's models by its square, and scikit-learn ends its iterations at 1e-15.
    private static void AssertClose(double[] expected, double[] actual)
    {
        for (int j = 0; j < expected.Length; j++)
        {
            Assert.Equal(expected[j], actual[j], 1e-5 * expected[j]);
        }
    }
}
