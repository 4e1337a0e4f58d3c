using System.Globalization;
using System.Runtime.InteropServices;
using Pipeline.Figures;
using Pipeline.StreamingBench;

// A file larger than memory: plain reads, passes over it, and a whole study through the real process.
string command = args.FirstOrDefault(one => !one.StartsWith('-')) is { } named && args[0] == named ? named : "run";
var arguments = new Arguments(args.Skip(args.Length > 0 && args[0] == command ? 1 : 0));
switch (command)
{
    case "make":
        LatentSpectra.Write(arguments.Text("--file", "big.arrow"), arguments.Count("--samples", 1_000_000), arguments.Count("--variables", 500), 7);
        return 0;
    case "pass":
        await Passes.RunAsync(arguments);
        return 0;
    case "run":
        return await RunAsync();
    default:
        Console.Error.WriteLine("dotnet run --project bench/Streaming -c Release -- [run] --folder DIR [--samples N] [--variables P] [--passes N] [--memory SIZE] [--study no] [--rows FILE]");
        return 2;
}

async Task<int> RunAsync()
{
    int samples = arguments.Count("--samples", 1_000_000);
    int variables = arguments.Count("--variables", 500);
    string passes = arguments.Text("--passes", "5");
    var rows = new RowFile(args);
    string folder = Directory.CreateDirectory(Path.Combine(arguments.Text("--folder", Path.GetTempPath()), $"streaming-{Environment.ProcessId}")).FullName;
    try
    {
        string file = Path.Combine(folder, "big.arrow");
        LatentSpectra.Write(file, samples, variables, 7);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{samples} x {variables} float32, {new FileInfo(file).Length / 1e9:F2} GB; {Environment.ProcessorCount} processors, {RuntimeInformation.OSDescription}, {new DriveInfo(folder).DriveFormat}, .NET {Environment.Version}."));
        Console.WriteLine();
        Console.WriteLine("| what | seconds, each | least | processor, least | memory before | memory at most |");
        Console.WriteLine("|---|---|---|---|---|---|");
        PageCache.Drop(file);
        Row("plain read, from the disk", [Line(PageCache.Read(file))]);
        Row("plain read, from memory", [Line(PageCache.Read(file)), Line(PageCache.Read(file)), Line(PageCache.Read(file))]);
        await Pass("raw, from the disk", "raw", "2", "yes");
        await Pass("raw, from memory, 1 thread", "raw", "1", "no");
        await Pass("raw, from memory, 2 threads", "raw", "2", "no");
        await Pass("snv + sg(15,2,1), from memory, 1 thread", "snv + sg(15,2,1)", "1", "no");
        await Pass("snv + sg(15,2,1), from memory, 2 threads", "snv + sg(15,2,1)", "2", "no");
        if (arguments.Text("--study", "yes") == "yes")
        {
            await Study(file);
        }

        Console.WriteLine();
        Console.WriteLine($"Load of the machine at the end: {File.ReadAllText("/proc/loadavg").Split(' ')[0]}.");
        return 0;
    }
    finally
    {
        Directory.Delete(folder, recursive: true);
    }

    async Task Pass(string what, string chain, string threads, string cold)
    {
        Child child = await Child.RunAsync(
            "streamingbench.dll", "pass", "--file", Path.Combine(folder, "big.arrow"), "--chain", chain, "--threads", threads, "--passes", cold == "yes" ? "1" : passes, "--cold", cold);
        Row(what, child.Said.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    async Task Study(string file)
    {
        string study = Path.Combine(folder, "study.json");
        File.WriteAllText(study, """
            {
              "pretreatments": ["raw", "snv", "sg(15,2,1)", "snv + sg(15,2,1)"],
              "models": ["pls(20)", "ridge"],
              "subsets": ["full"],
              "folds": "random(5, seed 0)"
            }
            """);
        PageCache.Drop(file);
        Child child = await Child.RunAsync(
            "pipeline.dll", "search", file, "--response", "protein", "--study", study, "--memory", arguments.Text("--memory", "1GiB"), "--out", Path.Combine(folder, "results"), "--rows", "3");
        Console.WriteLine();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"A study of four chains, PLS 1 to 20 and ridge, 5 folds, from the disk: code {child.ExitCode}, {child.Seconds:F1} s, processor {child.ProcessorSeconds:F1} s, at most {child.PeakMebibytes:F0} MiB resident."));
        Console.WriteLine();
        Console.WriteLine("```text");
        Console.WriteLine(child.Said.Trim());
        Console.WriteLine("```");
    }

    static string Line(double seconds) => seconds.ToString("F3", CultureInfo.InvariantCulture);

    void Row(string what, string[] lines)
    {
        string[][] words = [.. lines.Select(line => line.Split(' '))];
        double[] runs = [.. words.Select(one => double.Parse(one[0], CultureInfo.InvariantCulture))];
        double least = runs.Min();
        string before = words[0].Length > 2 ? words[0][1] + " MiB" : "";
        string processor = words[0].Length > 2 ? words.Min(one => double.Parse(one[3], CultureInfo.InvariantCulture)).ToString("F2", CultureInfo.InvariantCulture) : "";
        string most = words[0].Length > 2 ? words.Max(one => int.Parse(one[2], CultureInfo.InvariantCulture)) + " MiB" : "";
        long? bits = words[0].Length > 2 ? long.Parse(words[0][4], NumberStyles.HexNumber, CultureInfo.InvariantCulture) : null;
        long? peak = words[0].Length > 2 ? words.Max(one => long.Parse(one[2], CultureInfo.InvariantCulture)) << 20 : null;
        double? cpu = processor.Length > 0 ? double.Parse(processor, CultureInfo.InvariantCulture) : null;
        rows.Append(what, $"{samples:N0} × {variables} float32", "s", runs, cpu, bits, peak);
        Console.WriteLine($"| {what} | {string.Join(", ", words.Select(one => one[0]))} | {Line(least)} | {processor} | {before} | {most} |");
    }
}
