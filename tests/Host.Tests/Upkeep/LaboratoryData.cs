using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Engine;
using Pipeline.Host.Configuration;
using Pipeline.Host.Datasets;
using Pipeline.Host.Demo;
using Pipeline.Host.Runs;
using Pipeline.Host.Service;
using Xunit;

namespace Pipeline.Host.Tests.Upkeep;

/// <summary>The data folder of a daemon that has worked and stopped: spectra, references, a quarantined file, a study with its model.</summary>
/// <remarks>Made once for all tests of its collection, which get copies.</remarks>
public sealed class LaboratoryData : IAsyncLifetime, IDisposable
{
    /// <summary>The collection of those who want copies.</summary>
    public const string Collection = "laboratory data";

    private static readonly TimeSpan PatienceMax = TimeSpan.FromSeconds(120);

    private readonly CommandHarness _shell = new();

    internal DemoCase Demo => field ??= DemoCase.Of(seed: 3, small: true, _shell.PathOf("laboratory"));

    /// <summary>The study file.</summary>
    public string StudyPath { get; private set; } = "";

    public async Task InitializeAsync()
    {
        var laboratory = new DemoLaboratory(Demo);
        StudyPath = laboratory.Prepare();
        using var stop = new CancellationTokenSource();
        await using Daemon daemon = await Daemon.OpenAsync(
            Demo.DaemonOptions(StudyPath),
            PipelineOptions.Default with { Base = Limits.Default with { ResultRowBytesMax = 4096 } },
            new RunService(NullLogger<RunService>.Instance, TimeProvider.System),
            TimeProvider.System,
            NullLogger<Daemon>.Instance,
            laboratory.Tell);
        Task running = daemon.RunAsync(stop.Token);
        laboratory.DropSpoiltText("spoilt.csv", Demo.Measured(0, 5));
        await laboratory.WaitAsync<DaemonEvent.SourceIngested>(one => one.Outcome.Kind == IngestKind.Quarantined, running, default).WaitAsync(PatienceMax);
        laboratory.DropArrow("first.arrow", Demo.Measured(0, 60));
        laboratory.DropReferences("references.csv");
        await laboratory.WaitAsync<DaemonEvent.StudyCompleted>(_ => true, running, default).WaitAsync(PatienceMax);
        laboratory.DropText("later.csv", Demo.Measured(60, 30));
        await laboratory.WaitAsync<DaemonEvent.SpectraPredicted>(one => one.Rows.Length == 30, running, default).WaitAsync(PatienceMax);
        await stop.CancelAsync();
        await running.WaitAsync(PatienceMax);
    }

    /// <summary>A copy of the data folder.</summary>
    public string CopyTo(string folder)
    {
        foreach (string file in Files(Demo.Data))
        {
            string target = Path.Combine(folder, file);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(Path.Combine(Demo.Data, file), target);
        }

        return folder;
    }

    /// <summary>All files of a folder, as paths below it with slashes, in order.</summary>
    public static string[] Files(string folder) =>
    [
        .. Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(folder, file).Replace('\\', '/'))
            .Order(StringComparer.Ordinal),
    ];

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose() => _shell.Dispose();
}

/// <summary>Tests that share one laboratory's data.</summary>
[CollectionDefinition(LaboratoryData.Collection)]
public sealed class LaboratoryDataGroup : ICollectionFixture<LaboratoryData>;
