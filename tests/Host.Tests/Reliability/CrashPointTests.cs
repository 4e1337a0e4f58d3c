using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Engine;
using Pipeline.Engine.Storage;
using Pipeline.Host.Configuration;
using Pipeline.Host.Prediction;
using Pipeline.Host.Results;
using Pipeline.Host.Runs;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Prediction;
using Pipeline.Support;
using Xunit;
using Xunit.Abstractions;

namespace Pipeline.Host.Tests.Reliability;

/// <summary>Models and results with the power cut before every step of their writing.</summary>
public sealed class CrashPointTests(ITestOutputHelper output) : IAsyncLifetime, IDisposable
{
    private const string Folder = "/disk/out/model";
    private const string Run = "/disk/out/provenance.json";

    private readonly CommandHarness _shell = new();
    private readonly CrashPoints _crashes = new(output) { SurvivorsMax = 6, ResumesAfterKill = true };
    private RunResult _old = null!;
    private RunResult _new = null!;
    private SavedModel _oldModel = null!;
    private SavedModel _newModel = null!;

    public async Task InitializeAsync()
    {
        string data = _shell.Write("data.csv", CommandHarness.Table());
        (_old, _oldModel) = await SearchAsync(data, new Study { Response = "protein", Pretreatments = ["raw"], Models = ["ridge(1e-3)"] });
        (_new, _newModel) = await SearchAsync(data, new Study { Response = "protein", Pretreatments = ["snv"], Models = ["ridge(1e-2)"] });
        Assert.NotEqual(_oldModel.Description.CandidateKey, _newModel.Description.CandidateKey);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose() => _shell.Dispose();

    [Fact]
    public void SaveModel_OverAnother_TheOldOneOrTheNewOneLoads() => SaveOverAnother(_crashes);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [Trait("speed", "slow")]
    public void SaveModel_OverAnotherWithManyOutcomes_TheOldOneOrTheNewOneLoads(int seed) =>
        SaveOverAnother(new CrashPoints(output) { SurvivorsMax = 64, ResumesAfterKill = true, Seed = seed });

    [Fact]
    public void SaveModel_TheFirst_IsThereOrNot() => _crashes.Run(
        disk => ModelFolder.Save(_newModel, Folder, disk),
        (disk, site) =>
        {
            if (site.IsFinished || disk.FolderExists(Folder))
            {
                Assert.Equal(Key(_newModel), Key(ModelFolder.Load(Folder, disk)));
            }
        });

    [Fact]
    public void RemoveModel_TheOldOneLoadsOrNoneIsThere() => _crashes.Run(
        disk => ModelFolder.Remove(Folder, disk),
        (disk, site) =>
        {
            try
            {
                Assert.Equal(Key(_oldModel), Key(ModelFolder.Load(Folder, disk)));
                Assert.False(site.IsFinished);
            }
            catch (StageException none)
            {
                Assert.Equal(FailureKind.InvalidRequest, none.Kind);
                Assert.False(disk.FolderExists(Folder));
            }
        },
        disk => ModelFolder.Save(_oldModel, Folder, disk));

    [Fact]
    public void WriteResults_OverOthers_EachFileIsTheOldOneOrTheNewOne()
    {
        Dictionary<string, string> old = TextsOf(_old);
        Dictionary<string, string> next = TextsOf(_new);
        Assert.Equal(7, next.Count);
        CrashCount count = _crashes.Run(
            disk =>
            {
                ResultFiles.RefuseUnwritable("/disk/out", disk);
                ResultFiles.Write(_new, "/disk/out", disk);
            },
            (disk, site) =>
            {
                // Times differ from writing to writing; that file only has to be whole.
                using var run = JsonDocument.Parse(StoredFiles.Bytes(disk, Run));
                foreach ((string path, string text) in next.Where(one => one.Key != Run))
                {
                    Assert.Contains(StoredFiles.Text(disk, path), site.IsFinished ? [text] : (string[])[old[path], text]);
                }
            },
            disk =>
            {
                disk.CreateFolder("/disk/out");
                ResultFiles.Write(_old, "/disk/out", disk);
            });
        Assert.InRange(count.Points, 20, 60);
    }

    [Fact]
    public void SaveModel_AnyStepFails_TheOldOneOrTheNewOneLoadsFromItsPlace()
    {
        // Each step fails once in turn. A failure that is reported leaves a model; one that is not is a saved one.
        int failures = 0;
        foreach (DiskFault fault in (DiskFault[])[DiskFault.Io, DiskFault.NoSpace])
        {
            int steps = int.MaxValue;
            for (int n = 0; n < steps; n++)
            {
                var disk = new SimulatedDisk();
                ModelFolder.Save(_oldModel, Folder, disk);
                disk.Sync();
                int failing = n;
                disk.Fault = step => step.Number == failing && IsChange(step.Action) ? fault : DiskFault.None;
                bool isRefused = false;
                try
                {
                    ModelFolder.Save(_newModel, Folder, disk);
                }
                catch (StageException refused)
                {
                    isRefused = true;
                    failures++;
                    Assert.Equal(FailureKind.Storage, refused.Kind);
                    Assert.Equal(fault == DiskFault.NoSpace, refused.IsDiskFull);
                    Assert.Contains("--out", refused.Message, StringComparison.Ordinal);
                }

                steps = Math.Min(steps, disk.StepCount + (isRefused ? int.MaxValue / 2 : 0));
                disk.Fault = _ => DiskFault.None;
                string found = Key(ModelFolder.Load(Folder, disk));
                Assert.Contains(found, isRefused ? [Key(_oldModel), Key(_newModel)] : (string[])[Key(_newModel)]);
                Assert.True(disk.FolderExists(Folder), $"step {n}");
            }
        }

        Assert.InRange(failures, 40, 100);
    }

    [Fact]
    public void SaveModel_TheLastRenameIsRefused_TheOldOneIsBackInItsPlace()
    {
        var disk = new SimulatedDisk();
        ModelFolder.Save(_oldModel, Folder, disk);
        disk.Fault = step => step.Action == DiskAction.RenameFolder && step.Path.EndsWith(".tmp", StringComparison.Ordinal) ? DiskFault.Io : DiskFault.None;
        Assert.Throws<StageException>(() => ModelFolder.Save(_newModel, Folder, disk));
        Assert.Equal(Key(_oldModel), Key(ModelFolder.Load(Folder, disk)));
        Assert.Equal([Folder], disk.List("/disk/out").Select(entry => entry.Path));
    }

    [Fact]
    public void SaveModelOfASearch_TheDiskRefusesTheNewOne_TheOldOneStays()
    {
        var disk = new SimulatedDisk();
        ModelFolder.Save(_oldModel, Folder, disk);
        disk.Fault = step => step.Action == DiskAction.Write ? DiskFault.Io : DiskFault.None;
        Assert.Throws<StageException>(() => ModelSaving.Save(_new, ModelChoice.Winner, Folder, disk));
        Assert.Equal(Key(_oldModel), Key(ModelFolder.Load(Folder, disk)));
    }

    private void SaveOverAnother(CrashPoints crashes)
    {
        CrashCount count = crashes.Run(
            disk => ModelFolder.Save(_newModel, Folder, disk),
            (disk, site) =>
            {
                string found = ModelFolder.Load(Folder, disk).Description.CandidateKey;
                Assert.Contains(found, site.IsFinished ? [Key(_newModel)] : (string[])[Key(_oldModel), Key(_newModel)]);

                // Whatever the crash has left, saving again succeeds and cleans up.
                ModelFolder.Save(_oldModel, Folder, disk);
                Assert.Equal(Key(_oldModel), Key(ModelFolder.Load(Folder, disk)));
                Assert.Equal([Folder], disk.List("/disk/out").Select(entry => entry.Path));
            },
            disk =>
            {
                disk.CreateFolder("/disk/out");
                ModelFolder.Save(_oldModel, Folder, disk);
            });
        Assert.InRange(count.Points, 30, 60);
    }

    private static bool IsChange(DiskAction action) => action
        is not (DiskAction.Open or DiskAction.Read or DiskAction.List or DiskAction.Stamp or DiskAction.Lock);

    private static string Key(SavedModel model) => model.Description.CandidateKey;

    private static Dictionary<string, string> TextsOf(RunResult result)
    {
        var disk = new SimulatedDisk();
        disk.CreateFolder("/disk/out");
        ResultFiles.Write(result, "/disk/out", disk);
        return disk.List("/disk/out").ToDictionary(entry => entry.Path, entry => StoredFiles.Text(disk, entry.Path));
    }

    private static async Task<(RunResult Result, SavedModel Model)> SearchAsync(string data, Study study)
    {
        var runs = new RunService(NullLogger<RunService>.Instance, TimeProvider.System);
        PreparedRun prepared = runs.Prepare(new SearchRequest { DataPath = data, Study = study }, PipelineOptions.Default);
        RunResult result = await runs.SearchAsync(prepared, PipelineOptions.Default, null, default);
        IStorage disk = new SimulatedDisk();
        ModelSaving.Save(result, ModelChoice.Winner, Folder, disk);
        return (result, ModelFolder.Load(Folder, disk));
    }
}
