using System.Text.Json;
using Pipeline.Stages.Metrics;
using Pipeline.Stages.Splitting;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Metrics;

public class RocCurveTests
{
    [Fact]
    public void Of_FourSamples_IsTheCurveByHand()
    {
        // Falling: 0.8 right, 0.4 wrong, 0.35 right, 0.1 wrong.
        RocCurve curve = RocCurve.Of(1, [0, 0, 1, 1], Both([0.1, 0.4, 0.35, 0.8]), 2)!;
        Assert.Equal([0, 0, 0.5, 0.5, 1], curve.FalsePositives.ToArray());
        Assert.Equal([0, 0.5, 0.5, 1, 1], curve.TruePositives.ToArray());
        Assert.Equal(0.75, curve.Area, 1e-15);
    }

    [Fact]
    public void Of_EqualProbabilities_MakeOneStep()
    {
        RocCurve curve = RocCurve.Of(1, [0, 1, 0, 1], Both([0.5, 0.5, 0.5, 0.5]), 2)!;
        Assert.Equal([0, 1], curve.FalsePositives.ToArray());
        Assert.Equal(0.5, curve.Area, 1e-15);
    }

    [Fact]
    public void Of_ClassWithoutSampleOrWithAll_IsNone()
    {
        Assert.Null(RocCurve.Of(1, [0, 0], Both([0.1, 0.4]), 2));
        Assert.Null(RocCurve.Of(1, [1, 1], Both([0.1, 0.4]), 2));
    }

    // Two ways to the same area: trapezoids here, pairs in the right order there; and both are scikit-learn's.
    [Fact]
    public void Area_GoldenCases_MeanIsTheRocAucOfScikitLearn()
    {
        int compared = 0;
        foreach (JsonElement golden in Goldens.Load("classes/metrics.json").EnumerateArray())
        {
            JsonElement area = golden.GetProperty("roc_auc");
            if (area.ValueKind == JsonValueKind.Null)
            {
                continue;
            }

            int[] classes = golden.GetProperty("classes").ToIntegers();
            int count = golden.GetProperty("count").GetInt32();
            double[] probabilities = [.. golden.GetProperty("proba").ToMatrix().Values];
            int first = count == 2 ? 1 : 0;
            double mean = Enumerable.Range(first, count - first).Average(place => RocCurve.Of(place, classes, probabilities, count)!.Area);
            Assert.Equal(area.GetDouble(), mean, 1e-12);
            compared++;
        }

        Assert.True(compared > 1);
    }

    [Fact]
    public void Each_OfFolds_IsWhatTheirMeanIsMadeOf()
    {
        int[] classes = [0, 1, 0, 1, 0, 0];
        double[] probabilities = Both([0.1, 0.8, 0.6, 0.3, 0.4, 0.2]);
        var folds = new Folds([0, 0, 1, 1, 2, 2], 3);
        ClassMetrics[] each = ClassFoldMetrics.Each(classes, probabilities, 2, folds);
        Assert.Equal([1, 0, 1], each.Select(fold => fold.Accuracy));
        Assert.Equal(each.Average(fold => fold.Accuracy), ClassFoldMetrics.Of(classes, probabilities, 2, folds).Mean.Accuracy, 1e-15);
    }

    private static double[] Both(double[] second) => [.. second.SelectMany(one => (double[])[1 - one, one])];
}
