using System.Globalization;
using Pipeline.Host.Cli;
using Pipeline.Host.Tests.Reliability;

namespace Pipeline.DaemonBench.Scenarios;

/// <summary>SIGTERM in every situation in which a daemon may be: how long it takes, what it answers, and whether the next start goes on.</summary>
/// <remarks>
/// Each trial has a data folder of its own: the samples of a study in one file, a search of eighteen units one after the other,
/// and, where the situation asks for it, other files. After the stop the daemon is started again and must come to the
/// leaderboard of a run that nobody stopped, with every file taken once.
/// </remarks>
internal sealed class DrainScenario : IScenario
{
    private const int StudySamples = 600;
    private const int StudyVariables = 600;
    private const string Other = "other";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan StopMax = TimeSpan.FromSeconds(30);

    private readonly Claims _claims = new();

    public string Name => "drain";

    public string Usage => "[--trials N] [--only SITUATION] [--folder DIR]";

    public IReadOnlyList<string> Missed => _claims.Missed;

    private static Situation[] Situations =>
    [
        new("idle", Folds: 5) { Until = SearchedAsync },
        new("a large file is being taken", Folds: 5) { Until = TakingAsync, DropFirst = laboratory => DropLarge(laboratory) },
        new("search, units of about 0.5 s", Folds: 20) { Until = SearchingAsync },
        new("search, units longer than the drain of 0.3 s", Folds: 60) { Until = SearchingAsync, Drain = "300 ms", MayCut = true },
        new("search, SIGTERM twice", Folds: 60) { Until = SearchingAsync, Signals = 2, MayCut = true },
        new("burst of 2,000 files", Folds: 5) { Until = TakingAsync, DropFirst = laboratory => DropMany(laboratory, 2000) },
        new("disk full", Folds: 5) { Until = SearchedAsync, IsDiskFull = true },
    ];

    public async IAsyncEnumerable<string> RunAsync(string folder, ScenarioArguments arguments)
    {
        int trials = arguments.Number("--trials", 5);
        string only = arguments.Text("--only", "");
        yield return "| SIGTERM while | trials | to the end (median, max) | exit codes | then: same leaderboard | ";
        yield return "|---|---|---|---|---|";
        Dictionary<int, byte[]> expected = [];
        foreach (Situation situation in Situations.Where(one => one.Name.Contains(only, StringComparison.Ordinal)))
        {
            if (!expected.ContainsKey(situation.Folds))
            {
                string calm = Directory.CreateDirectory(Path.Combine(folder, "calm")).FullName;
                expected[situation.Folds] = await UndisturbedAsync(calm, situation.Folds);
                Directory.Delete(calm, recursive: true);
            }

            List<double> seconds = [];
            List<int> codes = [];
            int same = 0;
            for (int i = 0; i < trials; i++)
            {
                string place = Directory.CreateDirectory(Path.Combine(folder, "trial")).FullName;
                (double took, int code, byte[]? board) = await TryAsync(place, situation, i);
                seconds.Add(took);
                codes.Add(code);
                same += board is not null && board.AsSpan().SequenceEqual(expected[situation.Folds]) ? 1 : 0;
                Directory.Delete(place, recursive: true);
            }

            _claims.Hold(same == trials, "the leaderboard has the bytes of an undisturbed run", situation.Name);
            string counts = string.Join(", ", codes.CountBy(code => code).OrderBy(one => one.Key).Select(one => $"{one.Value} × {one.Key}"));
            yield return string.Create(
                CultureInfo.InvariantCulture, $"| {situation.Name} | {trials} | {Figures.MedianAndMax(seconds, "s")} | {counts} | {same} of {trials} |");
        }

        yield return "";
        yield return $"{_claims.Count - Missed.Count} of {_claims.Count} claims held.";
    }

    private static async Task<bool> SearchedAsync(ServedDaemon daemon, int trial) => await HasSaidAsync(daemon, " searched ");

    /// <summary>Some way into the search, another one in each trial.</summary>
    private static async Task<bool> SearchingAsync(ServedDaemon daemon, int trial)
    {
        bool hasBegun = await HasSaidAsync(daemon, "Search started");
        await daemon.Process.WaitForExitAsync(TimeSpan.FromMilliseconds(150 + (170 * trial)));
        return hasBegun;
    }

    private static async Task<bool> TakingAsync(ServedDaemon daemon, int trial)
    {
        bool hasBegun = await HasSaidAsync(daemon, $"{Other}: Spectra from");
        await daemon.Process.WaitForExitAsync(TimeSpan.FromMilliseconds(90 * trial));
        return hasBegun;
    }

    private static async Task<bool> HasSaidAsync(ServedDaemon daemon, string text) =>
        await daemon.Process.WaitForAsync(line => line.Contains(text, StringComparison.Ordinal), Patience) >= 0;

    /// <summary>One small file, which says that the folder's turn has come, and three of some tens of megabytes.</summary>
    private static void DropLarge(Laboratory laboratory)
    {
        laboratory.Drop(Other, "a.csv", LabFiles.Spectra("a", 1, 2, 2000, isArrow: false, hasReferences: false), 2);
        for (int i = 0; i < 3; i++)
        {
            laboratory.Drop(Other, $"large-{i}.csv", LabFiles.Spectra($"large-{i}", 2 + i, 1000, 2000, isArrow: false, hasReferences: false), 1000);
        }
    }

    private static void DropMany(Laboratory laboratory, int count)
    {
        for (int i = 0; i < count; i++)
        {
            laboratory.Drop(Other, $"{i:00000}.csv", LabFiles.Spectra($"M{i:00000}", i, 1, 60, isArrow: false, hasReferences: false), 1);
        }
    }

    private static async Task<byte[]> UndisturbedAsync(string place, int folds)
    {
        Laboratory laboratory = Open(place);
        using ServedDaemon daemon = await StartAsync(place, laboratory, folds, "25 s");
        DropStudy(laboratory);
        byte[]? board = await Laboratory.LeaderboardAsync(daemon, StudySamples, Patience);
        return board ?? throw new InvalidOperationException($"The undisturbed run does not end:\n{daemon.Process.Said}");
    }

    private static Laboratory Open(string place) => new(place, Laboratory.Study, Other);

    private static void DropStudy(Laboratory laboratory) =>
        laboratory.Drop(Laboratory.Study, "study.csv", LabFiles.Spectra("S", 1, StudySamples, StudyVariables, isArrow: false, hasReferences: true), StudySamples);

    private static Task<ServedDaemon> StartAsync(string place, Laboratory laboratory, int folds, string drain) => ServedDaemon.StartAsync(
        place,
        settings =>
        {
            settings["Memory"] = "2 GiB";
            settings["Threads"] = "1";
            settings["Drain"] = drain;
            settings["DiskReserve"] = "8 MiB";
            laboratory.Configure(settings, "leave", Study(folds), StudySamples);
        },
        level: "Information");

    private static string Study(int folds) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""
        { "response": "protein", "pretreatments": ["raw", "snv", "msc", "sg(7,2,1)", "snv + sg(7,2,1)", "sg(15,2,1)"], "models": ["ridge"],
          "subsets": ["full", "regions(60,30;2)", "regions(40,20;2)"], "folds": "random({{folds}}, seed 0)" }
        """);

    private async Task<(double Seconds, int Code, byte[]? Leaderboard)> TryAsync(string place, Situation situation, int trial)
    {
        Laboratory laboratory = Open(place);
        using SmallDisk? disk = situation.IsDiskFull ? new SmallDisk(Path.Combine(place, "data"), mebibytes: 96) : null;
        double seconds;
        int code;
        using (ServedDaemon daemon = await StartAsync(place, laboratory, situation.Folds, situation.Drain))
        {
            situation.DropFirst?.Invoke(laboratory);
            DropStudy(laboratory);
            _claims.Hold(await situation.Until(daemon, trial), $"'{situation.Name}' comes about", daemon.Process.Said);
            disk?.Fill();
            if (disk is not null)
            {
                DropMany(laboratory, 20);
                await daemon.Process.WaitForExitAsync(TimeSpan.FromSeconds(2));
            }

            if (situation.Signals == 2)
            {
                daemon.Signal("TERM");
                await HasSaidAsync(daemon, "Stopping.");
            }

            seconds = await StopAsync(daemon, situation.Name);
            code = daemon.Process.ExitCode;
            bool wasCut = daemon.Process.Lines.Any(line => line.Text.StartsWith("Cut off: ", StringComparison.Ordinal));
            _claims.Hold(code == (wasCut ? ExitCode.Cut : ExitCode.Done), "exit code 0 exactly if nothing was cut, else 75", $"{situation.Name}: {code}\n{daemon.Process.Said}");
            _claims.Hold(!wasCut || situation.MayCut, "nothing is cut that fits into the drain", $"{situation.Name}:\n{daemon.Process.Said}");
        }

        disk?.Free();
        using ServedDaemon again = await StartAsync(place, laboratory, situation.Folds, "25 s");

        // On a full disk there is no room for the mark of a clean end; that the next start says so is seen in the results.
        _claims.Hold(disk is not null || !again.Process.Said.Contains("was killed", StringComparison.Ordinal), "the next start finds a clean end", situation.Name);
        _claims.Hold(await laboratory.IsTakenAsync(again, Patience), "every file is taken in the end", situation.Name);
        byte[]? board = await Laboratory.LeaderboardAsync(again, StudySamples, Patience);
        await laboratory.CheckAsync(again, _claims);
        await StopAsync(again, "after the restart");
        return (seconds, code, board);
    }

    private async Task<double> StopAsync(ServedDaemon daemon, string situation)
    {
        // A daemon that does not stop is killed, and a finding.
        try
        {
            TimeSpan took = await daemon.Process.TerminateAsync(StopMax + TimeSpan.FromSeconds(15));
            _claims.Hold(took <= StopMax, "gone within 30 s", string.Create(CultureInfo.InvariantCulture, $"{situation}: {took.TotalSeconds:0.0} s"));
            return took.TotalSeconds;
        }
        catch (TimeoutException)
        {
            _claims.Hold(false, "gone within 30 s", $"{situation}: not within 45 s");
            return double.NaN;
        }
    }

    /// <summary>What the daemon is at when the signal comes.</summary>
    private sealed record Situation(string Name, int Folds)
    {
        /// <summary>Waits until it is so.</summary>
        public required Func<ServedDaemon, int, Task<bool>> Until { get; init; }

        /// <summary>Files beside those of the study, dropped before them.</summary>
        public Action<Laboratory>? DropFirst { get; init; }

        public string Drain { get; init; } = "25 s";

        public int Signals { get; init; } = 1;

        public bool MayCut { get; init; }

        public bool IsDiskFull { get; init; }
    }
}
