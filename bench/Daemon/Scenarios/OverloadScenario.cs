using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Pipeline.Stages.Numerics;

namespace Pipeline.DaemonBench.Scenarios;

/// <summary>Ten times the daemon's memory lies in its folders all the time, for minutes, while studies run.</summary>
/// <remarks>
/// Several writers drop giant files (as large as the daemon takes them), small and bad ones as fast as the disk takes them,
/// until the backlog is ten times the memory, and clients push batches as fast as they are acknowledged; from then on each file that is taken is replaced at once. So the daemon never
/// catches up, and the disk is not filled by files that it could not take in an hour. New references start the study again
/// and again. In the end the writers stop, and everything that was dropped must be where it belongs.
/// </remarks>
internal sealed class OverloadScenario : IScenario
{
    private const int GiantVariables = 2000;
    private const int SmallSamples = 4;
    private const int StudySamples = 12;
    private const int StudyVariables = 300;
    private const int SmallPerGiant = 2;
    private const int GiantsPerBad = 8;
    private const int Clients = 4;
    private const int PushRows = 50;

    // The manual: a file longer than about 2 % of the memory is left alone.
    private const double GiantShare = 0.0185;

    private const string StudyText =
        """
        { "response": "protein", "pretreatments": ["raw", "snv", "msc", "sg(7,2,1)", "snv + sg(7,2,1)", "sg(15,2,1)"], "models": ["pls(15)", "ridge"],
          "subsets": ["full", "top(50)", "region(50,25;1)"], "folds": "random(10, seed 0)" }
        """;

    private static readonly string[] Bulk = ["first", "second", "third"];
    private static readonly TimeSpan StudyEvery = TimeSpan.FromSeconds(2);
    private readonly Claims _claims = new();

    public string Name => "overload";

    public string Usage => "[--seconds S] [--budget MIB] [--times N] [--patience S] [--folder DIR]";

    public IReadOnlyList<string> Missed => _claims.Missed;

    public async IAsyncEnumerable<string> RunAsync(string folder, ScenarioArguments arguments)
    {
        long budget = (long)arguments.Number("--budget", 256) << 20;
        var load = TimeSpan.FromSeconds(arguments.Number("--seconds", 300));
        long backlog = budget * arguments.Number("--times", 10);
        var patience = TimeSpan.FromSeconds(arguments.Number("--patience", 1200));
        var laboratory = new Laboratory(folder, [Laboratory.Study, .. Bulk]);
        using ServedDaemon daemon = await ServedDaemon.StartAsync(folder, settings =>
        {
            settings["Http"] = new JsonObject { ["Requests"] = 10000 };
            settings["Memory"] = string.Create(CultureInfo.InvariantCulture, $"{budget >> 20} MiB");
            laboratory.Configure(settings, "delete", StudyText, runAfterReferences: StudySamples);
        });
        using var over = new CancellationTokenSource();
        Task<MemoryTrace> watching = MemoryTrace.WatchAsync(daemon.Process.Id, over.Token);
        var since = Stopwatch.StartNew();
        using var pusher = new Pusher(laboratory, Bulk[0], _claims) { Address = daemon.Http.BaseAddress };
        using var pushing = new CancellationTokenSource(load);
        Task[] writers =
        [
            .. Bulk.Select(name => Task.Run(() => WriteAsync(laboratory, name, budget, backlog / Bulk.Length, since, load))),
            Task.Run(() => FeedStudyAsync(laboratory, since, load)),
            .. Enumerable.Range(0, Clients).Select(client => Task.Run(() => pusher.RunAsync(client, PushRows, GiantVariables, pushing.Token))),
        ];
        TimeSpan filled = await FilledAsync(laboratory, backlog, since, load);
        double offered = laboratory.DroppedBytes / filled.TotalSeconds;
        await Task.WhenAll(writers);
        long taken = laboratory.DroppedBytes - Bulk.Sum(name => LyingBytes(laboratory, name));
        double speed = taken / since.Elapsed.TotalSeconds;
        double runs = await daemon.MetricAsync("pipeline_runs_total");
        bool isTaken = await laboratory.IsTakenAsync(daemon, patience);
        _claims.Hold(isTaken, "everything is taken in the end", daemon.Process.Said);
        TimeSpan caughtUp = since.Elapsed - load;
        await over.CancelAsync();
        MemoryTrace memory = await watching;
        double seconds = double.NaN;
        if (isTaken)
        {
            await laboratory.CheckAsync(daemon, _claims);
            _claims.Hold(Bulk.All(name => LyingBytes(laboratory, name) == 0), "sources that are taken are deleted");
            seconds = (await daemon.Process.TerminateAsync(TimeSpan.FromSeconds(60))).TotalSeconds;
            _claims.Hold(daemon.Process.ExitCode == 0, "it stops cleanly", daemon.Process.Said);
            await Laboratory.CheckDoctorAsync(daemon, _claims);
        }

        _claims.Hold(runs >= 1, "studies run meanwhile");
        _claims.Hold(!daemon.Process.Said.Contains("OutOfMemory", StringComparison.Ordinal), "nothing runs out of memory", daemon.Process.Said);
        long anonymousMax = (budget * 115 / 100) + (128L << 20);
        _claims.Hold(memory.AnonymousPeak <= anonymousMax, "anonymous memory stays within 1.15 × budget + 128 MiB");
        _claims.Hold(memory.ResidentPeak <= budget * 115 / 100, "all resident memory stays within 1.15 × budget", string.Create(CultureInfo.InvariantCulture, $"{memory.ResidentPeak >> 20} MiB of {budget * 115 / 100 >> 20} MiB"));
        yield return "| budget | backlog | dropped | offered while the backlog grew | taken | batches pushed: acknowledged, told to come later | RSS peak | anonymous peak | runs of the study meanwhile | last file taken after the writers' end | stop | claims |";
        yield return "|---|---|---|---|---|---|---|---|---|---|---|---|";
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"| {budget >> 20} MiB | {backlog >> 20} MiB for {load.TotalSeconds:0} s | {laboratory.DroppedCount} files, {laboratory.DroppedBytes >> 20} MiB | {offered / 1e6:0} MB/s ({offered / speed:0.0} × taken) | {speed / 1e6:0} MB/s | {pusher.Counts.Acknowledged}, {pusher.Counts.HeldBack} | {memory.ResidentPeak >> 20} MiB ({(double)memory.ResidentPeak / budget:0.00} × budget) | {memory.AnonymousPeak >> 20} MiB | {runs:0} | {caughtUp.TotalSeconds:0} s | {seconds:0.0} s | {_claims.Count - Missed.Count} of {_claims.Count} held |");
    }

    /// <summary>One writer: giant files, with small and bad ones between them; waits while its share of the backlog lies there.</summary>
    private static async Task WriteAsync(Laboratory laboratory, string dataset, long budget, long backlog, Stopwatch since, TimeSpan load)
    {
        int rows = (int)((budget * GiantShare) - (64 << 10)) / ((GiantVariables * sizeof(double)) + 48);
        var x = new Matrix(rows, GiantVariables);
        var random = new Random(dataset.Length);
        for (int i = 0; i < rows; i++)
        {
            foreach (ref double value in x.Row(i))
            {
                value = 0.5 + random.NextDouble();
            }
        }

        for (int number = 0; since.Elapsed < load; number++)
        {
            while (LyingBytes(laboratory, dataset) >= backlog && since.Elapsed < load)
            {
                await Task.Delay(20);
            }

            string stem = $"{dataset[0]}{number:00000}";
            laboratory.Drop(dataset, stem + ".arrow", LabFiles.Giant(stem, number, x), rows);
            for (int k = 0; k < SmallPerGiant; k++)
            {
                string small = $"{stem}s{k}";
                laboratory.Drop(dataset, small + ".csv", LabFiles.Spectra(small, (number * SmallPerGiant) + k, SmallSamples, GiantVariables, isArrow: false, hasReferences: false), SmallSamples);
            }

            if (number % GiantsPerBad == 0)
            {
                laboratory.DropBad(dataset, $"{stem}bad.csv", LabFiles.Bad($"{stem}bad", number, GiantVariables));
            }
        }
    }

    /// <summary>New samples with references, so that the study runs again as soon as it has ended.</summary>
    private static async Task FeedStudyAsync(Laboratory laboratory, Stopwatch since, TimeSpan load)
    {
        for (int number = 0; since.Elapsed < load; number++)
        {
            string stem = $"P{number:0000}";
            laboratory.Drop(Laboratory.Study, stem + ".csv", LabFiles.Spectra(stem, number, StudySamples, StudyVariables, isArrow: false, hasReferences: true), StudySamples);
            await Task.Delay(StudyEvery);
        }
    }

    private static async Task<TimeSpan> FilledAsync(Laboratory laboratory, long backlog, Stopwatch since, TimeSpan load)
    {
        while (since.Elapsed < load && Bulk.Sum(name => LyingBytes(laboratory, name)) < backlog)
        {
            await Task.Delay(50);
        }

        return since.Elapsed;
    }

    private static long LyingBytes(Laboratory laboratory, string dataset)
    {
        long bytes = 0;
        foreach (FileInfo file in new DirectoryInfo(laboratory.PathOf(dataset)).EnumerateFiles())
        {
            // The daemon deletes what it has taken, also between the listing and this look.
            try
            {
                bytes += file.Length;
            }
            catch (FileNotFoundException)
            {
            }
        }

        return bytes;
    }
}
