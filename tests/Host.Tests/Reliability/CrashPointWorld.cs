using System.Globalization;
using Microsoft.Data.Sqlite;
using Pipeline.Engine;
using Pipeline.Engine.Identity;
using Pipeline.Engine.State;
using Pipeline.Engine.Storage;
using Pipeline.Host.State;
using Pipeline.Support;
using Xunit;
using Xunit.Abstractions;

namespace Pipeline.Host.Tests.Reliability;

/// <summary>A scenario whose files lie on a simulated disk and whose state lies in a real database beside it.</summary>
/// <remarks>
/// The database is in a temporary folder of its own. Its commits are steps of the simulated disk: they are crash points, before
/// and after, and fail as writes do. What has been committed is durable; a process that has lost its disk commits nothing more.
/// </remarks>
internal abstract class CrashPointWorld : CrashCase
{
    protected const string DataFolder = "/disk/data";

    private readonly string _root = Directory.CreateTempSubdirectory("crash-point-").FullName;

    /// <summary>What the operator was told by the process that is running or ran last.</summary>
    public List<string> Told { get; } = [];

    /// <summary>Where the real database lies.</summary>
    protected string StatePath => Path.Combine(_root, "state.db");

    /// <summary>What must be the same in the end, whatever happened on the way.</summary>
    public abstract Task<string> FinalStateAsync(SimulatedDisk disk);

    /// <summary>One life of a process that goes on when its disk fails, and is started again where it cannot start.</summary>
    protected abstract Task LiveAsync(SimulatedDisk disk, StateDatabase state);

    /// <inheritdoc/>
    public override Task ScenarioAsync(SimulatedDisk disk) => WithStateAsync(disk, state => LiveAsync(disk, state));

    /// <summary>Opens the database for a body, and lets it die with its disk.</summary>
    protected async Task WithStateAsync(SimulatedDisk disk, Func<StateDatabase, Task> body)
    {
        // One change for each commit, so that the number of commits does not depend on time.
        StateDatabase state = StateDatabase.Open(
            StatePath, [StateSchema.Engine, HostSchema.Tables], new LocalStorage(), LimitsOfTheWorld, TimeProvider.System);
        state.Probe = _ => Commit(disk);
        try
        {
            await body(state);
        }
        finally
        {
            if (disk.IsOff)
            {
                // The end of the writer: a process that is gone does not close its database. How it refuses does not matter.
                await state.CommitAsync(_ => { }).ContinueWith(_ => { }, TaskScheduler.Default);
            }

            await state.DisposeAsync();
        }
    }

    /// <summary>Limits that make the number of steps the same each time, and every result a file.</summary>
    protected static Limits LimitsOfTheWorld { get; } = Limits.Default with
    {
        CommitChangesMax = 1,
        ResultRowBytesMax = 0,
        UnitsInFlightMax = 1,
        BudgetBytesMax = 64 << 20,
        CacheBytesMax = 16 << 20,
    };

    /// <summary>Every file below a folder with the digest of its bytes, but for those that hold times.</summary>
    protected static IEnumerable<string> Tree(IStorage disk, string folder)
    {
        foreach (StoredEntry entry in disk.FolderExists(folder) ? disk.List(folder) : [])
        {
            Assert.False(StorageNames.IsTemporary(entry.Path), $"'{entry.Path}' is left over.");
            string name = Path.GetFileName(entry.Path);
            if (entry.IsFolder)
            {
                foreach (string inner in Tree(disk, entry.Path))
                {
                    yield return inner;
                }
            }
            else
            {
                byte[] bytes = StoredFiles.Bytes(disk, entry.Path);
                yield return name is "reason.json" or "provenance.json" ? entry.Path : $"{entry.Path} {Fingerprint.OfBytes(bytes)}";
            }
        }
    }

    /// <summary>Compares two final states and names the lines that differ.</summary>
    protected static void AssertSame(string expected, string found)
    {
        string[] missing = [.. expected.Split('\n').Except(found.Split('\n'))];
        string[] additional = [.. found.Split('\n').Except(expected.Split('\n'))];
        Assert.True(expected == found, $"Missing:\n{string.Join('\n', missing)}\nadditional:\n{string.Join('\n', additional)}");
    }

    /// <inheritdoc/>
    protected override void Dispose(bool isDisposing)
    {
        Directory.Delete(_root, recursive: true);
        base.Dispose(isDisposing);
    }

    /// <summary>Lets each step fail once in turn, then each step and all that follow until there is space again.</summary>
    /// <returns>Failures that were brought about, and told.</returns>
    public static async Task<int> FailEverywhereAsync(Func<CrashPointWorld> newWorld, ITestOutputHelper output, int stride, int seed)
    {
        int stepCount;
        using (CrashPointWorld undisturbed = newWorld())
        {
            var disk = new SimulatedDisk();
            await undisturbed.PrepareAsync(disk);
            disk.Sync();
            await undisturbed.ScenarioAsync(disk);
            stepCount = disk.StepCount;
        }

        int failures = 0;
        foreach (Fault fault in (Fault[])[new(DiskFault.NoSpace, false), new(DiskFault.Io, false), new(DiskFault.NoSpace, true)])
        {
            for (int point = seed % stride; point < stepCount; point += stride)
            {
                failures += await FailAsync(newWorld, fault, point) ? 1 : 0;
            }
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{failures} failures at {stepCount} steps, stride {stride}, seed {seed}."));
        return failures;
    }

    private static async Task<bool> FailAsync(Func<CrashPointWorld> newWorld, Fault fault, int point)
    {
        using CrashPointWorld world = newWorld();
        var disk = new SimulatedDisk();
        await world.PrepareAsync(disk);
        disk.Sync();
        DiskStep? failed = null;
        DiskStep before = default;
        bool isAboutNothing = false;
        disk.Fault = step =>
        {
            (DiskStep previous, before) = (before, step);
            bool isHere = fault.IsLasting ? step.Number >= point : step.Number == point;
            if (!isHere || !fault.MayStrike(step.Action))
            {
                return DiskFault.None;
            }

            if (failed is null)
            {
                failed = step;

                // A temporary that nothing reads stays until the next start, and nobody needs to know.
                DiskStep removal = step.Action == DiskAction.FlushFolder ? previous : step;
                isAboutNothing = removal.Action == DiskAction.Remove && StorageNames.IsTemporary(removal.Path);
            }

            return fault.Kind;
        };
        try
        {
            // What cannot start is started again when the disk works.
            try
            {
                await world.ScenarioAsync(disk);
            }
            catch (StageException refused) when (refused.Kind == FailureKind.Storage)
            {
                world.Told.Add(refused.Message);
            }

            disk.Fault = _ => DiskFault.None;
            Assert.True(failed is null || isAboutNothing || world.Told.Count > 0, "Nobody was told.");
            await world.CheckAsync(disk, new CrashSite(point, point + 1, 0, false));
        }
        catch (Exception failure) when (failed is { } step)
        {
            throw new InvalidOperationException($"{fault.Kind}{(fault.IsLasting ? " from here" : "")} at {step}: {failure.Message}", failure);
        }

        return failed is not null;
    }

    private static void Commit(SimulatedDisk disk)
    {
        // What the simulated disk refuses, SQLite tells in its own way.
        try
        {
            disk.Commit("state.db");
        }
        catch (IOException refused)
        {
            throw new SqliteException("injected", DiskFull.IsReasonOf(refused) ? SQLitePCL.raw.SQLITE_FULL : SQLitePCL.raw.SQLITE_IOERR);
        }
    }

    /// <summary>How steps fail.</summary>
    private readonly record struct Fault(DiskFault Kind, bool IsLasting)
    {
        /// <summary>A full disk still forgets and renames; an error comes with whatever makes bytes durable.</summary>
        public bool MayStrike(DiskAction action) => Kind == DiskFault.Io
            ? action is DiskAction.Flush or DiskAction.FlushFolder or DiskAction.Commit
            : action is DiskAction.Create or DiskAction.Write or DiskAction.Flush or DiskAction.MakeFolder or DiskAction.Commit;
    }
}
