using Pipeline.Engine;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Stages.Splitting;
using Pipeline.Stages.Splitting.Ordered;
using Xunit;

namespace Pipeline.Stages.Tests.Splitting.Ordered;

public sealed class TimeOrderedFoldsTests
{
    [Fact]
    public void Split_AnyGroupsAndTimes_CalibratesOnStrictlyEarlierSamplesAlone()
    {
        int cut = 0;
        for (ulong seed = 0; seed < 60; seed++)
        {
            // Groups are neighbours in time, and many samples share a time.
            var random = new Pcg64(seed);
            int n = 40 + random.NextInt(40);
            double[] times = [.. Enumerable.Range(0, n).Select(i => (double)((i / 2) + random.NextInt(2)))];
            string[] groups = [.. Enumerable.Range(0, n).Select(i => random.NextInt(3) == 0 ? $"g{i / 3}" : $"s{i}")];
            Folds folds = Split(4, groups, times);
            int[] fold = folds.FoldOfSample.ToArray();
            Assert.True(folds.IsForward);
            Assert.All(Enumerable.Range(0, n).GroupBy(i => groups[i]), group => Assert.Single(group.Select(i => fold[i]).Distinct()));
            for (int k = 1; k < 4; k++)
            {
                int[] calibration = folds.Calibration(k);
                Assert.Equal(Enumerable.Range(0, n).Where(i => fold[i] < k), calibration);
                Assert.True(calibration.Max(i => times[i]) < folds.HeldOut(k).ToArray().Min(i => times[i]), $"Seed {seed}, block {k + 1}.");
                cut++;
            }

            int[] order = [.. Enumerable.Range(0, n)];
            random.Shuffle(order.AsSpan());
            Assert.Equal(order.Select(i => fold[i]), Split(4, [.. order.Select(i => groups[i])], [.. order.Select(i => times[i])]).FoldOfSample.ToArray());
        }

        Assert.Equal(180, cut);
    }

    [Fact]
    public void Split_SingleTimes_GivesBlocksThatDifferByAtMostOne()
    {
        Folds folds = Split(3, ["a", "b", "c", "d", "e", "f", "g"], [7, 6, 5, 4, 3, 2, 1]);
        Assert.Equal([2, 2, 1, 1, 0, 0, 0], folds.FoldOfSample.ToArray());
        Assert.Equal(1, folds.FirstHeldOut);
        Assert.Equal(3, folds.CalibrationMin);
        Assert.Equal([2, 3, 4, 5, 6], folds.Calibration(2));
        Assert.Equal(
            [10.0, 11.0, 20.0, 21.0, 30.0, 31.0, 40.0, 41.0],
            folds.OfHeldOut<double>([10, 11, 20, 21, 30, 31, 40, 41, 50, 51, 60, 61, 70, 71]).ToArray());
    }

    [Fact]
    public void Split_TooFewTimes_SaysHowManyAndWhy()
    {
        // The group reaches from the first to the last but one time, so two runs are left.
        StageException refused = Assert.Throws<StageException>(() => Split(3, ["x", "a", "b", "x", "c"], [1, 2, 3, 4, 5]));
        Assert.Contains("time(3; by y) needs at least 3 times that can be told apart, there are 2", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Ask for fewer blocks", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("time(5)", "expected 'by' and the column of times")]
    [InlineData("time(1; by day)", "at least 2 folds, found 1")]
    public void Parse_WrongText_SaysWhat(string text, string finding) =>
        Assert.Contains(finding, Assert.Throws<StageException>(() => Catalog.ParseSplitter(text)).Message, StringComparison.Ordinal);

    private static Folds Split(int count, string[] groups, double[] times) =>
        ((IOrderedFolds)Catalog.ParseSplitter($"time({count}; by y)")).With(SamplePlaces.OfNumbers(times)).Split([.. groups]);
}
