using System.Text.Json;
using Pipeline.Host.Cli;
using Xunit;

namespace Pipeline.Host.Tests.Cli;

public partial class SearchCommandTests
{
    [Fact]
    public async Task Search_GoodFile_RanksAndWritesTheResults()
    {
        using var shell = new CommandHarness();
        string data = shell.Write("data.csv", CommandHarness.Table());
        CommandResult result = await shell.RunAsync("search", data, "--response", "protein", "--out", shell.PathOf("out"));

        Assert.Equal(ExitCode.Done, result.Code);
        Assert.Contains("RMSECV", result.Output, StringComparison.Ordinal);
        Assert.Contains("nm", result.Output, StringComparison.Ordinal);
        string[] names = [.. Directory.GetFiles(shell.PathOf("out")).Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal)];
        Assert.Equal(
            ["leaderboard.arrow", "leaderboard.csv", "leaderboard.json", "predictions.arrow", "predictions.csv", "provenance.json", "report.html"],
            names);
        using JsonDocument board = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(shell.PathOf("out"), "leaderboard.json")));
        JsonElement best = board.RootElement.GetProperty("candidates")[0];
        Assert.Equal(1, best.GetProperty("rank").GetInt32());
        Assert.True(best.GetProperty("crossValidation").GetProperty("r2").GetDouble() > 0.99);
    }

    [Fact]
    public async Task Search_Json_PrintsOneDocumentOnStandardOutput()
    {
        using var shell = new CommandHarness();
        string data = shell.Write("data.csv", CommandHarness.Table());
        CommandResult result = await shell.RunAsync("search", data, "-r", "protein", "--out", shell.PathOf("out"), "--json");
        using JsonDocument board = JsonDocument.Parse(result.Output);
        Assert.Equal(24, board.RootElement.GetProperty("samples").GetProperty("count").GetInt32());
        Assert.Equal(await File.ReadAllTextAsync(Path.Combine(shell.PathOf("out"), "leaderboard.json")), result.Output);
    }

    [Fact]
    public async Task Search_TestSamples_NeverInfluenceTheRanking()
    {
        // Aim: the leaderboard is the same bytes whatever the spectra and references of test samples are.
        using var shell = new CommandHarness();
        string sets = shell.Write("sets.csv", "sample_id,set\n" + string.Concat(
            Enumerable.Range(0, 24).Select(i => FormattableString.Invariant($"S{i:000},{(i % 4 == 3 ? "test" : "train")}\n"))));
        string usual = shell.Write("usual.csv", CommandHarness.Table());
        string altered = shell.Write("altered.csv", CommandHarness.Table(
            cell: (i, j) => i % 4 == 3 ? FormattableString.Invariant($"{1e6 * Math.Sin(i + (7 * j))}") : null,
            response: i => i % 4 == 3 ? "1234.5" : null));

        CommandResult first = await shell.RunAsync("search", usual, "-r", "protein", "--split", sets, "--out", shell.PathOf("first"));
        CommandResult second = await shell.RunAsync("search", altered, "-r", "protein", "--split", sets, "--out", shell.PathOf("second"));

        Assert.Equal(ExitCode.Done, first.Code);
        Assert.Equal(ExitCode.Done, second.Code);
        Assert.Contains("RMSEP", first.Output, StringComparison.Ordinal);
        Assert.Equal(
            await File.ReadAllTextAsync(Path.Combine(shell.PathOf("first"), "leaderboard.csv")),
            await File.ReadAllTextAsync(Path.Combine(shell.PathOf("second"), "leaderboard.csv")));
    }

    [Fact]
    public async Task Search_TestSampleRepeatsACalibrationSample_IsSaidAndJudgedWithout()
    {
        // S003 is a test sample with the spectrum of S000, a calibration sample.
        using var shell = new CommandHarness();
        string[] lines = CommandHarness.Table().Split('\n');
        lines[4] = "S003," + lines[1].Split(',', 2)[1];
        string data = shell.Write("data.csv", string.Join('\n', lines));
        string sets = shell.Write("sets.csv", "sample_id,set\n" + string.Concat(
            Enumerable.Range(0, 24).Select(i => FormattableString.Invariant($"S{i:000},{(i % 4 == 3 ? "test" : "train")}\n"))));
        CommandResult result = await shell.RunAsync("search", data, "-r", "protein", "--split", sets, "--out", shell.PathOf("out"));
        Assert.Equal(ExitCode.Done, result.Code);
        Assert.Contains("1 test samples repeat a calibration sample (such as S003 = S000)", result.Output, StringComparison.Ordinal);
        Assert.Contains("without them (5 samples)", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("8")]
    public async Task Search_RowsShuffledAndOtherThreads_WritesTheSameBytes(string threads)
    {
        using var shell = new CommandHarness();
        string[] lines = CommandHarness.Table().TrimEnd('\n').Split('\n');
        string usual = shell.Write("usual.csv", string.Join('\n', lines) + "\n");
        string shuffled = shell.Write("shuffled.csv", string.Join('\n', lines.Take(1).Concat(lines.Skip(1).OrderBy(line => line[3]).Reverse())) + "\n");
        await shell.RunAsync("search", usual, "-r", "protein", "--threads", "2", "--out", shell.PathOf("a"));
        await shell.RunAsync("search", shuffled, "-r", "protein", "--threads", threads, "--out", shell.PathOf("b"));
        foreach (string name in new[] { "leaderboard.csv", "leaderboard.arrow", "leaderboard.json", "predictions.csv", "predictions.arrow", "report.html" })
        {
            Assert.Equal(
                await File.ReadAllBytesAsync(Path.Combine(shell.PathOf("a"), name)),
                await File.ReadAllBytesAsync(Path.Combine(shell.PathOf("b"), name)));
        }
    }

    [Fact]
    public async Task Search_Csv_HasOneCellForEveryHead()
    {
        // Some candidates have no rank: 25 components of 24 samples are too many, and some windows are narrow.
        using var shell = new CommandHarness();
        string data = shell.Write("data.csv", CommandHarness.Table(cell: (i, j) => FormattableString.Invariant(
            $"{0.5 + ((8 + (i * 7 % 24 * 0.25)) * (j + 1) * 0.01) + (Math.Sin(i * 1.3) * (30 - j) * 0.01)}")));
        await shell.RunAsync("search", data, "-r", "protein", "--out", shell.PathOf("out"));
        string[] lines = (await File.ReadAllTextAsync(Path.Combine(shell.PathOf("out"), "leaderboard.csv"))).TrimEnd('\n').Split('\n');
        Assert.Contains(lines, line => line.StartsWith(',') );
        Assert.All(lines, line => Assert.Equal(33, Cells(line)));
    }

    /// <summary>The seed profile from file to table: the columns of the program before, any threads, and what it says of itself.</summary>
    [Fact]
    public async Task Search_SeedProfile_WritesTheOriginalsTable()
    {
        using var shell = new CommandHarness();
        string data = shell.Write("data.csv", CommandHarness.Table());
        string study = shell.Write(
            "study.json", """{ "profile": "seed", "pretreatments": ["raw", "sg(7,2,1)"], "models": ["pls(3)", "neuralboosted(original; 5; 0.2; 3; tanh)"], "subsets": ["full", "top(10)"], "folds": "random(3, seed 42)" }""");
        CommandResult result = await shell.RunAsync("search", data, "-r", "protein", "--study", study, "--out", shell.PathOf("one"), "--threads", "1");
        Assert.Equal(ExitCode.Done, result.Code);
        Assert.Contains("Its figures are too good", result.Output, StringComparison.Ordinal);
        await shell.RunAsync("search", data, "-r", "protein", "--study", study, "--out", shell.PathOf("two"), "--threads", "2");
        string[] lines = await File.ReadAllLinesAsync(Path.Combine(shell.PathOf("one"), "results.csv"));
        Assert.StartsWith(
            "Rank,Task,Model,Params,Preprocess,Deriv,Window,Poly,LVs,n_vars,full_vars,SubsetTag,RMSE,R2,CompositeScore,top_vars",
            lines[0],
            StringComparison.Ordinal);
        Assert.Equal(1 + (2 * 2 * 2), lines.Length);
        Assert.StartsWith("1,regression,", lines[1], StringComparison.Ordinal);
        Assert.Contains(lines, line => line.Contains(",NeuralBoosted,", StringComparison.Ordinal) && line.Contains(",deriv,1,7,2,,", StringComparison.Ordinal));
        Assert.Equal(lines, await File.ReadAllLinesAsync(Path.Combine(shell.PathOf("two"), "results.csv")));
        CommandResult plan = await shell.RunAsync("plan", data, "-r", "protein", "--study", study);
        Assert.Equal(ExitCode.Usage, plan.Code);
        Assert.Contains("run by 'pipeline search' alone", plan.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Search_EarlierTestPredictions_DoNotStay()
    {
        using var shell = new CommandHarness();
        string data = shell.Write("data.csv", CommandHarness.Table());
        Directory.CreateDirectory(shell.PathOf("out"));
        shell.Write("out/test-predictions.csv", "from another run");
        await shell.RunAsync("search", data, "-r", "protein", "--out", shell.PathOf("out"));
        Assert.False(File.Exists(shell.PathOf("out/test-predictions.csv")));
    }

    [Fact]
    public async Task Search_SetsWithoutASample_NamesIt()
    {
        using var shell = new CommandHarness();
        string data = shell.Write("data.csv", CommandHarness.Table());
        string sets = shell.Write("sets.csv", "sample_id,set\nS000,train\nS001,test\n");
        CommandResult result = await shell.RunAsync("search", data, "-r", "protein", "--split", sets);
        Assert.Equal(ExitCode.Data, result.Code);
        Assert.Contains("'S002'", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plan_Schema_IsAJsonSchemaOfTheStudy()
    {
        using var shell = new CommandHarness();
        CommandResult result = await shell.RunAsync("plan", "--schema");
        using JsonDocument schema = JsonDocument.Parse(result.Output);
        JsonElement properties = schema.RootElement.GetProperty("properties");
        Assert.Equal("random(10, seed 0)", properties.GetProperty("folds").GetProperty("default").GetString());
        Assert.False(schema.RootElement.GetProperty("additionalProperties").GetBoolean());
        Assert.Contains("field's notation", properties.GetProperty("pretreatments").GetProperty("description").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plan_Defaults_IsAStudyThatSearchAccepts()
    {
        using var shell = new CommandHarness();
        string data = shell.Write("data.csv", CommandHarness.Table());
        CommandResult defaults = await shell.RunAsync("plan", "--defaults");
        string study = shell.Write("study.json", defaults.Output);
        CommandResult withStudy = await shell.RunAsync("search", data, "-r", "protein", "--study", study, "--out", shell.PathOf("a"));
        CommandResult without = await shell.RunAsync("search", data, "-r", "protein", "--out", shell.PathOf("b"));
        Assert.Equal(ExitCode.Done, withStudy.Code);
        Assert.Equal(ExitCode.Done, without.Code);
        Assert.Equal(
            await File.ReadAllTextAsync(Path.Combine(shell.PathOf("a"), "leaderboard.json")),
            await File.ReadAllTextAsync(Path.Combine(shell.PathOf("b"), "leaderboard.json")));
    }

    [Fact]
    public async Task Plan_File_RunsNothing()
    {
        using var shell = new CommandHarness();
        string data = shell.Write("data.csv", CommandHarness.Table());
        CommandResult result = await shell.RunAsync("plan", data, "-r", "protein");
        Assert.Equal(ExitCode.Done, result.Code);
        Assert.Contains("candidates", result.Output, StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(shell.Folder));
    }

    [Fact]
    public async Task Help_TeachesWithExamplesAndExitCodes()
    {
        using var shell = new CommandHarness();
        CommandResult result = await shell.RunAsync("search", "--help");
        Assert.Equal(ExitCode.Done, result.Code);
        Assert.Contains("Examples:", result.Output, StringComparison.Ordinal);
        Assert.Contains("Exit codes:", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Search_UnknownOption_IsAUsageError()
    {
        using var shell = new CommandHarness();
        CommandResult result = await shell.RunAsync("search", "x.csv", "--respons", "protein");
        Assert.Equal(ExitCode.Usage, result.Code);
    }

    /// <summary>Cells of one line, commas between quotes not counted.</summary>
    private static int Cells(string line)
    {
        bool quoted = false;
        int cells = 1;
        foreach (char one in line)
        {
            quoted ^= one == '"';
            cells += one == ',' && !quoted ? 1 : 0;
        }

        return cells;
    }
}
