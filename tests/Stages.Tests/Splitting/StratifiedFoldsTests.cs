using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Stages.Splitting;
using Xunit;

namespace Pipeline.Stages.Tests.Splitting;

public sealed class StratifiedFoldsTests
{
    [Fact]
    public void Split_Classes_SharesDifferByAtMostOne()
    {
        (SampleGroups groups, ImmutableArray<double> classes) = Samples(97, 3);
        Folds folds = Split(5, groups, classes, 3);
        for (int c = 0; c < 3; c++)
        {
            int[] shares = [.. Enumerable.Range(0, 5).Select(k => folds.HeldOut(k).ToArray().Count(i => classes[i] == c))];
            Assert.True(shares.Max() - shares.Min() <= 1);
        }

        int[] sizes = [.. Enumerable.Range(0, 5).Select(k => folds.HeldOut(k).Length)];
        Assert.True(sizes.Max() - sizes.Min() <= 1);
    }

    [Fact]
    public void Split_ShuffledRows_GivesTheSameFoldToEachSample()
    {
        (SampleGroups groups, ImmutableArray<double> classes) = Samples(60, 3);
        int[] order = [.. Enumerable.Range(0, 60)];
        new Pcg64(3).Shuffle(order.AsSpan());
        foreach (int count in (int[])[3, 0])
        {
            int[] before = Split(5, groups, classes, count).FoldOfSample.ToArray();
            int[] after = Split(5, [.. order.Select(i => groups[i])], [.. order.Select(i => classes[i])], count).FoldOfSample.ToArray();
            Assert.Equal(order.Select(i => before[i]), after);
        }
    }

    [Fact]
    public void Split_Groups_StayTogetherAndCountForTheClassTheyHaveMostOf()
    {
        SampleGroups groups = [.. Enumerable.Range(0, 60).Select(i => $"g{i / 3}")];
        ImmutableArray<double> classes = [.. Enumerable.Range(0, 60).Select(i => (double)(i % 3 == 2 ? 1 : i / 3 % 2))];
        int[] fold = Split(5, groups, classes, 2).FoldOfSample.ToArray();
        Assert.All(Enumerable.Range(0, 60), i => Assert.Equal(fold[i / 3 * 3], fold[i]));
        for (int k = 0; k < 5; k++)
        {
            Assert.Equal(2, Enumerable.Range(0, 20).Count(g => fold[3 * g] == k && g % 2 == 0));
            Assert.Equal(2, Enumerable.Range(0, 20).Count(g => fold[3 * g] == k && g % 2 == 1));
        }
    }

    [Fact]
    public void Split_Numbers_EveryFoldHasOneOfEachRange()
    {
        SampleGroups groups = [.. Enumerable.Range(0, 50).Select(i => $"s{i:00}")];
        ImmutableArray<double> values = [.. Enumerable.Range(0, 50).Select(i => (double)(i * 37 % 50))];
        int[] fold = Split(5, groups, values, 0).FoldOfSample.ToArray();
        for (int range = 0; range < 10; range++)
        {
            Assert.Equal(5, Enumerable.Range(0, 50).Where(i => (int)values[i] / 5 == range).Select(i => fold[i]).Distinct().Count());
        }
    }

    [Fact]
    public void Split_ClassOfFewGroups_IsRefusedByNameCountAndRemedy()
    {
        SampleGroups groups = [.. Enumerable.Range(0, 30).Select(i => i < 6 ? $"twins{i / 2}" : $"s{i}")];
        ImmutableArray<double> classes = [.. Enumerable.Range(0, 30).Select(i => i < 6 ? 1.0 : 0.0)];
        StageException refused = Assert.Throws<StageException>(() => Split(5, groups, classes, 2));
        Assert.Contains("Class 'c1' has 3", refused.Message, StringComparison.Ordinal);
        Assert.Contains("stratified(3, seed 0)", refused.Message, StringComparison.Ordinal);
    }

    private static Folds Split(int folds, SampleGroups groups, ImmutableArray<double> strata, int classes) =>
        ((StratifiedFolds)Catalog.ParseSplitter($"stratified({folds}, seed 4)"))
        .With(strata, [.. Enumerable.Range(0, classes).Select(c => $"c{c}")])
        .Split(groups);

    private static (SampleGroups Groups, ImmutableArray<double> Classes) Samples(int n, int classes) => (
        [.. Enumerable.Range(0, n).Select(i => $"s{i:000}")],
        [.. Enumerable.Range(0, n).Select(i => (double)(i * i % 7 % classes))]);
}
