using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Pipeline.Host.Tests.Reliability;

namespace Pipeline.DaemonBench.Scenarios;

/// <summary>The disk of the data folder is full for a while, again and again, while files arrive and a search is under way.</summary>
/// <remarks>The disk is a tmpfs of 64 MiB, which needs root. Claims are those of the daemon's manual; times are seen from outside.</remarks>
internal sealed class FullScenario : IScenario
{
    private const int FileSamples = 4;
    private const int Variables = 120;
    private const int FilesPerRound = 40;
    private const long ReserveBytes = 8 << 20;
    private const string StudyText =
        """
        { "response": "protein", "pretreatments": ["raw", "snv", "sg(7,2,1)"], "models": ["pls(10)", "ridge"], "subsets": ["full"], "folds": "random(8, seed 0)" }
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Claims _claims = new();
    private readonly List<double> _pauses = [];
    private readonly List<double> _resumes = [];
    private readonly List<double> _answers = [];
    private int _refills;

    public string Name => "full";

    public string Usage => "[--rounds N] [--seconds-full S] [--folder DIR]";

    public IReadOnlyList<string> Missed => _claims.Missed;

    public async IAsyncEnumerable<string> RunAsync(string folder, ScenarioArguments arguments)
    {
        int rounds = arguments.Number("--rounds", 10);
        var full = TimeSpan.FromSeconds(arguments.Number("--seconds-full", 5));
        string calm = Directory.CreateDirectory(Path.Combine(folder, "calm")).FullName;
        string disturbed = Directory.CreateDirectory(Path.Combine(folder, "disturbed")).FullName;
        byte[]? expected = await RunAsync(calm, rounds, null, full);
        using (var disk = new SmallDisk(Path.Combine(disturbed, "data"), mebibytes: 64))
        {
            byte[]? found = await RunAsync(disturbed, rounds, disk, full);
            _claims.Hold(expected is not null && found is not null && expected.AsSpan().SequenceEqual(found), "the leaderboard has the bytes of an undisturbed run");
        }

        yield return "| times full | filled again because the cache gave way | files | pauses after (median, max) | `/live` while full (slowest answer) | takes files again after (median, max) | claims |";
        yield return "|---|---|---|---|---|---|---|";
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"| {rounds} | {_refills} | {rounds * FilesPerRound} | {Figures.MedianAndMax(_pauses, "s")} | {1000 * Figures.Quantile(_answers, 1):0} ms of {_answers.Count} | {Figures.MedianAndMax(_resumes, "s")} | {_claims.Count - Missed.Count} of {_claims.Count} held |");
    }

    private async Task<byte[]?> RunAsync(string folder, int rounds, SmallDisk? disk, TimeSpan full)
    {
        var laboratory = new Laboratory(folder, Laboratory.Study);
        using ServedDaemon daemon = await ServedDaemon.StartAsync(folder, settings =>
        {
            settings["Memory"] = "256 MiB";
            settings["DiskReserve"] = $"{ReserveBytes >> 20} MiB";
            laboratory.Configure(settings, "leave", StudyText);
        });
        for (int round = 0; round < rounds; round++)
        {
            for (int i = 0; i < FilesPerRound; i++)
            {
                // The disk fills while some of the round's files lie there and others are still to come.
                if (i == FilesPerRound / 4 && disk is not null)
                {
                    await FillAsync(daemon, disk, () => Drop(laboratory, round, i++), full);
                }

                Drop(laboratory, round, i);
            }

            _claims.Hold(await laboratory.IsTakenAsync(daemon, Patience), "every file is taken in the end");
        }

        byte[]? board = await Laboratory.LeaderboardAsync(daemon, rounds * FilesPerRound * FileSamples, Patience);
        await laboratory.CheckAsync(daemon, _claims);
        _claims.Hold(!daemon.Process.HasExited, "the process lives on");
        await daemon.Process.TerminateAsync(TimeSpan.FromSeconds(30));
        await Laboratory.CheckDoctorAsync(daemon, _claims);
        return board;
    }

    private async Task FillAsync(ServedDaemon daemon, SmallDisk disk, Action drop, TimeSpan full)
    {
        disk.Fill();
        var since = Stopwatch.StartNew();
        double? paused = null;
        while (since.Elapsed < full)
        {
            var took = Stopwatch.StartNew();
            (int live, _) = await daemon.StatusAsync("live");
            _answers.Add(took.Elapsed.TotalSeconds);
            _claims.Hold(live == 200, "/live answers 200 while the disk is full");
            (int ready, string text) = await daemon.StatusAsync("ready");
            if (ready == 503 && text.Contains("diskFull", StringComparison.Ordinal))
            {
                paused ??= since.Elapsed.TotalSeconds;
            }
            else
            {
                _claims.Hold(paused is null, "/ready stays 503 while the disk is full");
            }

            // The disk cache gives way to others at once; where that has made room for the daemon, the disk was not full.
            if (paused is null && disk.FreeBytes >= ReserveBytes)
            {
                disk.Fill();
                since.Restart();
                _refills++;
            }

            await Task.Delay(50);
        }

        _claims.Hold(paused <= 2, "the daemon pauses within 2 s", string.Create(CultureInfo.InvariantCulture, $"{paused:0.00} s, {disk.FreeBytes} bytes free"));
        _pauses.Add(paused ?? double.NaN);
        double before = await SourcesAsync(daemon);
        drop();
        disk.Free();
        since.Restart();
        bool goesOn = false;
        while (!goesOn && since.Elapsed < Patience)
        {
            await Task.Delay(50);
            goesOn = await SourcesAsync(daemon) > before && (await daemon.StatusAsync("ready")).Status == 200;
        }

        double resumed = goesOn ? since.Elapsed.TotalSeconds : double.NaN;
        _resumes.Add(resumed);
        _claims.Hold(resumed <= 10, "it takes files again within 10 s of space", string.Create(CultureInfo.InvariantCulture, $"{resumed:0.00} s"));
    }

    private static async Task<int> SourcesAsync(ServedDaemon daemon)
    {
        JsonNode view = await daemon.JsonAsync($"v1/datasets/{Laboratory.Study}");
        return (int)view["sources"]!;
    }

    private static void Drop(Laboratory laboratory, int round, int number)
    {
        int file = (round * FilesPerRound) + number;
        bool isArrow = file % 2 == 1;
        string stem = $"F{file:0000}";
        laboratory.Drop(
            Laboratory.Study, stem + (isArrow ? ".arrow" : ".csv"), LabFiles.Spectra(stem, file, FileSamples, Variables, isArrow, hasReferences: true), FileSamples);
    }
}
