using System.Collections.Immutable;
using Microsoft.Extensions.Configuration;
using Pipeline.Engine;
using Pipeline.Engine.Cache.Disk;
using Pipeline.Engine.Identity;
using Pipeline.Engine.State;
using Pipeline.Engine.Storage;
using Pipeline.Host.Runs;
using Pipeline.Host.State;
using Pipeline.Host.Tests.Inbox;
using Pipeline.Host.Upkeep.Checks;

namespace Pipeline.Host.Tests.Upkeep.Checks;

/// <summary>Settings, data and a machine that are in order but for one quarantined file, until a test spoils something.</summary>
internal sealed class CheckedWorld : IDisposable
{
    private readonly CommandHarness _shell = new();

    public CheckedWorld(LaboratoryData laboratory)
    {
        Data = laboratory.CopyTo(_shell.PathOf("data"));
        Inbox = Directory.CreateDirectory(_shell.PathOf("inbox")).FullName;
        Study = _shell.PathOf("study.json");
        File.Copy(laboratory.StudyPath, Study);
        Settings =
            $$"""
            {
              "Pipeline": {
                "Data": "{{Data}}",
                "Memory": "1 GiB", "Threads": 1,
                "Folders": [
                  { "Name": "instrument", "Path": "{{Inbox}}", "Dataset": "wheat" }
                ],
                "Studies": [
                  { "Name": "protein", "Dataset": "wheat",
                    "Study": "{{Study}}" }
                ]
              }
            }
            """;
        Facts = MachineFacts.Read(TimeProvider.System) with
        {
            MemoryBytes = 8L << 30,
            Processors = 2,
            OpenFilesMax = 65536,
            WatchesMax = 8192,
            WatchersMax = 128,
            HasLz4 = true,
            HasZstandard = true,
        };
    }

    public string Data { get; }

    public string Inbox { get; }

    public string Study { get; }

    /// <summary>The settings file's text.</summary>
    public string Settings { get; set; }

    public MachineFacts Facts { get; set; }

    public FailingStorage Storage { get; } = new() { Free = _ => 100L << 30 };

    /// <summary>Where the settings lie.</summary>
    public string SettingsPath => _shell.PathOf("settings.json");

    /// <summary>The first file below the data folder whose path contains a text.</summary>
    public string FileOf(string text) =>
        Path.Combine(Data, LaboratoryData.Files(Data).First(file => file.Contains(text, StringComparison.Ordinal)));

    /// <summary>Puts a file into the cache whose checksum does not hold; what a search spills depends on how fast the machine is.</summary>
    public void DamageCache()
    {
        var name = new ArtifactFileName(Fingerprint.OfBytes([1]), "moments", ComputeMicroseconds: 1000, PayloadBytes: 8);
        string path = name.PathBelow(RunMemory.CacheFolder(Data));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, new byte[name.FileBytes]);
    }

    /// <summary>Has the settings of HTTP end with the path of a file, which is written.</summary>
    public void SetHttp(string before, string file, string content)
    {
        string path = _shell.Write(file, content);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        Set("\"Threads\": 1,", $"\"Threads\": 1, \"Http\": {{ {before}\"{path}\" }},");
    }

    /// <summary>Replaces a text of the settings, which must be there.</summary>
    public void Set(string from, string to)
    {
        string changed = Settings.Replace(from, to, StringComparison.Ordinal);
        Settings = changed != Settings ? changed : throw new InvalidOperationException($"The settings have no {from}.");
    }

    /// <summary>Changes the state as its one writer.</summary>
    public void Change(string sql)
    {
        StateDatabase state = HostSchema.Open(Data, new LocalStorage(), Limits.Default, TimeProvider.System);
        state.CommitAsync(transaction => transaction.Execute(sql)).GetAwaiter().GetResult();
        state.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    /// <summary>Runs all checks.</summary>
    public ImmutableArray<Finding> Check()
    {
        File.WriteAllText(SettingsPath, Settings);
        return Checkup.Run(new ConfigurationBuilder().Build(), SettingsPath, dataPath: null, Storage, Facts, default);
    }

    public void Dispose() => _shell.Dispose();
}
