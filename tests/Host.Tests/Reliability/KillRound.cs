using System.Collections.Immutable;
using System.Diagnostics;
using System.Text;
using Pipeline.Engine.Identity;
using Pipeline.Host.Cli;
using Xunit;

namespace Pipeline.Host.Tests.Reliability;

/// <summary>One data folder from the first file to the comparison, with or without kills on the way.</summary>
/// <remarks>
/// Half of the kills come at a moment from the start to 2 s after it; the others wait for a line of the log (a file taken, a search
/// begun, a search ended) and come up to 150 ms after it, so that short phases are hit as well. Files are spread over the
/// kills. For one thread; rounds may run side by side.
/// </remarks>
internal sealed class KillRound
{
    private static readonly TimeSpan QuietPeriod = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly KillScenario _scenario;
    private readonly Random _random;
    private readonly string _folder;
    private readonly string _settings;
    private readonly List<Task> _slow = [];
    private TimeSpan _slowestPause;

    public KillRound(KillScenario scenario, int seed, string folder)
    {
        _scenario = scenario;
        _random = new Random(seed);
        _folder = folder;
        Directory.CreateDirectory(Inbox);
        string study = Path.Combine(folder, "study.json");
        File.WriteAllText(study, KillScenario.Study);
        _settings = Path.Combine(folder, "settings.json");
        File.WriteAllText(
            _settings,
            $$"""
            { "Pipeline": {
                "Data": "{{Data}}",
                "Memory": "256 MiB",
                "Folders": [ { "Path": "{{Inbox}}", "Dataset": "{{KillScenario.Dataset}}", "QuietPeriod": "{{QuietPeriod.TotalMilliseconds}} ms", "ScanEvery": "300 ms" } ],
                "Studies": [ { "Name": "{{KillScenario.StudyName}}", "Dataset": "{{KillScenario.Dataset}}", "Study": "{{study}}", "RunAfterReferences": 1 } ] } }
            """);
    }

    /// <summary>The phases in which kills have hit, with the number of each.</summary>
    public Dictionary<string, int> Phases { get; } = [];

    /// <summary>How long each process took until it was ready, where it got so far.</summary>
    public List<TimeSpan> ReadyAfter { get; } = [];

    private string Inbox => Path.Combine(_folder, "inbox");

    private string Data => Path.Combine(_folder, "data");

    /// <summary>Feeds all files at once and lets the daemon finish.</summary>
    public async Task<RoundResult> RunUndisturbedAsync()
    {
        foreach (DroppedFile file in _scenario.Good.Add(_scenario.Bad))
        {
            await File.WriteAllBytesAsync(Path.Combine(Inbox, file.Name), file.Bytes);
        }

        return await FinishAsync(expected: null);
    }

    /// <summary>Feeds the files while the daemon is killed again and again, then lets it finish.</summary>
    public async Task<RoundResult> RunKilledAsync(int kills, RoundResult expected)
    {
        ILookup<int, (TimeSpan At, DroppedFile File)> drops = Spread(kills).ToLookup(drop => drop.Kill, drop => (drop.At, drop.File));
        for (int i = 0; i < kills; i++)
        {
            using ServedProcess process = ServedProcess.Serve(_settings);
            Task dropping = DropAsync(process, [.. drops[i].OrderBy(drop => drop.At)]);
            await WaitForMomentAsync(process);
            bool diedByItself = process.HasExited;
            await process.KillAsync();
            Assert.False(diedByItself, $"The daemon ended by itself with {process.ExitCode}:\n{process.Said}");
            await dropping;
            await WriteDownAsync($"kill {i}", process);
            Count(process);
        }

        await Task.WhenAll(_slow);
        return await FinishAsync(expected);
    }

    /// <summary>Finds everything that the round must have, or fails and says what differs.</summary>
    public void Check(RoundResult result, RoundResult? undisturbed)
    {
        ServedData data = result.Data;
        string[] expected = [.. _scenario.Good.Select(file => file.Digest.ToString()).Distinct().Order(StringComparer.Ordinal)];
        Assert.Equal(expected, data.Sources.Select(source => source.Digest.ToString()).Order(StringComparer.Ordinal));
        foreach ((Fingerprint digest, ImmutableArray<string> names) in data.Sources)
        {
            Assert.Equal(digest, Fingerprint.OfBytes(data.Bytes(digest)));
            Assert.Equal(
                _scenario.Good.Where(file => file.Digest == digest).Select(file => file.Name).Order(StringComparer.Ordinal),
                names.Select(name => Path.GetFileName(name)).Order(StringComparer.Ordinal));
        }

        Assert.Equal(KillScenario.SampleCount, data.SampleIds.Length);
        Assert.Equal(KillScenario.SampleCount, data.SampleIds.Distinct().Count());
        Assert.Equal(KillScenario.ReferenceCount, data.ReferenceCount);

        // A writer that was held up for longer than the quiet period has shown the daemon a part of its file; that part is bad.
        byte[][] bad = [.. data.Quarantined.Select(entry => entry.Bytes).Where(bytes => _slowestPause < QuietPeriod / 2 || !IsPart(bytes))];
        Assert.Equal(_scenario.Bad.Bytes, Assert.Single(bad));
        if (undisturbed is not null)
        {
            Assert.Equal(undisturbed.Leaderboard, result.Leaderboard);
            Assert.Equal(undisturbed.Predictions, result.Predictions);
        }
    }

    /// <summary>The phase in which a process was, by the last thing it has said.</summary>
    private static string PhaseOf(ImmutableArray<SaidLine> lines, TimeSpan age)
    {
        string Last(params string[] marks) =>
            lines.LastOrDefault(line => marks.Any(mark => line.Text.Contains(mark, StringComparison.Ordinal))).Text ?? "";
        if (Last("Daemon ready").Length == 0)
        {
            return "start-up";
        }

        string study = Last("Search started", "Search finished", "searched", "samples predicted");
        if (study.Contains("Search started", StringComparison.Ordinal))
        {
            return "search";
        }

        if (study.Contains("Search finished", StringComparison.Ordinal))
        {
            return "results and model";
        }

        if (study.Contains("searched", StringComparison.Ordinal))
        {
            return "predictions";
        }

        SaidLine taken = lines.LastOrDefault(line => IsTaken(line.Text));
        return taken.Text is not null && age - taken.Age < TimeSpan.FromMilliseconds(150) ? "ingest" : "waiting";
    }

    private static bool IsTaken(string line) =>
        line.Contains(" new samples, ", StringComparison.Ordinal) || line.Contains("is in quarantine", StringComparison.Ordinal);

    private bool IsPart(byte[] bytes) =>
        _scenario.Good.Any(file => file.IsSlow && bytes.Length < file.Bytes.Length && file.Bytes.AsSpan().StartsWith(bytes));

    private IEnumerable<(int Kill, TimeSpan At, DroppedFile File)> Spread(int kills)
    {
        DroppedFile corrected = _scenario.Good.Single(file => file.Name == _scenario.Wrong.Name);
        int wrong = _random.Next(Math.Max(1, kills - 1));
        yield return (wrong, At(), _scenario.Wrong);
        yield return (_random.Next(Math.Min(wrong + 1, kills - 1), kills), TimeSpan.FromSeconds(1), corrected);
        foreach (DroppedFile file in _scenario.Good.Remove(corrected).Add(_scenario.Bad))
        {
            // References come early, so that every later file of spectra makes the study run again.
            bool isEarly = file.Name.StartsWith("references", StringComparison.Ordinal) && !file.Name.EndsWith("-3.csv", StringComparison.Ordinal);
            yield return (_random.Next(isEarly ? (kills + 3) / 4 : kills), At(), file);
        }

        TimeSpan At() => TimeSpan.FromMilliseconds(_random.Next(700));
    }

    private async Task DropAsync(ServedProcess process, ImmutableArray<(TimeSpan At, DroppedFile File)> drops)
    {
        foreach ((TimeSpan at, DroppedFile file) in drops)
        {
            // What its kill overtakes is dropped between two processes.
            await process.WaitForExitAsync(at > process.Age ? at - process.Age : TimeSpan.Zero);
            string path = Path.Combine(Inbox, file.Name);
            if (file.IsSlow)
            {
                _slow.Add(WriteSlowlyAsync(path, file.Bytes));
            }
            else
            {
                await File.WriteAllBytesAsync(path, file.Bytes);
            }
        }
    }

    private async Task WriteSlowlyAsync(string path, byte[] bytes)
    {
        const int Parts = 12;
        for (int i = 0; i < Parts; i++)
        {
            var pause = Stopwatch.StartNew();
            await using (var file = new FileStream(path, FileMode.Append))
            {
                await file.WriteAsync(bytes.AsMemory(bytes.Length * i / Parts, (bytes.Length * (i + 1) / Parts) - (bytes.Length * i / Parts)));
            }

            await Task.Delay(QuietPeriod / 5);
            _slowestPause = pause.Elapsed > _slowestPause ? pause.Elapsed : _slowestPause;
        }
    }

    private async Task WaitForMomentAsync(ServedProcess process)
    {
        Func<string, bool>? sign = _random.Next(8) switch
        {
            0 => IsTaken,
            1 or 2 => line => line.Contains("Search started", StringComparison.Ordinal),
            3 => line => line.Contains("Search finished", StringComparison.Ordinal),
            _ => null,
        };

        // A third of the timed kills hits the start; the others come later, and soon rather than late. A slow machine starts
        // slowly, so time is counted from the usual start there.
        TimeSpan usual = ReadyAfter.Count == 0 ? TimeSpan.FromSeconds(0.35) : ReadyAfter.Order().ElementAt(ReadyAfter.Count / 2);
        TimeSpan moment = _random.Next(3) == 0
            ? usual * (1.1 * _random.NextDouble())
            : usual + TimeSpan.FromSeconds(2 * Math.Pow(_random.NextDouble(), 2));
        if (sign is null)
        {
            await process.WaitForExitAsync(moment);
        }
        else if (await process.WaitForAsync(sign, usual + TimeSpan.FromSeconds(1.5)) >= 0)
        {
            await process.WaitForExitAsync(TimeSpan.FromMilliseconds(_random.Next(150)));
        }
    }

    private Task WriteDownAsync(string title, ServedProcess process) =>
        File.AppendAllTextAsync(Path.Combine(_folder, "transcript.txt"), $"== {title}\n{process.Said}\n");

    private void Count(ServedProcess process)
    {
        ImmutableArray<SaidLine> lines = process.Lines;
        SaidLine ready = lines.FirstOrDefault(line => line.Text.Contains("Daemon ready", StringComparison.Ordinal));
        if (ready.Text is not null)
        {
            ReadyAfter.Add(ready.Age);
        }

        Add(PhaseOf(lines, process.Age));
        if (ServedData.Temporaries(Data).Length > 0)
        {
            Add("(a temporary lies there)");
        }

        void Add(string phase) => Phases[phase] = Phases.GetValueOrDefault(phase) + 1;
    }

    private async Task<RoundResult> FinishAsync(RoundResult? expected)
    {
        using ServedProcess process = ServedProcess.Serve(_settings);
        var took = Stopwatch.StartNew();
        while (!IsFinished(process, expected))
        {
            if (process.HasExited || took.Elapsed > Patience)
            {
                Assert.Fail($"The daemon did not come to the end in {Patience.TotalSeconds} s ({Missing()}); it said:\n{process.Said}");
            }

            await Task.Delay(50);
        }

        // Whoever starts the daemon may stop it: only a process that serves listens to SIGTERM.
        await process.WaitForAsync(line => line.Contains("Daemon ready", StringComparison.Ordinal), Patience);
        await process.TerminateAsync(TimeSpan.FromSeconds(30));
        await WriteDownAsync("finish", process);
        Assert.Equal(ExitCode.Done, process.ExitCode);
        return new RoundResult(
            ServedData.Read(Data, KillScenario.Dataset),
            ServedData.Leaderboard(Data, KillScenario.StudyName),
            ServedData.Predictions(Data, KillScenario.StudyName)!,
            [.. ServedData.Temporaries(Data).Select(path => Path.GetRelativePath(Data, path))],
            took.Elapsed);
    }

    /// <summary>Judges by what a user sees: the predictions, which come last, and the quarantine; in an undisturbed run by the log.</summary>
    private bool IsFinished(ServedProcess process, RoundResult? expected)
    {
        if (expected is null)
        {
            int searched = Index($"searched {KillScenario.ReferenceCount} samples", 0);
            return searched >= 0
                && Index($"{KillScenario.PredictedCount} samples predicted", searched) >= 0
                && Index("is in quarantine", 0) >= 0
                && process.Lines.Count(line => line.Text.Contains(": Alias from ", StringComparison.Ordinal)) == 3;
        }

        return ServedData.Predictions(Data, KillScenario.StudyName) is { } predictions
            && predictions.AsSpan().SequenceEqual(expected.Predictions)
            && Missing().Length == 0;

        int Index(string text, int from)
        {
            ImmutableArray<SaidLine> lines = process.Lines;
            return Enumerable.Range(from, lines.Length - from).FirstOrDefault(i => lines[i].Text.Contains(text, StringComparison.Ordinal), -1);
        }
    }

    private string Missing()
    {
        ServedData data = ServedData.Read(Data, KillScenario.Dataset);
        var names = data.Sources.SelectMany(source => source.Names).Select(Path.GetFileName).ToHashSet();
        var digests = data.Sources.Select(source => source.Digest).ToHashSet();
        var missing = new StringBuilder()
            .AppendJoin(", ", _scenario.Good.Where(file => !names.Contains(file.Name) || !digests.Contains(file.Digest)).Select(file => file.Name));
        return data.Quarantined.Any(entry => entry.Digest == _scenario.Bad.Digest) ? missing.ToString()
            : missing.Append(" quarantine of ").Append(_scenario.Bad.Name).ToString();
    }
}

/// <summary>How a round has ended.</summary>
internal sealed record RoundResult(
    ServedData Data, byte[] Leaderboard, byte[] Predictions, ImmutableArray<string> Temporaries, TimeSpan Took);
