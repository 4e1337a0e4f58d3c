using System.Text.Json;
using Pipeline.Host.Cli;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Host.Tests.Cli;

// Fold schemes that go by an order, and test samples chosen before the search.
public partial class SearchCommandTests
{
    private const string QuickStudy = """{ "pretreatments": ["raw", "snv"], "models": ["pls(4)"], "subsets": ["full"], "nested": 0, "permutations": 0""";

    [Theory]
    [InlineData("kennard-stone(25 %)")]
    [InlineData("spxy(25 %)")]
    [InlineData("duplex(25 %)")]
    [InlineData("random(25 %, seed 2)")]
    public async Task Search_HoldOut_WritesTheSetsAndIsTheSameAsNamingThem(string scheme)
    {
        using var shell = new CommandHarness();
        string[] lines = CommandHarness.Table().TrimEnd('\n').Split('\n');
        string data = shell.Write("data.csv", string.Join('\n', lines) + "\n");
        string shuffled = shell.Write("shuffled.csv", string.Join('\n', lines.Take(1).Concat(lines.Skip(1).OrderBy(line => line[3]).Reverse())) + "\n");
        string study = shell.Write("study.json", QuickStudy + "}");
        CommandResult chosen = await shell.RunAsync("search", data, "-r", "protein", "--study", study, "--holdout", scheme, "--out", shell.PathOf("a"));
        Assert.True(chosen.Code == ExitCode.Done, chosen.Error);
        Assert.Contains("on 6 test samples RMSEP", chosen.Output, StringComparison.Ordinal);
        Assert.Contains($"Test samples by {scheme}.", chosen.Error + chosen.Output, StringComparison.Ordinal);

        await shell.RunAsync("search", shuffled, "-r", "protein", "--study", study, "--holdout", scheme, "--out", shell.PathOf("b"), "--threads", "1");
        foreach (string name in new[] { "holdout-sets.csv", "leaderboard.csv", "leaderboard.json", "predictions.csv", "test-predictions.csv", "report.html" })
        {
            Assert.Equal(
                await File.ReadAllBytesAsync(Path.Combine(shell.PathOf("a"), name)),
                await File.ReadAllBytesAsync(Path.Combine(shell.PathOf("b"), name)));
        }

        string sets = Path.Combine(shell.PathOf("a"), "holdout-sets.csv");
        string[] table = await File.ReadAllLinesAsync(sets);
        Assert.Equal("sample_id,set", table[0]);
        Assert.Equal(18, table.Count(line => line.EndsWith(",calibration", StringComparison.Ordinal)));
        Assert.Equal(6, table.Count(line => line.EndsWith(",test", StringComparison.Ordinal)));
        using JsonDocument board = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(shell.PathOf("a"), "leaderboard.json")));
        Assert.Equal(scheme, board.RootElement.GetProperty("testSamples").GetProperty("chosenBy").GetString());
        Assert.Contains(scheme, await File.ReadAllTextAsync(Path.Combine(shell.PathOf("a"), "report.html")), StringComparison.Ordinal);

        // Named by hand they give the same figures, and the table of an earlier choice does not stay behind.
        await shell.RunAsync("search", data, "-r", "protein", "--study", study, "--split", sets, "--out", shell.PathOf("c"));
        foreach (string name in new[] { "leaderboard.csv", "predictions.csv", "test-predictions.csv" })
        {
            Assert.Equal(
                await File.ReadAllTextAsync(Path.Combine(shell.PathOf("a"), name)),
                await File.ReadAllTextAsync(Path.Combine(shell.PathOf("c"), name)));
        }

        // Where they were given they do stay; and no other table of sets is ever touched.
        string own = Path.Combine(shell.PathOf("a"), "sets.csv");
        await File.WriteAllTextAsync(own, "mine\n");
        await shell.RunAsync("search", data, "-r", "protein", "--study", study, "--split", sets, "--out", shell.PathOf("a"));
        Assert.Equal(table, await File.ReadAllLinesAsync(sets));
        await shell.RunAsync("search", data, "-r", "protein", "--study", study, "--out", shell.PathOf("a"));
        Assert.False(File.Exists(sets));
        Assert.Equal("mine\n", await File.ReadAllTextAsync(own));
    }

    [Fact]
    public async Task Search_HoldOutWithSplit_IsRefused()
    {
        using var shell = new CommandHarness();
        string data = shell.Write("data.csv", CommandHarness.Table());
        string sets = shell.Write("sets.csv", "sample_id,set\nS000,train\n");
        CommandResult result = await shell.RunAsync("search", data, "-r", "protein", "--split", sets, "--holdout", "spxy(20 %)", "--out", shell.PathOf("out"));
        Assert.Equal(ExitCode.Usage, result.Code);
        Assert.Contains("Leave one of them out", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Search_SpectraLargerThanMemoryWithHoldOutOrTime_SaysWhatToDo()
    {
        using var shell = new CommandHarness();
        string data = WriteArrow(shell, "big.arrow", TestChunks.Make(n: 10_000, p: 60, seed: 4));
        CommandResult result = await shell.RunAsync(
            "search", data, "-r", "protein", "--memory", LittleMemory, "--holdout", "spxy(20 %)", "--out", shell.PathOf("out"));
        Assert.Equal(ExitCode.Usage, result.Code);
        Assert.Contains("holdout does not work with spectra that are larger than memory", result.Error, StringComparison.Ordinal);

        string study = shell.Write("study.json", QuickStudy + """, "folds": "time(5; by file order)" }""");
        result = await shell.RunAsync("search", data, "-r", "protein", "--memory", LittleMemory, "--study", study, "--out", shell.PathOf("out"));
        Assert.Equal(ExitCode.Usage, result.Code);
        Assert.Contains("contiguous(5; by file order)", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("venetian(6; by protein)", "venetian(6; by protein)")]
    [InlineData("contiguous(6; by response)", "contiguous(6; by response)")]
    [InlineData("time(4; by file order)", "time(4; by file order)")]
    [InlineData("loo", "loo")]
    public async Task Search_OrderedFolds_AreNamedInEveryResult(string folds, string notation)
    {
        using var shell = new CommandHarness();
        string data = shell.Write("data.csv", CommandHarness.Table());
        string study = shell.Write("study.json", QuickStudy + $$""", "folds": "{{folds}}" }""");
        CommandResult result = await shell.RunAsync("search", data, "-r", "protein", "--study", study, "--out", shell.PathOf("out"));
        Assert.True(result.Code == ExitCode.Done, result.Error);
        Assert.Contains($"folds {notation}", result.Output + result.Error, StringComparison.Ordinal);
        using JsonDocument board = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(shell.PathOf("out"), "leaderboard.json")));
        Assert.Equal(notation, board.RootElement.GetProperty("folds").GetProperty("scheme").GetString());
        string report = await File.ReadAllTextAsync(Path.Combine(shell.PathOf("out"), "report.html"));
        Assert.Contains(notation, report, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", report, StringComparison.Ordinal);

        // Of time-ordered folds the first block is in the table, without predictions.
        string[][] lines = [.. (await File.ReadAllLinesAsync(Path.Combine(shell.PathOf("out"), "predictions.csv"))).Skip(1).Select(line => line.Split(','))];
        Assert.Equal(24, lines.Length);
        Assert.Equal(folds.StartsWith("time", StringComparison.Ordinal) ? 6 : 0, lines.Count(line => line[3].Length == 0));
        Assert.All(lines.Where(line => line[3].Length == 0), line => Assert.Equal("1", line[2]));
        Assert.True(File.Exists(Path.Combine(shell.PathOf("out"), "model", "model.json")));
    }
}
