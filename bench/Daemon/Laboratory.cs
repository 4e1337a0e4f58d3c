using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Pipeline.Host.Tests.Reliability;

namespace Pipeline.DaemonBench;

/// <summary>Watched folders, one for each dataset, with a memory of what was put into them and must be found in the end.</summary>
/// <remarks>Files appear whole, by a rename. Safe for all threads.</remarks>
internal sealed class Laboratory
{
    /// <summary>The name of the study, which is bound to the dataset of the same name.</summary>
    public const string Study = "protein";

    private const string NoneLost = "no good file is missing from its dataset";
    private const string NoneDoubled = "no sample is there twice, and nothing that was not dropped";
    private const string BadAway = "every bad file, and no other, is in quarantine";

    private readonly Lock _gate = new();
    private readonly string _folder;

    // Guarded by _gate.
    private readonly Dictionary<string, Contents> _datasets = [];

    /// <summary>A laboratory below a folder.</summary>
    public Laboratory(string folder, params string[] datasets)
    {
        _folder = folder;
        foreach (string dataset in datasets)
        {
            Directory.CreateDirectory(PathOf(dataset));
            _datasets[dataset] = new Contents();
        }
    }

    /// <summary>Bytes of all files so far.</summary>
    public long DroppedBytes
    {
        get
        {
            lock (_gate)
            {
                return _datasets.Values.Sum(one => one.Bytes);
            }
        }
    }

    /// <summary>Files so far, the bad ones among them.</summary>
    public int DroppedCount
    {
        get
        {
            lock (_gate)
            {
                return _datasets.Values.Sum(one => one.Good.Count + one.Bad.Count);
            }
        }
    }

    /// <summary>The watched folder of a dataset.</summary>
    public string PathOf(string dataset) => Path.Combine(_folder, "in", dataset);

    /// <summary>Puts the watched folders and the study into the settings, with short periods.</summary>
    public void Configure(JsonObject settings, string afterwards, string? study = null, int runAfterReferences = 1, string quiet = "200 ms", string scan = "500 ms")
    {
        settings["Folders"] = new JsonArray([.. _datasets.Keys.Select(dataset => new JsonObject
        {
            ["Path"] = PathOf(dataset),
            ["Dataset"] = dataset,
            ["QuietPeriod"] = quiet,
            ["ScanEvery"] = scan,
            ["Afterwards"] = dataset == Study ? "leave" : afterwards,
        })]);
        if (study is not null)
        {
            string path = Path.Combine(_folder, "study.json");
            File.WriteAllText(path, study);
            settings["Studies"] = new JsonArray(new JsonObject
            {
                ["Name"] = Study,
                ["Dataset"] = Study,
                ["Study"] = path,
                ["RunAfterReferences"] = runAfterReferences,
            });
        }
    }

    /// <summary>Drops a file that must join; <paramref name="samples"/> new ones are in it.</summary>
    public void Drop(string dataset, string name, byte[] bytes, int samples) => Drop(dataset, name, bytes, samples, isGood: true);

    /// <summary>Drops a file that must go to quarantine.</summary>
    public void DropBad(string dataset, string name, byte[] bytes) => Drop(dataset, name, bytes, 0, isGood: false);

    /// <summary>Keeps in mind what the daemon has acknowledged over HTTP.</summary>
    public void NoteAcknowledged(string dataset, string digest, int samples, int bytes)
    {
        lock (_gate)
        {
            Contents contents = _datasets[dataset];
            contents.Good.Add(digest, "a batch that was acknowledged");
            contents.Samples += samples;
            contents.Bytes += bytes;
        }
    }

    /// <summary>Waits until the daemon has as many sources as were dropped; false where it is gone or patience ends.</summary>
    public async Task<bool> IsTakenAsync(ServedDaemon daemon, TimeSpan patience)
    {
        var since = Stopwatch.StartNew();
        while (since.Elapsed < patience && !daemon.Process.HasExited)
        {
            (string Name, int Good, int Bad)[] wanted;
            lock (_gate)
            {
                wanted = [.. _datasets.Select(one => (one.Key, one.Value.Good.Count, one.Value.Bad.Count))];
            }

            bool isTaken = true;
            foreach ((string name, int good, int bad) in wanted)
            {
                JsonNode view = await daemon.JsonAsync($"v1/datasets/{name}");
                isTaken &= (int)view["sources"]! >= good && (int)view["quarantined"]! >= bad;
            }

            if (isTaken)
            {
                return true;
            }

            await Task.Delay(200);
        }

        return false;
    }

    /// <summary>Waits until the study's latest run had so many references and is complete; its leaderboard, or null.</summary>
    public static async Task<byte[]?> LeaderboardAsync(ServedDaemon daemon, int references, TimeSpan patience)
    {
        var since = Stopwatch.StartNew();
        while (since.Elapsed < patience && !daemon.Process.HasExited)
        {
            JsonNode view = await daemon.JsonAsync($"v1/studies/{Study}");
            if ((int)view["references"]! == references && (string?)view["latestRun"]?["state"] == "completed")
            {
                return await daemon.LeaderboardAsync(Study);
            }

            await Task.Delay(100);
        }

        return null;
    }

    /// <summary>Compares what the daemon has with what was dropped.</summary>
    public async Task CheckAsync(ServedDaemon daemon, Claims claims)
    {
        List<JsonNode> quarantine = await daemon.ListAsync("v1/quarantine");
        foreach ((string dataset, Contents contents) in _datasets)
        {
            HashSet<string> sources = [.. (await daemon.ListAsync($"v1/datasets/{dataset}/sources")).Select(item => (string)item["digest"]!)];
            HashSet<string> refused = [.. quarantine.Where(item => (string)item["dataset"]! == dataset).Select(item => (string)item["digest"]!)];
            int samples = (int)(await daemon.JsonAsync($"v1/datasets/{dataset}"))["samples"]!;
            string[] lost = [.. contents.Good.Keys.Except(sources)];
            claims.Hold(lost.Length == 0, NoneLost, string.Create(CultureInfo.InvariantCulture, $"{lost.Length} of {contents.Good.Count} in '{dataset}', the first {(lost.Length == 0 ? "" : contents.Good[lost[0]])}"));
            claims.Hold(
                samples <= contents.Samples && sources.IsSubsetOf(contents.Good.Keys),
                NoneDoubled,
                string.Create(CultureInfo.InvariantCulture, $"'{dataset}' has {samples} samples for {contents.Samples}, {sources.Except(contents.Good.Keys).Count()} strange sources"));
            claims.Hold(refused.SetEquals(contents.Bad), BadAway, string.Create(CultureInfo.InvariantCulture, $"{refused.Count} of {contents.Bad.Count} in '{dataset}'"));
        }
    }

    /// <summary>Runs <c>pipeline doctor</c> over settings and data of a daemon; nothing damaged may be found.</summary>
    public static async Task CheckDoctorAsync(ServedDaemon daemon, Claims claims)
    {
        using ServedProcess doctor = ServedProcess.Start(["doctor", "--settings", daemon.SettingsPath]);
        bool hasEnded = await doctor.WaitForExitAsync(TimeSpan.FromMinutes(5));
        claims.Hold(hasEnded && doctor.ExitCode == 0, "pipeline doctor finds no damage", doctor.Said);
    }

    private void Drop(string dataset, string name, byte[] bytes, int samples, bool isGood)
    {
        string digest = Convert.ToHexStringLower(SHA256.HashData(bytes));
        string path = Path.Combine(PathOf(dataset), name);
        lock (_gate)
        {
            Contents contents = _datasets[dataset];
            contents.Bytes += bytes.Length;
            contents.Samples += samples;
            if (isGood)
            {
                contents.Good.Add(digest, name);
            }
            else
            {
                contents.Bad.Add(digest);
            }
        }

        File.WriteAllBytes(path + ".part", bytes);
        File.Move(path + ".part", path);
    }

    /// <summary>What a dataset must have in the end.</summary>
    private sealed class Contents
    {
        public Dictionary<string, string> Good { get; } = [];

        public HashSet<string> Bad { get; } = [];

        public int Samples { get; set; }

        public long Bytes { get; set; }
    }
}
