using Pipeline.Engine.Identity;
using Pipeline.Engine.Planning;
using Pipeline.Stages.Numerics.Random;
using Xunit;

namespace Pipeline.Engine.Tests.Planning;

public sealed class PlanTests
{
    [Fact]
    public void Of_UnitsInAnyOrder_GivesTheSameKeyAndOrder()
    {
        for (ulong seed = 0; seed < 20; seed++)
        {
            var random = new Pcg64(seed);
            WorkUnit[] units = [.. Enumerable.Range(0, 40).Select(id =>
                Unit($"unit {id}", $"chain {random.NextInt(6)}", $"folds {random.NextInt(3)}"))];
            var plan = Plan.Of(units, Limits.Tiny);
            Shuffle(units, random);
            var shuffled = Plan.Of(units, Limits.Tiny);
            Assert.Equal(plan.Key, shuffled.Key);
            Assert.True(
                plan.Units.Select(unit => unit.Key).SequenceEqual(shuffled.Units.Select(unit => unit.Key)),
                $"Seed {seed}: the order depends on how the units were given.");
            Assert.Equal(units.Select(unit => unit.Key).Order(), plan.Units.Select(unit => unit.Key).Order());
        }
    }

    [Fact]
    public void Of_OtherSetOfUnits_GivesAnotherKey()
    {
        WorkUnit[] units = [Unit("a"), Unit("b")];
        Fingerprint key = Plan.Of(units, Limits.Tiny).Key;
        Assert.NotEqual(key, Plan.Of([units[0]], Limits.Tiny).Key);
        Assert.NotEqual(key, Plan.Of([.. units, Unit("c")], Limits.Tiny).Key);
        Assert.NotEqual(key, Plan.Of([], Limits.Tiny).Key);
    }

    [Fact]
    public void Of_OtherEstimates_KeepsTheKey()
    {
        WorkUnit unit = Unit("a");
        Assert.Equal(
            Plan.Of([unit], Limits.Tiny).Key,
            Plan.Of([unit with { Estimate = new Cost(99, 99) }], Limits.Tiny).Key);
    }

    [Fact]
    public void Of_SharedNeeds_AreCountedAndTotalled()
    {
        var plan = Plan.Of(
            [
                Unit("a", "x", "y") with { Estimate = new Cost(1.5, 10) },
                Unit("b", "x", "x") with { Estimate = new Cost(2.5, 30) },
                Unit("c", "z") with { Estimate = new Cost(0, 20) },
            ],
            Limits.Tiny);
        Assert.Equal((4.0, 30, 3, 1), (plan.CpuSeconds, plan.PeakBytesMax, plan.NeedCount, plan.SharedNeedCount));
    }

    [Fact]
    public void Of_NoUnits_IsAnEmptyPlan()
    {
        var plan = Plan.Of([], Limits.Tiny);
        Assert.Empty(plan.Units);
        Assert.Equal((0.0, 0L, 0), (plan.CpuSeconds, plan.PeakBytesMax, plan.NeedCount));
        plan.RefuseWhatCannotFit(0);
    }

    [Fact]
    public void Of_BadUnits_AreRefused()
    {
        Assert.Contains(
            Key("a").ToString(),
            Assert.Throws<ArgumentException>(() => Plan.Of([Unit("a"), Unit("b"), Unit("a", "x")], Limits.Tiny)).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Plan.Of([Unit("a") with { Estimate = new Cost(double.NaN, 1) }], Limits.Tiny));
        Assert.Throws<ArgumentException>(() => Plan.Of([Unit("a") with { Estimate = new Cost(1, -1) }], Limits.Tiny));
        Assert.Throws<ArgumentException>(() => Plan.Of([Unit("a") with { Needs = default }], Limits.Tiny));
    }

    [Fact]
    public void Of_MoreUnitsThanAllowed_IsRefused()
    {
        IEnumerable<WorkUnit> units = Enumerable.Range(0, Limits.Tiny.PlanUnitsMax + 1).Select(id => Unit($"unit {id}"));
        StageException refused = Assert.Throws<StageException>(() => Plan.Of(units, Limits.Tiny));
        Assert.Contains("PlanUnitsMax", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RefuseWhatCannotFit_LargeUnit_NamesNeedCapacityAndRemedy()
    {
        WorkUnit large = Unit("large") with { Estimate = new Cost(1, 3 << 20) };
        var plan = Plan.Of([Unit("small"), large, Unit("other") with { Estimate = new Cost(1, 2 << 20) }], Limits.Tiny);
        plan.RefuseWhatCannotFit(3 << 20);
        StageException refused = Assert.Throws<StageException>(() => plan.RefuseWhatCannotFit(1 << 20));
        Assert.Equal(FailureKind.OverBudget, refused.Kind);
        foreach (string part in (string[])["2 of 3 units", "1 MiB", "3 MiB", large.Key.ToShortString(), "--memory"])
        {
            Assert.Contains(part, refused.Message, StringComparison.Ordinal);
        }
    }

    private static Fingerprint Key(string name) => new FingerprintBuilder("unit", 1).Add("name", name).ToFingerprint();

    private static WorkUnit Unit(string name, params string[] needs) =>
        new(Key(name), [.. needs.Select(Key)], new Cost(1, 100));

    private static void Shuffle(WorkUnit[] units, Pcg64 random)
    {
        for (int i = units.Length - 1; i > 0; i--)
        {
            int j = random.NextInt(i + 1);
            (units[i], units[j]) = (units[j], units[i]);
        }
    }
}
