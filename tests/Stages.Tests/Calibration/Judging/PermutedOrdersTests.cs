using Pipeline.Engine.Identity;
using Pipeline.Stages.Calibration.Judging.Permuted;
using Pipeline.Stages.Splitting;
using Xunit;

namespace Pipeline.Stages.Tests.Calibration.Judging;

public class PermutedOrdersTests
{
    private static readonly Fingerprint Folds = new FingerprintBuilder("test", 1).ToFingerprint();

    [Fact]
    public void Of_GroupsOfSeveralSizes_ExchangesWholeGroupsOfOneSize()
    {
        SampleGroups groups = ["a", "b", "b", "c", "d", "d", "e", "f", "f", "f"];
        var orders = new PermutedOrders(groups, Folds);
        Assert.Equal(0.7, orders.ExchangeableShare, 12);
        for (int number = 1; number <= 50; number++)
        {
            int[] source = orders.Of(number);
            Assert.Equal(Enumerable.Range(0, groups.Count), source.Order());
            foreach (IGrouping<string, int> group in Enumerable.Range(0, groups.Count).GroupBy(i => groups[i]))
            {
                string[] from = [.. group.Select(i => groups[source[i]]).Distinct()];
                Assert.Single(from);
                Assert.Equal(group.Count(), groups.Count<string>(name => name == from[0]));
                Assert.Equal(group.Select(i => source[i]).Order(), group.Select(i => source[i]));
            }

            Assert.Equal([7, 8, 9], source[7..]);
        }
    }

    [Fact]
    public void Of_ManyNumbers_EverySampleGoesEverywhereAlike()
    {
        // 4,000 shuffles of 10 samples: each of 100 pairs 400 times, sd 19.
        var orders = new PermutedOrders([.. Enumerable.Range(0, 10).Select(i => $"s{i}")], Folds);
        int[,] counts = new int[10, 10];
        for (int number = 0; number < 4000; number++)
        {
            int[] source = orders.Of(number);
            for (int i = 0; i < 10; i++)
            {
                counts[i, source[i]]++;
            }
        }

        Assert.All(counts.Cast<int>(), count => Assert.InRange(count, 400 - (4.5 * 19), 400 + (4.5 * 19)));
        Assert.Equal(orders.Of(17), orders.Of(17));
    }
}
