using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Pipeline.Stages.Numerics;

namespace Pipeline.DaemonBench.Scenarios;

/// <summary>SIGKILL at random moments while more arrives than the daemon takes, small and large, good and bad, and studies run.</summary>
/// <remarks>
/// Writers and clients do not know of the kills; a daemon that has begun to listen gets its settings edited, rightly or wrongly. A third of the kills hits the start, the others come up to two seconds after it listens. In the end
/// the daemon may finish; then everything that was dropped must be there once, the database sound, and the leaderboard that of
/// a daemon that got the same samples in peace. The seed fixes the moments as far as the machine does.
/// </remarks>
internal sealed class KillScenario : IScenario
{
    private const string Burst = "burst";
    private const int StudySamples = 4;
    private const int StudyVariables = 80;
    private const int StudyFiles = 60;
    private const int BurstVariables = 200;
    private const int GiantRows = 2400;
    private const string StudyText =
        """
        { "response": "protein", "pretreatments": ["raw", "snv", "sg(7,2,1)", "snv + sg(7,2,1)", "msc"], "models": ["pls(10)", "ridge"],
          "subsets": ["full", "top(20)", "region(10,5;1)"], "folds": "random(8, seed 0)" }
        """;

    private const int Clients = 2;
    private const int PushRows = 4;
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(600);
    private readonly Claims _claims = new();
    private readonly List<double> _ready = [];
    private int _edits;

    public string Name => "kill";

    public string Usage => "[--kills N] [--seed N] [--folder DIR]";

    public IReadOnlyList<string> Missed => _claims.Missed;

    public async IAsyncEnumerable<string> RunAsync(string folder, ScenarioArguments arguments)
    {
        int kills = arguments.Number("--kills", 200);
        int seed = arguments.Number("--seed", 2026);
        byte[] expected = await UndisturbedAsync(Directory.CreateDirectory(Path.Combine(folder, "calm")).FullName);
        string place = Directory.CreateDirectory(Path.Combine(folder, "killed")).FullName;
        var laboratory = new Laboratory(place, Laboratory.Study, Burst);
        using var over = new CancellationTokenSource();
        using var pusher = new Pusher(laboratory, Burst, _claims);
        var since = Stopwatch.StartNew();

        // The study's files are spread over all kills, for each makes it run again.
        Task[] writers =
        [
            Task.Run(() => FeedStudyAsync(laboratory, kills, over.Token)),
            Task.Run(() => FeedBurstAsync(laboratory, over.Token)),
            .. Enumerable.Range(0, Clients).Select(client => Task.Run(() => pusher.RunAsync(client, PushRows, BurstVariables, over.Token))),
        ];
        int early = await KillAsync(place, laboratory, pusher, kills, new Random(seed));
        await over.CancelAsync();
        double loaded = since.Elapsed.TotalSeconds;
        using ServedDaemon last = await ServedDaemon.StartAsync(place, settings => Configure(settings, laboratory), "Information");
        since.Restart();
        pusher.Address = last.Http.BaseAddress;
        await Task.WhenAll(writers);
        _claims.Hold(await laboratory.IsTakenAsync(last, Patience), "everything is taken in the end", last.Process.Said);
        byte[]? board = await Laboratory.LeaderboardAsync(last, StudyFiles * StudySamples, Patience);
        double finished = since.Elapsed.TotalSeconds;
        _claims.Hold(board is not null && board.AsSpan().SequenceEqual(expected), "the leaderboard has the bytes of an undisturbed run");
        await laboratory.CheckAsync(last, _claims);
        await last.Process.TerminateAsync(TimeSpan.FromSeconds(60));
        _claims.Hold(last.Process.ExitCode == 0, "it stops cleanly in the end", last.Process.Said);
        await Laboratory.CheckDoctorAsync(last, _claims);
        (int acknowledged, int heldBack, int cutOff) = pusher.Counts;
        yield return "| kills | seed | before it listened | edits of the settings | ready after (median, max) | files dropped | batches acknowledged, told to come later, cut off | time | the rest taken after | claims |";
        yield return "|---|---|---|---|---|---|---|---|---|---|";
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"| {kills} | {seed} | {early} | {_edits} | {Figures.MedianAndMax(_ready, "s")} | {laboratory.DroppedCount} files, {laboratory.DroppedBytes >> 20} MiB | {acknowledged}, {heldBack}, {cutOff} | {loaded:0} s | {finished:0} s | {_claims.Count - Missed.Count} of {_claims.Count} held |");
    }

    private static void Configure(JsonObject settings, Laboratory laboratory)
    {
        settings["Memory"] = "256 MiB";
        settings["Http"] = new JsonObject { ["Requests"] = 10000 };
        laboratory.Configure(settings, "delete", StudyText);
    }

    /// <summary>Starts and kills; how many kills came before the daemon listened.</summary>
    private async Task<int> KillAsync(string place, Laboratory laboratory, Pusher pusher, int kills, Random random)
    {
        int early = 0;
        for (int i = 0; i < kills; i++)
        {
            using ServedDaemon daemon = await ServedDaemon.LaunchAsync(place, settings => Configure(settings, laboratory));

            // Counted from the moment at which it listens, whatever the machine makes of the time until then.
            bool isAtStart = random.Next(3) == 0;
            double moment = isAtStart ? 1.1 * Figures.Quantile(_ready, 0.5) * random.NextDouble() : 2 * Math.Pow(random.NextDouble(), 2);
            if (!isAtStart && await daemon.ListensAsync(StartPatience))
            {
                pusher.Address = daemon.Http.BaseAddress;
                string text = await File.ReadAllTextAsync(daemon.SettingsPath);
                await File.WriteAllTextAsync(daemon.SettingsPath, i % 2 == 0 ? text.Replace("500 ms", "400 ms", StringComparison.Ordinal) : text[..(text.Length / 2)]);
                _edits++;
            }

            bool hasEnded = await daemon.Process.WaitForExitAsync(TimeSpan.FromSeconds(moment));
            _claims.Hold(!hasEnded, "the daemon never ends by itself", daemon.Process.Said);
            await daemon.Process.KillAsync();
            pusher.Address = null;
            early += HasListened(daemon) ? 0 : 1;
        }

        return early;
    }

    /// <summary>Whether a daemon came so far; then also after which time.</summary>
    private bool HasListened(ServedDaemon daemon)
    {
        double? seconds = daemon.Process.Lines.Where(line => line.Text.StartsWith("Serving.", StringComparison.Ordinal)).Select(line => (double?)line.Age.TotalSeconds).FirstOrDefault();
        _ready.AddRange(seconds is { } known ? [known] : []);
        return seconds is not null;
    }

    private async Task<byte[]> UndisturbedAsync(string place)
    {
        var laboratory = new Laboratory(place, Laboratory.Study);
        for (int i = 0; i < StudyFiles; i++)
        {
            DropStudy(laboratory, i);
        }

        using ServedDaemon daemon = await ServedDaemon.StartAsync(place, settings => Configure(settings, laboratory));
        HasListened(daemon);
        return await Laboratory.LeaderboardAsync(daemon, StudyFiles * StudySamples, Patience)
            ?? throw new InvalidOperationException($"The undisturbed run does not end:\n{daemon.Process.Said}");
    }

    private static void DropStudy(Laboratory laboratory, int number)
    {
        bool isArrow = number % 2 == 1;
        string stem = $"P{number:000}";
        laboratory.Drop(
            Laboratory.Study, stem + (isArrow ? ".arrow" : ".csv"), LabFiles.Spectra(stem, number, StudySamples, StudyVariables, isArrow, hasReferences: true), StudySamples);
    }

    private static async Task FeedStudyAsync(Laboratory laboratory, int kills, CancellationToken over)
    {
        // About a second for each kill; what is left is dropped before the last start.
        TimeSpan pause = TimeSpan.FromSeconds((double)kills / StudyFiles);
        for (int i = 0; i < StudyFiles; i++)
        {
            DropStudy(laboratory, i);
            await PauseAsync(pause, over);
        }
    }

    /// <summary>A small file every 50 ms, among them bad ones; a giant one every two seconds; two hundred at once every twenty.</summary>
    private static async Task FeedBurstAsync(Laboratory laboratory, CancellationToken over)
    {
        const int Giant = 40;
        const int Rush = 400;
        const int RushFiles = 200;
        const int Bad = 25;
        var x = new Matrix(GiantRows, BurstVariables);
        int small = 0;
        for (int tick = 0; !over.IsCancellationRequested; tick++)
        {
            for (int i = tick % Rush == 0 ? RushFiles : 1; i > 0; i--)
            {
                string stem = $"B{small:000000}";
                laboratory.Drop(Burst, stem + ".csv", LabFiles.Spectra(stem, small, 1, BurstVariables, isArrow: false, hasReferences: false), 1);
                small++;
            }

            if (tick % Giant == 0)
            {
                string stem = $"G{tick:000000}";
                laboratory.Drop(Burst, stem + ".arrow", LabFiles.Giant(stem, tick, x), GiantRows);
            }

            if (tick % Bad == 0)
            {
                string stem = $"X{tick:000000}";
                laboratory.DropBad(Burst, stem + ".csv", LabFiles.Bad(stem, tick, BurstVariables));
            }

            await PauseAsync(TimeSpan.FromMilliseconds(50), over);
        }
    }

    private static async Task PauseAsync(TimeSpan time, CancellationToken over)
    {
        // Whoever is woken early only goes on earlier.
        try
        {
            await Task.Delay(time, over);
        }
        catch (OperationCanceledException)
        {
        }
    }
}
