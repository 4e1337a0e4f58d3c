using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Pipeline.Host.Tests.Reliability;

namespace Pipeline.Reliability;

/// <summary>What remembering costs: one study of candidates of about a millisecond, plain and with more arguments, in turn.</summary>
/// <remarks>
/// The second of each pair gets the arguments of <c>--with</c> (usually <c>--state {folder}</c>), where <c>{folder}</c> stands for a
/// folder of its own. The usual grain is ten thousand candidates in units of some hundred; with <c>--grain units</c> every unit has one
/// candidate, which is the worst case for whatever is written for each unit. A difference is the median of those of the pairs, for a
/// machine that does other work beside it slows both of a pair.
/// </remarks>
internal sealed class OverheadDriver(DriverArguments arguments)
{
    private const int Samples = 200;
    private const int Variables = 150;
    private static readonly string[] DerivativeForms = ["2,1", "2,2", "3,1"];
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly string _folder = Directory.CreateTempSubdirectory("pipeline-overhead-").FullName;
    private int _units;

    private bool IsWorstGrain => arguments.Text("--grain") == "units";

    public async Task<int> RunAsync()
    {
        string data = Path.Combine(_folder, "spectra.csv");
        await File.WriteAllTextAsync(data, Table());
        string study = Path.Combine(_folder, "study.json");
        await File.WriteAllTextAsync(study, Study());
        int runs = arguments.Number("--runs", 5);
        string? with = arguments.Text("--with") ?? "--state {folder}";
        List<RunFigures> plain = [];
        List<RunFigures> more = [];
        await RunAsync(data, study, null, -1);
        Console.WriteLine($"overhead grain {(IsWorstGrain ? "units" : "candidates")} units {_units}");
        for (int i = 0; i < runs; i++)
        {
            // Which of the two goes first changes from pair to pair.
            if (with is not null && i % 2 == 1)
            {
                more.Add(await RunAsync(data, study, with, i));
            }

            plain.Add(await RunAsync(data, study, null, i));
            if (with is not null && i % 2 == 0)
            {
                more.Add(await RunAsync(data, study, with, i));
            }
        }

        RunFigures usual = RunFigures.Median(plain);
        Console.WriteLine(usual.Text($"overhead plain {arguments.EnvironmentText}"));
        if (with is not null)
        {
            RunFigures other = RunFigures.Median(more);
            Console.WriteLine(other.Text($"overhead with \"{with}\" {arguments.EnvironmentText}"));
            Console.WriteLine(FormattableString.Invariant(
                $"overhead difference wall_percent {OfPairs(run => run.WallSeconds):F1} cpu_percent {OfPairs(run => run.CpuSeconds):F1} peak_rss_percent {OfPairs(run => run.PeakMebibytes):F1} target_percent 5"));
            double OfPairs(Func<RunFigures, double> value) =>
                plain.Zip(more, (one, two) => Percent(value(two), value(one))).Order().ElementAt(runs / 2);
        }

        Directory.Delete(_folder, recursive: true);
        return 0;
    }

    private static double Percent(double value, double of) => 100 * (value - of) / of;

    private async Task<RunFigures> RunAsync(string data, string study, string? with, int number)
    {
        string output = Path.Combine(_folder, $"out-{number}-{with is not null}");
        string state = Path.Combine(_folder, $"state-{number}");
        string[] more = with is null ? [] : [.. with.Split(' ').Select(word => word.Replace("{folder}", state, StringComparison.Ordinal))];
        string[] threads = arguments.Text("--threads") is { } count ? ["--threads", count] : [];
        double cpuBefore = ChildrenCpuSeconds();
        var wall = Stopwatch.StartNew();
        long peak = 0;
        using (ServedProcess search = ServedProcess.Start(["search", data, "--response", "y", "--study", study, "--out", output, .. threads, .. more], [.. arguments.Environment]))
        {
            while (!search.HasExited && wall.Elapsed < Patience)
            {
                peak = Math.Max(peak, ProcessMemory.Of(search.Id)?.Peak ?? 0);
                await search.WaitForExitAsync(TimeSpan.FromMilliseconds(50));
            }

            if (!search.HasExited || search.ExitCode != 0)
            {
                throw new InvalidOperationException($"The search failed:\n{search.Said}");
            }
        }

        TimeSpan took = wall.Elapsed;
        using JsonDocument board = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(output, "leaderboard.json")));
        int candidates = board.RootElement.GetProperty("candidates").GetArrayLength();
        _units = IsWorstGrain ? candidates : _units;
        Directory.Delete(output, recursive: true);
        if (Directory.Exists(state))
        {
            Directory.Delete(state, recursive: true);
        }

        return new RunFigures(candidates, took.TotalSeconds, ChildrenCpuSeconds() - cpuBefore, peak / 1048576.0);
    }

    /// <summary>Processor time of all processes that this one has started and that have ended.</summary>
    private static double ChildrenCpuSeconds()
    {
        // The name in parentheses may hold blanks; the times are counted from behind it. A tick is 10 ms on every Linux.
        string text = File.ReadAllText("/proc/self/stat");
        string[] fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        return (long.Parse(fields[13], CultureInfo.InvariantCulture) + long.Parse(fields[14], CultureInfo.InvariantCulture)) / 100.0;
    }

    private static string Table()
    {
        var random = new Random(3);
        var text = new StringBuilder("sample_id,y").AppendJoin("", Enumerable.Range(0, Variables).Select(j => "," + (1100 + (4 * j)).ToString(CultureInfo.InvariantCulture))).Append('\n');
        for (int i = 0; i < Samples; i++)
        {
            double y = 8 + (6 * random.NextDouble());
            double other = random.NextDouble();
            text.Append(CultureInfo.InvariantCulture, $"S{i:000},{y:F4}");
            for (int j = 0; j < Variables; j++)
            {
                double value = 0.4 + (0.02 * y * Math.Exp(-Math.Pow((j - 60) / 9.0, 2))) + (0.2 * other * Math.Exp(-Math.Pow((j - 95) / 14.0, 2))) + (0.002 * random.NextDouble());
                text.Append(CultureInfo.InvariantCulture, $",{value:F6}");
            }

            text.Append('\n');
        }

        return text.ToString();
    }

    private string Study()
    {
        if (IsWorstGrain)
        {
            string[] smooth = [.. from width in Enumerable.Range(2, 24) from order in Enumerable.Range(2, 4) from derivative in Enumerable.Range(0, 3) where (2 * width) + 1 > order + 1 select $"sg({(2 * width) + 1},{order},{derivative})"];
            string[] many = [.. smooth, .. smooth.Select(one => "snv + " + one), .. smooth.Select(one => one + " + snv"), .. smooth.Select(one => "detrend(1) + " + one), .. smooth.Select(one => "detrend(2) + " + one)];
            return $$"""
                { "response": "y", "pretreatments": {{JsonSerializer.Serialize(many.Take(arguments.Number("--units", 1000)))}}, "models": [{{JsonSerializer.Serialize(arguments.Text("--model") ?? "ridge(0.001)")}}], "folds": "random(10, seed 0)", "subsets": ["full"], "nested": 0, "permutations": 0 }
                """;
        }

        string[] derivatives = [.. from width in Enumerable.Range(0, 13) from form in DerivativeForms select $"sg({7 + (2 * width)},{form})"];
        string[] chains = ["raw", "snv", "msc", .. derivatives, .. derivatives.Select(one => "snv + " + one)];
        return $$"""
            { "response": "y", "pretreatments": {{JsonSerializer.Serialize(chains)}}, "models": ["pls(25)"], "folds": "random(10, seed 0)", "nested": 0, "permutations": 0,
              "subsets": ["full", "top(10)", "top(20)", "top(40)", "top(60)", "region(20,10;1)", "region(30,10;1)", "regions(20,10;2)"] }
            """;
    }
}

/// <summary>What one run has cost.</summary>
internal sealed record RunFigures(int Candidates, double WallSeconds, double CpuSeconds, double PeakMebibytes)
{
    public static RunFigures Median(List<RunFigures> runs)
    {
        double Of(Func<RunFigures, double> value) => runs.Select(value).Order().ElementAt(runs.Count / 2);
        return new RunFigures(runs[0].Candidates, Of(run => run.WallSeconds), Of(run => run.CpuSeconds), Of(run => run.PeakMebibytes));
    }

    public string Text(string name) => FormattableString.Invariant(
        $"{name} candidates {Candidates} wall_s {WallSeconds:F2} cpu_s {CpuSeconds:F2} cpu_ms_per_candidate {1000 * CpuSeconds / Candidates:F3} peak_rss_mib {PeakMebibytes:F0}");
}
