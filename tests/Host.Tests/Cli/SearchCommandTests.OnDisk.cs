using System.Text.Json;
using Pipeline.Host.Cli;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Spectra.Readers;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Host.Tests.Cli;

// Spectra that are larger than memory: 10,000 x 60 doubles take 4.6 MiB, more than a quarter of 17 MiB.
public partial class SearchCommandTests
{
    private const string LittleMemory = "17MiB";

    private const string StudyOnDisk = """
        {
          "pretreatments": ["raw", "snv + sg(5,2,1)"],
          "models": ["pls(6)", "ridge(1e-3, 1e-5)"],
          "subsets": ["full"],
          "folds": "random(5, seed 3)",
          "predictions": 3
        }
        """;

    [Fact]
    public async Task Search_SpectraLargerThanMemory_RanksAsInMemoryAndSavesAModel()
    {
        using var shell = new CommandHarness();
        SpectralChunk chunk = TestChunks.Make(n: 10_000, p: 60, seed: 4);
        string data = WriteArrow(shell, "big.arrow", chunk);
        string study = shell.Write("study.json", StudyOnDisk);
        CommandResult onDisk = await shell.RunAsync(
            "search", data, "-r", "protein", "--study", study, "--memory", LittleMemory, "--threads", "2", "--out", shell.PathOf("disk"),
            "--state", shell.PathOf("state"));
        CommandResult inMemory = await shell.RunAsync(
            "search", data, "-r", "protein", "--study", study, "--memory", "1GiB", "--threads", "2", "--out", shell.PathOf("memory"));

        Assert.True(onDisk.Code == ExitCode.Done, onDisk.Error + onDisk.Output);
        Assert.Equal(ExitCode.Done, inMemory.Code);
        Assert.Contains("the spectra stay on the disk", onDisk.Output, StringComparison.Ordinal);
        Assert.Contains("do not lie in the order of their ids", onDisk.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("stay on the disk", inMemory.Output, StringComparison.Ordinal);
        double[] expected = await RmsecvsAsync(shell.PathOf("memory"));
        double[] found = await RmsecvsAsync(shell.PathOf("disk"));
        Assert.Equal(expected.Length, found.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            // Cross-products keep fewer digits than spectra; the response has a deviation of 2.
            Tolerance.AssertClose(expected[i], found[i], 1e-7, 2, $"RMSECV of rank {i + 1}");
        }

        Assert.Equal(10_001, (await File.ReadAllLinesAsync(Path.Combine(shell.PathOf("disk"), "predictions.csv"))).Length);

        // Spectra that are drawn are fetched from the disk, and those alone.
        string report = await File.ReadAllTextAsync(Path.Combine(shell.PathOf("disk"), "report.html"));
        Assert.Contains("150 of 10,000 samples are drawn", report, StringComparison.Ordinal);
        Assert.Contains("T² against Q of the calibration samples", report, StringComparison.Ordinal);

        // The model predicts like any other.
        string some = WriteArrow(shell, "new.arrow", new SpectralChunk(
            [.. chunk.Ids.Take(10)], chunk.Axis, chunk.X.View.RowBand(0, 10).ToMatrix(), [], []));
        CommandResult predicted = await shell.RunAsync("predict", some, "--model", Path.Combine(shell.PathOf("disk"), "model"));
        Assert.True(predicted.Code == ExitCode.Done, predicted.Error);

        // Run again, units are known and only the best are predicted anew: the same files.
        CommandResult again = await shell.RunAsync(
            "search", data, "-r", "protein", "--study", study, "--memory", LittleMemory, "--threads", "1", "--out", shell.PathOf("again"),
            "--state", shell.PathOf("state"));
        Assert.Contains("4 of 4 units are kept", again.Error, StringComparison.Ordinal);
        foreach (string name in (string[])["leaderboard.csv", "leaderboard.arrow", "leaderboard.json", "predictions.csv", "predictions.arrow", "report.html"])
        {
            Assert.Equal(
                await File.ReadAllTextAsync(Path.Combine(shell.PathOf("disk"), name)), await File.ReadAllTextAsync(Path.Combine(shell.PathOf("again"), name)));
        }
    }

    [Fact]
    public async Task Search_SpectraLargerThanMemoryWithSplit_SaysWhatToDo()
    {
        using var shell = new CommandHarness();
        string data = WriteArrow(shell, "big.arrow", TestChunks.Make(n: 10_000, p: 60, seed: 4));
        string split = shell.Write("sets.csv", "sample_id,set\nS000,train\n");
        CommandResult result = await shell.RunAsync("search", data, "-r", "protein", "--memory", LittleMemory, "--split", split, "--out", shell.PathOf("out"));
        Assert.Equal(ExitCode.Usage, result.Code);
        Assert.Contains("--split does not work with spectra that are larger than memory", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Search_ValueOnDiskIsNoNumber_NamesFileRowSampleAndWavelength()
    {
        using var shell = new CommandHarness();
        SpectralChunk chunk = TestChunks.Make(n: 10_000, p: 60, seed: 4);
        chunk.X[8123, 7] = double.NaN;
        string data = WriteArrow(shell, "big.arrow", chunk);
        CommandResult result = await shell.RunAsync("plan", data, "-r", "protein", "--memory", LittleMemory);
        Assert.Equal(ExitCode.Data, result.Code);
        Assert.Contains("big.arrow: Row 8124, sample 'S8123', variable 1170 nm: expected a finite number, found NaN.", result.Error, StringComparison.Ordinal);
    }

    private static string WriteArrow(CommandHarness shell, string name, SpectralChunk chunk)
    {
        string path = shell.PathOf(name);
        using FileStream stream = File.Create(path);
        ArrowSpectraWriter.Write(chunk, stream);
        return path;
    }

    private static async Task<double[]> RmsecvsAsync(string folder)
    {
        using JsonDocument board = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "leaderboard.json")));
        return [.. board.RootElement.GetProperty("candidates").EnumerateArray().Select(one => one.GetProperty("crossValidation").GetProperty("rmsecv").GetDouble())];
    }
}
