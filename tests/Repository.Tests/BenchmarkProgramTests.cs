using System.Diagnostics;
using System.Text.Json;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Repository.Tests;

/// <summary>The programs and scripts that measure run in smoke size, and hand over a row for everything they name.</summary>
public sealed class BenchmarkProgramTests : IDisposable
{
    private static readonly TimeSpan TimeMax = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("pipeline-bench-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Micro_SmokeSize_HasARowForEachKernel()
    {
        Dictionary<string, JsonElement> rows = await RowsAsync("Pipeline.MicroBench.dll", "--smoke");
        string[] expected =
        [
            "XᵀX 16", "XXᵀ 16", "XᵀY 16", "XB 16", "XB 16 K 5", "Cholesky 12", "eigen 12",
            "snv 40", "msc 40", "autoscale 40", "detrend(1) 40", "sg(15,2,0) 40", "sg(15,2,1) 40", "sg(15,3,2) 40", "snv + sg(15,2,1) 40",
            "sg(15,2,1) + snv 40",
            "network 20, 3, tanh", "network 20, 5, tanh", "network 20, 3, identity", "network 20, 5, identity",
            "ipls(20) 40 × 200", "ipls(20; backward) 40 × 200", "cars(50) 40 × 200", "uve(100) 40 × 200", "spa(30) 40 × 200",
            "pairs(1) 40 × 200", "regions(50,25;5) 40 × 200",
        ];
        Assert.Equal(expected, rows.Keys);
        Assert.All(rows.Values, row => Assert.Matches("^[0-9a-f]{16}$", row.GetProperty("hash").GetString()));
        Assert.Equal("a plain copy", rows["snv 40"].GetProperty("peers")[0].GetProperty("program").GetString());
    }

    [Fact]
    public async Task Cache_SmokeSize_GivesTheSameHashesEachTime()
    {
        string[] arguments = ["--keys", "200", "--hits", "100", "--repetitions", "1"];
        Dictionary<string, JsonElement> rows = await RowsAsync("Pipeline.CacheBench.dll", arguments);
        Assert.Equal(
            from keys in (string[])["100 keys", "one key", "200 keys"] from threads in (int[])[1, 2, 4] select $"{keys}, {threads} threads",
            rows.Keys);
        Dictionary<string, JsonElement> again = await RowsAsync("Pipeline.CacheBench.dll", arguments);
        Assert.Equal(Hashes(rows), Hashes(again));
        Assert.Equal(rows.Count, Hashes(rows).Distinct().Count());
    }

    [PythonFact]
    public async Task Figures_OwnTests_Pass()
    {
        string said = await RunAsync(PythonFactAttribute.Python!, "-B", "-m", "unittest", "discover", "-s", Checkout.PathOf("bench", "Figures"));
        Assert.Matches(@"Ran \d\d+ tests", said);
    }

    [PythonFact]
    public async Task Figures_Committed_AreOfTheirShape()
    {
        // Aim: every committed file can be compared. Method: each is compared with itself, which must hold.
        string[] files = Directory.GetFiles(Checkout.PathOf("docs", "results", "figures"), "figures.json", SearchOption.AllDirectories);
        Assert.NotEmpty(files);
        foreach (string file in files)
        {
            string said = await RunAsync(PythonFactAttribute.Python!, "-B", Checkout.PathOf("bench"), "compare", file, file);
            Assert.Contains("No ratio has become worse.", said, StringComparison.Ordinal);
        }
    }

    private static string?[] Hashes(Dictionary<string, JsonElement> rows) => [.. rows.Values.Select(row => row.GetProperty("hash").GetString())];

    /// <summary>The rows that a program hands over, by name; all their runs have taken time.</summary>
    private async Task<Dictionary<string, JsonElement>> RowsAsync(string program, params string[] arguments)
    {
        string file = Path.Combine(_folder.FullName, $"{Guid.NewGuid():N}.jsonl");
        await RunAsync("dotnet", [Path.Combine(AppContext.BaseDirectory, program), .. arguments, "--rows", file]);
        JsonElement[] rows = [.. File.ReadLines(file).Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.All(rows, row => Assert.All(row.GetProperty("runs").EnumerateArray(), run => Assert.True(run.GetDouble() > 0)));
        return rows.ToDictionary(row => row.GetProperty("name").GetString()!);
    }

    /// <summary>What a process prints, both streams together; it must end well and in time.</summary>
    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        using var patience = new CancellationTokenSource(TimeMax);
        try
        {
            Task<string> errors = process.StandardError.ReadToEndAsync(patience.Token);
            string said = await process.StandardOutput.ReadToEndAsync(patience.Token) + await errors;
            await process.WaitForExitAsync(patience.Token);
            Assert.True(process.ExitCode == 0, said);
            return said;
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}

/// <summary>A test that needs Python, of its standard library alone.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PythonFactAttribute : FactAttribute
{
    public PythonFactAttribute() => Skip = Python is null ? "skipped: no python3" : null;

    public static string? Python { get; } = ForeignPartner.OnPath("python3");
}
