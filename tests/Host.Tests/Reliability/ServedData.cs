using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Pipeline.Engine.Identity;
using Pipeline.Engine.State;
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

        SqliteLibrary.Use();

        // Read-only, for the daemon may be running: it alone writes.
        using var connection = new SqliteConnection($"Data Source={Path.Combine(dataFolder, "state.db")};Mode=ReadOnly;Pooling=False");
        connection.Open();
        byte[]? axis = Column("SELECT axis FROM dataset WHERE name = $name AND axis IS NOT NULL").FirstOrDefault();
        const string Entries = "SELECT body FROM source WHERE dataset = $name AND role = {0} ORDER BY position";
        var manifest = new DatasetManifest(
            name,
            axis is null ? null : DatasetEntryJson.ReadAxis(axis),
            [.. Column(string.Format(CultureInfo.InvariantCulture, Entries, 0)).Select(DatasetEntryJson.ReadChunk)],
            [.. Column(string.Format(CultureInfo.InvariantCulture, Entries, 1)).Select(DatasetEntryJson.ReadReferences)]);
        Fingerprint[] refused = [.. Column("SELECT digest FROM quarantine WHERE dataset = $name ORDER BY digest").Select(bytes => Fingerprint.FromHash(bytes))];
        return new ServedData(dataset, manifest)
        {
            Quarantined = [.. refused.Select(digest => (digest, File.ReadAllBytes(Path.Combine(dataset, "quarantine", digest.ToString(), "bytes"))))],
        };

        List<byte[]> Column(string sql)
        {
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = sql;
            command.Parameters.AddWithValue("$name", name);
            using SqliteDataReader reader = command.ExecuteReader();
            List<byte[]> values = [];
            while (reader.Read())
            {
                values.Add((byte[])reader.GetValue(0));
            }

            return values;
        }
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
}
