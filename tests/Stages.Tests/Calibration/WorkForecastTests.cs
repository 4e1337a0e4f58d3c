using Pipeline.Engine;
using Pipeline.Stages.Calibration;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Calibration;

public class WorkForecastTests
{
    private static readonly TimeSpan Elapsed = TimeSpan.FromSeconds(100);

    private static readonly StudyPlan Plan = MakePlan();

    private static readonly CalibrationUnit[] Pls = [.. Plan.Units.Values.Where(unit => unit.Family.Name == "pls")];
    private static readonly CalibrationUnit[] Ridge = [.. Plan.Units.Values.Where(unit => unit.Family.Name == "ridge")];

    [Fact]
    public void Remaining_NothingComputed_IsUnknown()
    {
        var forecast = new WorkForecast(Plan.Units.Values);
        Assert.Null(forecast.Remaining(Elapsed));

        // What an earlier run has finished says nothing of this one.
        forecast.Finish(Pls[0], seconds: null);
        Assert.Null(forecast.Remaining(Elapsed));
    }

    [Fact]
    public void Remaining_FamiliesMispredictedByOtherFactors_CountsEachByItsOwn()
    {
        var forecast = new WorkForecast(Plan.Units.Values);
        double taken = 0;
        foreach (CalibrationUnit unit in (CalibrationUnit[])[.. Pls, .. Ridge[..^8]])
        {
            taken += Take(forecast, unit, factor: unit.Family.Name == "pls" ? 0.5 : 20);
        }

        // One core, and nothing but these units: the clock is what they took.
        double left = Ridge[^8..].Sum(unit => 20 * unit.Work.Estimate.CpuSeconds);
        double said = forecast.Remaining(TimeSpan.FromSeconds(taken))!.Value.TotalSeconds;
        Assert.InRange(said / left, 0.8, 1.2);
        double predicted = Plan.Units.Values.Sum(unit => unit.Work.Estimate.CpuSeconds);
        double ahead = Ridge[^8..].Sum(unit => unit.Work.Estimate.CpuSeconds);
        double byTheWorkAlone = taken * ahead / (predicted - ahead);
        Assert.True(byTheWorkAlone / left < 0.8, $"{byTheWorkAlone / left}");
    }

    [Fact]
    public void Remaining_ColdStart_IsForgotten()
    {
        var forecast = new WorkForecast(Plan.Units.Values);
        double taken = Pls[..3].Sum(unit => Take(forecast, unit, factor: 10));
        double first = forecast.Remaining(TimeSpan.FromSeconds(taken))!.Value.TotalSeconds;
        foreach (CalibrationUnit unit in Pls[3..20])
        {
            taken += Take(forecast, unit, factor: 1);
        }

        double left = Pls[20..].Concat(Ridge).Sum(unit => unit.Work.Estimate.CpuSeconds);
        Assert.InRange(first / (left + Pls[3..20].Sum(unit => unit.Work.Estimate.CpuSeconds)), 2, 10.001);
        Assert.InRange(forecast.Remaining(TimeSpan.FromSeconds(taken))!.Value.TotalSeconds / left, 0.95, 1.5);
    }

    [Fact]
    public void Remaining_UnitsLeftOut_AreNotWaitedFor()
    {
        var forecast = new WorkForecast(Plan.Units.Values);
        double taken = Pls[..3].Sum(unit => Take(forecast, unit, factor: 1));
        Assert.True(taken > 0);
        foreach (CalibrationUnit unit in (CalibrationUnit[])[.. Pls[3..], .. Ridge])
        {
            forecast.Finish(unit, seconds: null);
        }

        Assert.Equal(0, forecast.Remaining(Elapsed)!.Value.TotalSeconds, 1e-6);
    }

    [Fact]
    public void Remaining_ClockThatStoodStill_IsUnknownOrNothing()
    {
        var forecast = new WorkForecast(Plan.Units.Values);
        foreach (CalibrationUnit unit in Pls)
        {
            forecast.Finish(unit, seconds: 0);
        }

        Assert.Null(forecast.Remaining(Elapsed));
        forecast.Finish(Ridge[0], seconds: double.Epsilon);
        Assert.Null(forecast.Remaining(TimeSpan.MaxValue));
    }

    private static double Take(WorkForecast forecast, CalibrationUnit unit, double factor)
    {
        double seconds = factor * unit.Work.Estimate.CpuSeconds;
        forecast.Finish(unit, seconds);
        return seconds;
    }

    private static StudyPlan MakePlan()
    {
        Study study = FlowHarness.SmallStudy with { Subsets = ["full"], Pretreatments = [.. Enumerable.Range(2, 30).Select(half => $"sg({(2 * half) + 1},2,1)")] };
        BoundStudy bound = StudyBinding.Bind(study, TestChunks.Make(n: 40, p: 80, seed: 7));
        return StudyPlanner.Plan(bound.Study, bound.Set.Manifest, Limits.Default);
    }
}
