using System.Collections.Immutable;
using Pipeline.Engine.Identity;
using Pipeline.Stages.Spectra;

namespace Pipeline.Host.Tests.Reliability;

/// <summary>What lies in the data folder of a daemon that does not run.</summary>
/// <remarks>The only place of these tests that knows where and in which form the daemon keeps what it has taken.</remarks>
internal sealed class ServedData
{
    private readonly DatasetManifest _manifest;
    private readonly string _dataset;

    private ServedData(string dataset, DatasetManifest manifest)
    {
        _dataset = dataset;
        _manifest = manifest;
    }

    /// <summary>Sources that have joined: digest, and every name they came under.</summary>
    public ImmutableArray<(Fingerprint Digest, ImmutableArray<string> Names)> Sources =>
        [.. _manifest.Sources.Select(source => (source.Digest, (ImmutableArray<string>)[source.Path, .. source.Aliases]))];

    /// <summary>Ids of all samples, once for each spectrum that is kept.</summary>
    public ImmutableArray<string> SampleIds => [.. _manifest.Chunks.SelectMany(chunk => chunk.Ids)];

    /// <summary>Reference values that belong to a sample.</summary>
    public int ReferenceCount => Dataset.Join(_manifest).KnownCount;

    /// <summary>Bytes in quarantine that have a reason, by digest.</summary>
    public ImmutableArray<(Fingerprint Digest, byte[] Bytes)> Quarantined { get; private init; }

    /// <summary>Reads what a dataset holds.</summary>
    public static ServedData Read(string dataFolder, string name)
    {
        string dataset = Path.Combine(dataFolder, "datasets", name);
        using FileStream stream = File.OpenRead(Path.Combine(dataset, "manifest.json"));
        string quarantine = Path.Combine(dataset, "quarantine");
        return new ServedData(dataset, DatasetManifestJson.Read(stream))
        {
            Quarantined =
            [
                .. Directory.GetDirectories(quarantine)
                    .Where(folder => File.Exists(Path.Combine(folder, "reason.json")))
                    .Order(StringComparer.Ordinal)
                    .Select(folder => (Digest(Path.GetFileName(folder)), File.ReadAllBytes(Path.Combine(folder, "bytes")))),
            ],
        };
    }

    /// <summary>The kept bytes of a source.</summary>
    public byte[] Bytes(Fingerprint source) => File.ReadAllBytes(Path.Combine(_dataset, "sources", source.ToString()));

    /// <summary>Files that the daemon should have cleaned up: temporaries, below the whole data folder.</summary>
    public static string[] Temporaries(string dataFolder) =>
        Directory.Exists(dataFolder) ? Directory.GetFiles(dataFolder, "*.tmp", SearchOption.AllDirectories) : [];

    /// <summary>The predictions of a study, or null where there are none yet.</summary>
    public static byte[]? Predictions(string dataFolder, string study)
    {
        string path = Path.Combine(dataFolder, "studies", study, "predictions.csv");

        // The daemon may replace or delete it between the look and the reading; then there are none at this moment.
        try
        {
            return File.Exists(path) ? File.ReadAllBytes(path) : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Samples on which the model of the predictions was made.</summary>
    public static int CalibrationCount(string dataFolder, string study) =>
        File.ReadLines(Path.Combine(RunFolder(dataFolder, study), "predictions.csv")).Count() - 1;

    /// <summary>The leaderboard of the run whose model made the predictions.</summary>
    public static byte[] Leaderboard(string dataFolder, string study) =>
        File.ReadAllBytes(Path.Combine(RunFolder(dataFolder, study), "leaderboard.csv"));

    private static string RunFolder(string dataFolder, string study)
    {
        string[] lines = File.ReadAllLines(Path.Combine(dataFolder, "studies", study, "predictions.csv"));
        return Path.Combine(dataFolder, "studies", study, lines[1].Split(',')[^1]);
    }

    private static Fingerprint Digest(string text) =>
        Fingerprint.TryParse(text, out Fingerprint digest) ? digest : throw new FormatException($"'{text}' is no digest.");
}
