using System.Text.Json;
using Pipeline.Engine;
using Pipeline.Stages.Metrics;
using Pipeline.Stages.Splitting;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Metrics;

public sealed class ClassMetricsTests
{
    /// <summary>Tolerance: sums of at most 40 terms of the order 1, so a few units in the last place.</summary>
    [Fact]
    public void Of_GoldenCases_EqualScikitLearn()
    {
        foreach (JsonElement golden in Goldens.Load("classes/metrics.json").EnumerateArray())
        {
            int[] classes = golden.GetProperty("classes").ToIntegers();
            int count = golden.GetProperty("count").GetInt32();
            double[] probabilities = [.. golden.GetProperty("proba").ToMatrix().Values];
            var metrics = ClassMetrics.Of(classes, probabilities, count);
            Assert.Equal(classes.Length, metrics.Count);
            Assert.Equal(golden.GetProperty("accuracy").GetDouble(), metrics.Accuracy, 1e-14);
            Assert.Equal(golden.GetProperty("balanced_accuracy").GetDouble(), metrics.BalancedAccuracy, 1e-14);
            Assert.Equal(golden.GetProperty("macro_f1").GetDouble(), metrics.MacroF1, 1e-14);
            Assert.Equal(golden.GetProperty("log_loss").GetDouble(), metrics.LogLoss, 1e-12);
            JsonElement area = golden.GetProperty("roc_auc");
            Assert.Equal(area.ValueKind == JsonValueKind.Null ? double.NaN : area.GetDouble(), metrics.RocAuc, 1e-14);
            var confusion = ConfusionMatrix.Of(classes, probabilities, count);
            JsonElement rows = golden.GetProperty("confusion");
            for (int actual = 0; actual < count; actual++)
            {
                Assert.Equal(rows[actual].ToIntegers(), Enumerable.Range(0, count).Select(predicted => confusion[actual, predicted]));
            }
        }
    }

    [Fact]
    public void Of_Folds_MeansAndDeviationsOverThem()
    {
        int[] classes = [0, 1, 0, 1, 0, 0];
        double[] probabilities = [0.9, 0.1, 0.2, 0.8, 0.4, 0.6, 0.7, 0.3, 0.6, 0.4, 0.8, 0.2];
        var folds = new Folds([0, 0, 1, 1, 2, 2], 3);
        var metrics = ClassFoldMetrics.Of(classes, probabilities, 2, folds);

        // Right are both of fold 1, none of fold 2, both of fold 3, which lacks a class and so has no area.
        Assert.Equal(2.0 / 3, metrics.Mean.Accuracy, 1e-15);
        Assert.Equal(Math.Sqrt(1.0 / 3), metrics.Deviation.Accuracy, 1e-15);
        Assert.Equal(2, metrics.RocAucFoldCount);
        Assert.Equal(0.5, metrics.Mean.RocAuc, 1e-15);
    }

    [Fact]
    public void Parse_UnknownName_OffersTheNearest()
    {
        Assert.Equal(ClassMetric.BalancedAccuracy, ClassMetrics.Parse(null));
        Assert.All(ClassMetrics.Names, pair => Assert.Equal(pair.Key, ClassMetrics.NameOf(ClassMetrics.Parse(pair.Key))));
        Assert.Contains("log_loss", Assert.Throws<StageException>(() => ClassMetrics.Parse("logloss")).Message, StringComparison.Ordinal);
    }
}
