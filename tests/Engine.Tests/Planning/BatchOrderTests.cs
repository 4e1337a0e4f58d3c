using System.Collections.Immutable;
using Pipeline.Engine.Identity;
using Pipeline.Engine.Planning;
using Pipeline.Stages.Numerics.Random;
using Xunit;

namespace Pipeline.Engine.Tests.Planning;

public sealed class BatchOrderTests
{
    [Fact]
    public void Of_NestedNeeds_MakesEveryGroupContiguous()
    {
        List<WorkUnit> units = [];
        for (int i = 0; i < 60; i++)
        {
            units.Add(Unit(i, "dataset", $"chain {i % 6}", $"block {i % 6} {i % 12 / 6}"));
        }

        ImmutableArray<WorkUnit> ordered = BatchOrder.Of(units);
        Assert.All(NeedsOf(units), need => Assert.Equal(1, GroupsOf(ordered, need)));
    }

    [Fact]
    public void Of_GridOfChainsAndFolds_MakesTheManyContiguous()
    {
        List<WorkUnit> units = [];
        for (int i = 0; i < 60; i++)
        {
            units.Add(Unit(i, $"folds {i % 3}", $"chain {i / 3}"));
        }

        ImmutableArray<WorkUnit> ordered = BatchOrder.Of(units);
        Assert.All(Enumerable.Range(0, 20), chain => Assert.Equal(1, GroupsOf(ordered, Key($"chain {chain}"))));
    }

    [Fact]
    public void Of_NothingShared_IsTheOrderOfKeys()
    {
        WorkUnit[] units = [.. Enumerable.Range(0, 20).Select(i => Unit(i, $"need {i}"))];
        Assert.Equal(units.Select(unit => unit.Key).Order(), BatchOrder.Of(units).Select(unit => unit.Key));
    }

    // Aim: the rule as it is written. Method: random needs; every choice is checked against all units left.
    [Fact]
    public void Of_RandomNeeds_AlwaysTakesTheSmallestThatSharesTheRarest()
    {
        for (ulong seed = 0; seed < 50; seed++)
        {
            var random = new Pcg64(seed);
            WorkUnit[] units = [.. Enumerable.Range(0, 40).Select(i => Unit(
                i, [.. Enumerable.Range(0, random.NextInt(4)).Select(_ => $"need {random.NextInt(15)}")]))];
            ImmutableArray<WorkUnit> ordered = BatchOrder.Of(units);
            for (int i = 1; i < ordered.Length; i++)
            {
                IEnumerable<WorkUnit> left = ordered.Skip(i);
                Fingerprint? shared = ordered[i - 1].Needs
                    .OrderBy(need => units.Count(unit => unit.Needs.Contains(need))).ThenBy(need => need)
                    .Where(need => left.Any(unit => unit.Needs.Contains(need)))
                    .Select(need => (Fingerprint?)need).FirstOrDefault();
                Fingerprint expected = left.Where(unit => shared is null || unit.Needs.Contains(shared.Value))
                    .Min(unit => unit.Key);
                Assert.True(expected == ordered[i].Key, $"Seed {seed}: unit {i} is not the one expected.");
            }
        }
    }

    private static Fingerprint Key(string name) => new FingerprintBuilder("unit", 1).Add("name", name).ToFingerprint();

    private static WorkUnit Unit(int id, params string[] needs) =>
        new(Key($"unit {id}"), [.. needs.Select(Key)], new Cost(1, 1));

    private static IEnumerable<Fingerprint> NeedsOf(IEnumerable<WorkUnit> units) =>
        units.SelectMany(unit => unit.Needs).Distinct();

    private static int GroupsOf(ImmutableArray<WorkUnit> units, Fingerprint need)
    {
        int groups = 0;
        for (int i = 0; i < units.Length; i++)
        {
            if (units[i].Needs.Contains(need) && (i == 0 || !units[i - 1].Needs.Contains(need)))
            {
                groups++;
            }
        }

        return groups;
    }
}
