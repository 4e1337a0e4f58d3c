using System.Globalization;
using Pipeline.Engine.Storage;
using Xunit.Abstractions;

namespace Pipeline.Support;

/// <summary>Where a crash happened, and what is known about it.</summary>
/// <param name="Point">The step that was prevented, from 0.</param>
/// <param name="PointCount">Number of steps of the scenario.</param>
/// <param name="Survivor">The number of the outcome.</param>
/// <param name="IsResumed">True when the scenario was killed at the point, run again to its end, and then met a power cut.</param>
public readonly record struct CrashSite(int Point, int PointCount, int Survivor, bool IsResumed)
{
    /// <summary>True when the scenario had come to its end before the crash: what it promised must be there.</summary>
    public bool IsFinished => IsResumed || Point == PointCount;
}

/// <summary>What a run over crash points has covered.</summary>
/// <param name="Points">Different crash points, the end of the scenario included.</param>
/// <param name="Recoveries">Disks that were opened and checked.</param>
public readonly record struct CrashCount(int Points, int Recoveries);

/// <summary>One scenario with a world of its own; a new one is made for every single crash.</summary>
/// <remarks>Override what is needed. State beside the disk (a database in a temporary folder) belongs into the object.</remarks>
public abstract class CrashCase : IDisposable
{
    /// <summary>Makes what was there before; it is durable and not crashed.</summary>
    public virtual Task PrepareAsync(SimulatedDisk disk) => Task.CompletedTask;

    /// <summary>What is crashed; it must do the same steps each time.</summary>
    public abstract Task ScenarioAsync(SimulatedDisk disk);

    /// <summary>Opens what is left and asserts; it may go on working on the disk.</summary>
    public abstract Task CheckAsync(SimulatedDisk disk, CrashSite site);

    /// <summary>Removes what lies beside the disk.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Removes what lies beside the disk.</summary>
    protected virtual void Dispose(bool isDisposing)
    {
    }
}

/// <summary>Crashes a scenario before each of its steps on a simulated disk, and checks every disk that may be left.</summary>
public sealed class CrashPoints(ITestOutputHelper output)
{
    /// <summary>The most outcomes tried for one crash point; fewer where there are fewer, all of them.</summary>
    public int SurvivorsMax { get; init; } = 24;

    /// <summary>Where the draws begin.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Also kills the process at each point, runs the scenario again to its end and then cuts the power.</summary>
    /// <remarks>Finds what a second run takes for durable because it is there.</remarks>
    public bool ResumesAfterKill { get; init; }

    /// <summary>Takes only every n-th point, beginning anywhere among the first n; the end of the scenario is always taken.</summary>
    public int Stride { get; init; } = 1;

    /// <summary>A scenario that needs nothing but the disk.</summary>
    public CrashCount Run(Action<IStorage> scenario, Action<IStorage, CrashSite> check, Action<IStorage>? prepare = null)
    {
        Task<CrashCount> run = RunAsync(() => new PlainCase(scenario, check, prepare ?? (_ => { })));
        return run.IsCompleted ? run.GetAwaiter().GetResult() : throw new InvalidOperationException("A plain scenario never waits.");
    }

    /// <summary>A scenario with a world of its own.</summary>
    public async Task<CrashCount> RunAsync(Func<CrashCase> newCase)
    {
        int pointCount = await CountAsync(newCase);
        int recoveries = 0;
        int points = 0;
        for (int point = 0; point <= pointCount; point++)
        {
            if (point % Stride != Seed % Stride && point != pointCount)
            {
                continue;
            }

            points++;
            for (int pass = 0; pass < (ResumesAfterKill ? 2 : 1); pass++)
            {
                int survivors = 1;
                for (int survivor = 0; survivor < survivors; survivor++)
                {
                    survivors = await CrashAsync(newCase, new CrashSite(point, pointCount, survivor, pass == 1));
                    recoveries++;
                }
            }
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{points} of {pointCount + 1} crash points, {recoveries} recoveries, seed {Seed}."));
        return new CrashCount(points, recoveries);
    }

    private static async Task<int> CountAsync(Func<CrashCase> newCase)
    {
        using CrashCase one = newCase();
        var disk = new SimulatedDisk();
        await one.PrepareAsync(disk);
        disk.Sync();
        await one.ScenarioAsync(disk);
        return disk.StepCount;
    }

    private async Task<int> CrashAsync(Func<CrashCase> newCase, CrashSite site)
    {
        using CrashCase one = newCase();
        var disk = new SimulatedDisk();
        await one.PrepareAsync(disk);
        disk.Sync();
        disk.PowerCutAt = site.Point;

        // The crash is what is wanted; whatever code under test makes of it, its process is gone.
        try
        {
            await one.ScenarioAsync(disk);
        }
        catch (Exception) when (disk.IsOff)
        {
        }

        string step = disk.StepCount == site.PointCount ? "the end" : disk.LastStep.ToString() ?? "";
        try
        {
            if (site.IsResumed)
            {
                disk = disk.Restarted();
                await one.ScenarioAsync(disk);
            }

            int count = disk.SurvivorCount(SurvivorsMax);
            await one.CheckAsync(disk.Survivor(site.Survivor, SurvivorsMax, Seed), site);
            return count;
        }
        catch (Exception failure)
        {
            // Whatever it is, it needs the place where it happened.
            throw new InvalidOperationException($"Crash before {step}: {site}, seed {Seed}. {failure.Message}", failure);
        }
    }

    private sealed class PlainCase(Action<IStorage> scenario, Action<IStorage, CrashSite> check, Action<IStorage> prepare) : CrashCase
    {
        public override Task PrepareAsync(SimulatedDisk disk)
        {
            prepare(disk);
            return Task.CompletedTask;
        }

        public override Task ScenarioAsync(SimulatedDisk disk)
        {
            scenario(disk);
            return Task.CompletedTask;
        }

        public override Task CheckAsync(SimulatedDisk disk, CrashSite site)
        {
            check(disk, site);
            return Task.CompletedTask;
        }
    }
}
