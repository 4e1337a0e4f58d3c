using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Engine.Planning;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Calibration.Judging.Permuted;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Calibration;

public class WorkForecastTests
{
    // What is predicted for a unit of each family, and how many times as long it takes.
    private static readonly ImmutableDictionary<string, (double Predicted, double Factor)> Families = new Dictionary<string, (double, double)>
    {
        ["pls"] = (0.4, 5), ["pcr"] = (1, 0.2), ["ridge"] = (2, 1), ["krr"] = (5, 0.4), ["gp"] = (3, 2.5), ["lasso"] = (0.5, 4),
    }.ToImmutableDictionary();

    private static readonly StudyPlan Plan = MakePlan(["pls(6)", "ridge"], chains: 30);
    private static readonly CalibrationUnit[] Pls = [.. Plan.Units.Values.Where(unit => unit.Family.Name == "pls")];
    private static readonly CalibrationUnit[] Ridge = [.. Plan.Units.Values.Where(unit => unit.Family.Name == "ridge")];

    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public void Remaining_NothingComputed_IsUnknown()
    {
        var forecast = new WorkForecast(Plan.Units.Values, _clock);
        Assert.Null(forecast.Remaining());

        // What an earlier run has finished says nothing of this one, nor does what has not ended.
        forecast.Finish(Pls[0], isTelling: false);
        forecast.Begin(Pls[1]);
        _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Null(forecast.Remaining());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Remaining_FamiliesMispredictedByFactorsFromAFifthToFive_Holds(int cores)
    {
        // Each family once, then family after family, as where one chain is left to search after another: what has been done says
        // little of what is ahead but for the units of the first chain. Every core computes a unit of its own.
        CalibrationUnit[] all =
        [
            .. MakePlan([.. Families.Keys.Select(name => name is "pls" or "pcr" ? $"{name}(6)" : name)], chains: 16).Units.Values
                .Select(unit => unit with { Work = unit.Work with { Estimate = new Cost(Families[unit.Family.Name].Predicted, 1) } }),
        ];
        Assert.Equal(6 * 16, all.Length);
        string first = all[0].Chain.Notation;
        CalibrationUnit[] units =
        [
            .. all.OrderBy(unit => unit.Chain.Notation != first)
                .ThenBy(unit => unit.Family.Name, StringComparer.Ordinal)
                .ThenBy(unit => unit.Chain.Notation, StringComparer.Ordinal),
        ];
        double whole = Simulate(units, cores, lookAt: null, out _, out _);
        foreach (double part in (double[])[0.15, 0.5, 0.85])
        {
            Simulate(units, cores, part * whole, out double? said, out double byOneRatio);
            double left = (1 - part) * whole;
            Assert.True(said / left is > 0.7 and < 1.3, $"At {part}: said {said}, true {left}.");

            // One ratio for all would not do: the test tells the two apart.
            Assert.True(part != 0.5 || byOneRatio / left > 2, $"{byOneRatio} of {left}");
        }
    }

    [Fact]
    public void Remaining_ColdStart_IsForgotten()
    {
        var forecast = new WorkForecast(Plan.Units.Values, _clock);
        foreach (CalibrationUnit unit in Pls[..3])
        {
            Take(forecast, unit, factor: 10);
        }

        double first = Said(forecast);
        foreach (CalibrationUnit unit in Pls[3..20])
        {
            Take(forecast, unit, factor: 1);
        }

        double left = Pls[20..].Concat(Ridge).Sum(unit => unit.Work.Estimate.CpuSeconds);
        Assert.InRange(first / (left + Pls[3..20].Sum(unit => unit.Work.Estimate.CpuSeconds)), 2, 10.001);
        Assert.InRange(Said(forecast) / left, 0.7, 1.5);
    }

    [Fact]
    public void Remaining_UnitInHand_CountsDownAndDoubtsItselfWhenOverdue()
    {
        var forecast = new WorkForecast(Pls, _clock);
        foreach (CalibrationUnit unit in Pls[..^2])
        {
            Take(forecast, unit, factor: 3);
        }

        double expected = 3 * Pls[^2].Work.Estimate.CpuSeconds;
        double next = 3 * Pls[^1].Work.Estimate.CpuSeconds;
        Assert.Equal(expected + next, Said(forecast), 0.1 * expected);
        forecast.Begin(Pls[^2]);
        Advance(expected / 2);
        Assert.Equal((expected / 2) + next, Said(forecast), 0.1 * expected);
        Advance(3.5 * expected);
        double late = Said(forecast);

        // Four times as long as expected, which says something of the unit ahead.
        Assert.InRange(late, 1.02 * next, 2 * next);
        Advance(4 * expected);
        Assert.True(Said(forecast) > late);
    }

    [Fact]
    public void Remaining_UnitsSideBySide_ShareTheClock()
    {
        var forecast = new WorkForecast(Pls, _clock);
        double predicted = Pls[0].Work.Estimate.CpuSeconds;
        for (int i = 0; i < Pls.Length - 2; i += 2)
        {
            forecast.Begin(Pls[i]);
            forecast.Begin(Pls[i + 1]);
            Advance(4 * predicted);
            forecast.Finish(Pls[i], isTelling: true);
            forecast.Finish(Pls[i + 1], isTelling: true);
        }

        // Two more take as long as two took.
        Assert.Equal(4 * predicted, Said(forecast), 0.2 * predicted);
    }

    [Fact]
    public void Remaining_UnitThatIsLeft_LiesAheadAgain()
    {
        var forecast = new WorkForecast(Pls, _clock);
        foreach (CalibrationUnit unit in Pls[1..])
        {
            Take(forecast, unit, factor: 1);
        }

        double before = Said(forecast);
        forecast.Begin(Pls[0]);
        Advance(before / 2);
        forecast.Leave(Pls[0]);
        Assert.Equal(before, Said(forecast), 1e-2 * before);

        // Begun anew, it has only that time behind it.
        forecast.Begin(Pls[0]);
        Advance(before / 2);
        forecast.Begin(Pls[0]);
        Assert.Equal(before, Said(forecast), 1e-2 * before);
    }

    [Fact]
    public void Remaining_NullOfAFamily_IsExpectedToErrAsTheFamilyDoes()
    {
        CalibrationUnit[] nulls =
        [
            .. Pls.Select(unit => unit with { Family = new NullFamily(unit.Family, new PermutedOrders(Plan.Manifest.Groups, Plan.FoldsKey), 9) }),
        ];
        var forecast = new WorkForecast([.. Pls, .. Ridge, .. nulls], _clock);
        foreach (CalibrationUnit unit in Pls)
        {
            Take(forecast, unit, factor: 8);
        }

        foreach (CalibrationUnit unit in Ridge)
        {
            Take(forecast, unit, factor: 0.2);
        }

        Assert.InRange(Said(forecast) / (8 * nulls.Sum(unit => unit.Work.Estimate.CpuSeconds)), 0.8, 1.1);
    }

    [Fact]
    public void Remaining_UnitsLeftOut_AreNotWaitedFor()
    {
        var forecast = new WorkForecast(Plan.Units.Values, _clock);
        foreach (CalibrationUnit unit in Pls[..3])
        {
            Take(forecast, unit, factor: 1);
        }

        Assert.True(Said(forecast) > 0);
        foreach (CalibrationUnit unit in (CalibrationUnit[])[.. Pls[3..], .. Ridge])
        {
            forecast.Finish(unit, isTelling: false);
        }

        Assert.Equal(0, Said(forecast), 1e-9);
    }

    [Fact]
    public void Remaining_ClockThatStoodStill_IsUnknown()
    {
        var forecast = new WorkForecast(Plan.Units.Values, _clock);
        foreach (CalibrationUnit unit in Pls)
        {
            forecast.Begin(unit);
            forecast.Finish(unit, isTelling: true);
        }

        Assert.Null(forecast.Remaining());
    }

    /// <summary>Runs units on some cores, the next one wherever one is free.</summary>
    /// <param name="units">In their order.</param>
    /// <param name="cores">How many run at once.</param>
    /// <param name="lookAt">When the forecast is asked; never if null.</param>
    /// <param name="said">What it said.</param>
    /// <param name="byOneRatio">What the share of predictions that is done would have said.</param>
    /// <returns>When the last one ended, in seconds.</returns>
    private static double Simulate(CalibrationUnit[] units, int cores, double? lookAt, out double? said, out double byOneRatio)
    {
        var clock = new ManualTimeProvider();
        var forecast = new WorkForecast(units, clock);
        var running = new PriorityQueue<CalibrationUnit, double>();
        double now = 0;
        int next = 0;
        double done = 0;
        said = null;
        byOneRatio = 0;
        while (next < units.Length || running.Count > 0)
        {
            while (next < units.Length && running.Count < cores)
            {
                forecast.Begin(units[next]);
                running.Enqueue(units[next], now + (Families[units[next].Family.Name].Factor * units[next].Work.Estimate.CpuSeconds));
                next++;
            }

            running.TryPeek(out CalibrationUnit? ended, out double end);
            if (lookAt is { } when && when >= now && when < end)
            {
                clock.Advance(TimeSpan.FromSeconds(when - now));
                said = forecast.Remaining()?.TotalSeconds;
                byOneRatio = when * (units.Sum(unit => unit.Work.Estimate.CpuSeconds) - done) / done;
                return now;
            }

            clock.Advance(TimeSpan.FromSeconds(end - now));
            now = end;
            running.Dequeue();
            done += ended!.Work.Estimate.CpuSeconds;
            forecast.Finish(ended, isTelling: true);
        }

        return now;
    }

    private static double Said(WorkForecast forecast) => forecast.Remaining()!.Value.TotalSeconds;

    private static StudyPlan MakePlan(ImmutableArray<string> models, int chains)
    {
        Study study = FlowHarness.SmallStudy with
        {
            Subsets = ["full"],
            Models = models,
            Pretreatments = [.. Enumerable.Range(2, chains).Select(half => $"sg({(2 * half) + 1},2,1)")],
        };
        BoundStudy bound = StudyBinding.Bind(study, TestChunks.Make(n: 40, p: 80, seed: 7));
        return StudyPlanner.Plan(bound.Study, bound.Set.Manifest, Limits.Default);
    }

    private void Take(WorkForecast forecast, CalibrationUnit unit, double factor)
    {
        forecast.Begin(unit);
        Advance(factor * unit.Work.Estimate.CpuSeconds);
        forecast.Finish(unit, isTelling: true);
    }

    private void Advance(double seconds) => _clock.Advance(TimeSpan.FromSeconds(seconds));
}
