using System.Globalization;
using System.Text.Json;
using Pipeline.Engine.Identity;
using Pipeline.Engine.State;
using Pipeline.Host.Cli;
using Pipeline.Host.Http.Tables;
using Pipeline.Host.State;
using Xunit;

namespace Pipeline.Host.Tests.Cli;

/// <summary>What a search says of itself: on the screen, in its files, and when it is asked later.</summary>
public sealed class JudgedSearchCommandTests : IDisposable
{
    private const string Study = """{ "pretreatments": ["raw", "snv", "sg(5,2,1)"], "models": ["pls(6)", "ridge"], "subsets": ["full", "top(8)"], "nested": 4, "permutations": 19, "bootstrap": 200 }""";

    private readonly CommandHarness _shell = new();

    public void Dispose() => _shell.Dispose();

    [Fact]
    public async Task Search_Numbers_SaysWhatToExpectAndWhatChanceDoes()
    {
        CommandResult result = await SearchAsync(Study, "out");
        Assert.Equal(ExitCode.Done, result.Code);
        Assert.Contains(
            "Judging: the search without each of 4 outer folds (random(4, seed 1)); 19 searches on shuffled responses",
            result.Output,
            StringComparison.Ordinal);
        Assert.Contains("What to expect of new samples: the whole search was repeated without each of 4 outer folds", result.Output, StringComparison.Ordinal);
        Assert.Contains("Not by chance: 19 searches on shuffled responses", result.Output, StringComparison.Ordinal);
        Assert.Contains("p = 0.05 ", result.Output, StringComparison.Ordinal);
        Assert.Contains("It ranks first in", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Keep samples aside", result.Output, StringComparison.Ordinal);

        using JsonDocument board = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(_shell.PathOf("out"), "leaderboard.json")));
        JsonElement judgement = board.RootElement.GetProperty("judgement");
        JsonElement nested = judgement.GetProperty("nested");
        Assert.Equal("random(4, seed 1)", nested.GetProperty("outerFolds").GetString());
        Assert.Equal(4, nested.GetProperty("choices").GetArrayLength());
        Assert.Equal(24, nested.GetProperty("choices").EnumerateArray().Sum(choice => choice.GetProperty("samples").GetInt32()));
        double rmse = nested.GetProperty("rmse").GetDouble();
        double best = board.RootElement.GetProperty("candidates")[0].GetProperty("crossValidation").GetProperty("rmsecv").GetDouble();
        Assert.Equal(rmse - best, nested.GetProperty("optimism").GetDouble(), 1e-12);
        Assert.InRange(rmse, nested.GetProperty("rmseInterval")[0].GetDouble(), nested.GetProperty("rmseInterval")[1].GetDouble());
        JsonElement chance = judgement.GetProperty("permutationNull");
        Assert.Equal(0.05, chance.GetProperty("p").GetDouble(), 1e-12);
        Assert.Equal(19, chance.GetProperty("permutations").GetInt32());

        // The table has the same figures, for the twenty rows whose predictions are kept.
        string[][] rows = [.. ResultTable.Rows(new StringReader(await File.ReadAllTextAsync(Path.Combine(_shell.PathOf("out"), "leaderboard.csv"))))];
        string Cell(int row, string name) => rows[row][Array.IndexOf(rows[0], name)];
        Assert.Equal("1", Cell(1, "p_against_best"));
        Assert.InRange(
            double.Parse(Cell(1, "rmsecv"), CultureInfo.InvariantCulture),
            double.Parse(Cell(1, "rmsecv_low"), CultureInfo.InvariantCulture),
            double.Parse(Cell(1, "rmsecv_high"), CultureInfo.InvariantCulture));
        Assert.Equal(20, Enumerable.Range(1, rows.Length - 1).Count(row => Cell(row, "rank_confidence").Length > 0));
        Assert.Equal(1, Enumerable.Range(1, 20).Sum(row => double.Parse(Cell(row, "rank_confidence"), CultureInfo.InvariantCulture)), 1e-9);
        Assert.Equal("", Cell(1, "composite"));
    }

    [Fact]
    public async Task Search_RepeatedFolds_SaysHowMuchTheDivisionDoes()
    {
        CommandResult result = await SearchAsync(
            Study.Replace(
                "\"nested\": 4, \"permutations\": 19",
                "\"nested\": 0, \"permutations\": 0, \"repeats\": 3, \"folds\": \"random(4, seed 7)\"",
                StringComparison.Ordinal),
            "out");
        Assert.Equal(ExitCode.Done, result.Code);
        Assert.Contains("Judging: the search with 3 other divisions of the samples (random(4, seed 8), …)", result.Output, StringComparison.Ordinal);
        Assert.Contains(
            "Other folds: over 4 divisions of the samples (this one among them) the RMSECV of the best is",
            result.Output,
            StringComparison.Ordinal);
        Assert.Contains(
            "Other folds: over 4 divisions",
            await File.ReadAllTextAsync(Path.Combine(_shell.PathOf("out"), "report.html")),
            StringComparison.Ordinal);

        using JsonDocument board = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(_shell.PathOf("out"), "leaderboard.json")));
        JsonElement[] divisions = [.. board.RootElement.GetProperty("judgement").GetProperty("repeats").GetProperty("divisions").EnumerateArray()];
        Assert.Equal(
            ["random(4, seed 7)", "random(4, seed 8)", "random(4, seed 9)", "random(4, seed 10)"],
            divisions.Select(one => one.GetProperty("folds").GetString()));
        Assert.Equal(1, divisions[0].GetProperty("winnerRank").GetInt32());
        JsonElement best = board.RootElement.GetProperty("candidates")[0].GetProperty("repeats");
        double[] own = [.. divisions.Select(one => one.GetProperty("winnerValue").GetDouble())];
        Assert.Equal(own.Average(), best.GetProperty("mean").GetDouble(), 1e-12);
        Assert.Equal(4, best.GetProperty("divisions").GetInt32());

        string[][] rows = [.. ResultTable.Rows(new StringReader(await File.ReadAllTextAsync(Path.Combine(_shell.PathOf("out"), "leaderboard.csv"))))];
        Assert.Equal(best.GetProperty("mean").GetDouble(), ResultTable.Number(rows[1][Array.IndexOf(rows[0], "repeats_mean")]));
        Assert.Equal(best.GetProperty("sd").GetDouble(), ResultTable.Number(rows[1][Array.IndexOf(rows[0], "repeats_sd")]));
    }

    [Fact]
    public async Task Search_Classes_SaysWhatToExpectOfNewSamples()
    {
        string data = _shell.Write("classes.csv", CommandHarness.Table(samples: 40, response: i => i % 40 * 7 % 40 < 20 ? "low" : "high"));
        string study = _shell.Write("classes.json", """{ "pretreatments": ["raw", "snv"], "models": ["plsda(3)", "lda"], "subsets": ["full"], "folds": "stratified(4, seed 0)", "nested": 3 }""");
        CommandResult result = await _shell.RunAsync("search", data, "-r", "protein", "--study", study, "--out", _shell.PathOf("out"));
        Assert.Equal(ExitCode.Done, result.Code);
        Assert.Contains("without each of 3 outer folds, and what it chose predicted them", result.Output, StringComparison.Ordinal);
        using JsonDocument board = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(_shell.PathOf("out"), "leaderboard.json")));
        JsonElement nested = board.RootElement.GetProperty("judgement").GetProperty("nested");
        double accuracy = nested.GetProperty("balancedAccuracy").GetDouble();
        Assert.InRange(accuracy, nested.GetProperty("rankingInterval")[0].GetDouble(), nested.GetProperty("rankingInterval")[1].GetDouble());
        Assert.Equal(40, nested.GetProperty("choices").EnumerateArray().Sum(choice => choice.GetProperty("samples").GetInt32()));
        double best = board.RootElement.GetProperty("candidates")[0].GetProperty("crossValidation").GetProperty("balancedAccuracy").GetDouble();
        Assert.Equal(best - accuracy, nested.GetProperty("optimism").GetDouble(), 1e-12);
        Assert.Equal(JsonValueKind.Null, board.RootElement.GetProperty("judgement").GetProperty("permutationNull").ValueKind);
    }

    [Fact]
    public async Task Search_NothingAsked_SaysThatTheBestLooksBetterThanItIs()
    {
        CommandResult result = await SearchAsync(
            Study.Replace(
                "\"nested\": 4, \"permutations\": 19, \"bootstrap\": 200",
                "\"nested\": 0, \"permutations\": 0, \"bootstrap\": 0",
                StringComparison.Ordinal),
            "out");
        Assert.Equal(ExitCode.Done, result.Code);
        Assert.Contains("looks better than it is", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Judging", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("ranks first", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Search_Composite_RanksByItAndShowsIt()
    {
        CommandResult result = await SearchAsync(
            Study.Replace("\"nested\": 4", "\"metric\": \"composite\", \"lambda\": 1, \"nested\": 4", StringComparison.Ordinal), "out");
        Assert.Equal(ExitCode.Done, result.Code);
        string[][] rows = [.. ResultTable.Rows(new StringReader(await File.ReadAllTextAsync(Path.Combine(_shell.PathOf("out"), "leaderboard.csv"))))];
        int composite = Array.IndexOf(rows[0], "composite");
        double[] scores = [.. rows.Skip(1).Where(row => row[0].Length > 0).Select(row => double.Parse(row[composite], CultureInfo.InvariantCulture))];
        Assert.Equal(scores.Order(), scores);
        using JsonDocument board = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(_shell.PathOf("out"), "leaderboard.json")));
        Assert.Equal("composite", board.RootElement.GetProperty("metric").GetString());
        Assert.Equal("lowest composite score", board.RootElement.GetProperty("chosen")[0].GetProperty("why").GetString());
    }

    [Fact]
    public async Task Search_UnknownJudgingField_IsRefusedWithTheNearestName()
    {
        CommandResult result = await SearchAsync(Study.Replace("permutations", "permutation", StringComparison.Ordinal), "out");
        Assert.Equal(ExitCode.Usage, result.Code);
        Assert.Contains("unknown field 'permutation'", result.Error, StringComparison.Ordinal);
        Assert.Contains("'permutations'", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_UnitOfANestedSearch_SaysWhatItIsFor()
    {
        string state = _shell.PathOf("state");
        Assert.Equal(ExitCode.Done, (await SearchAsync(Study, "out", "--state", state)).Code);
        using var view = StateView.Open(HostSchema.FileOf(state));
        string[] roles = [];
        foreach (Fingerprint unit in view.UnitsOf(view.Runs()[0].Id))
        {
            CommandResult told = await _shell.RunAsync("explain", unit.ToString(), "--state", state);
            Assert.Equal(ExitCode.Done, told.Code);
            roles =
                [.. roles, told.Output.Split('\n').FirstOrDefault(line => line.StartsWith("for the nested estimate", StringComparison.Ordinal)) ?? (told.Output.Contains("unit: raw | null of", StringComparison.Ordinal) ? "null" : "own")];
        }

        Assert.Equal(6, roles.Count(role => role.Contains("without outer fold 2 of 4", StringComparison.Ordinal)));
        Assert.Contains("own", roles);
        Assert.Contains("null", roles);
    }

    [Fact]
    public async Task Explain_UnitOfARepeat_NamesTheFieldThatMadeIt()
    {
        string state = _shell.PathOf("state");
        string study = Study.Replace("\"nested\": 4, \"permutations\": 19", "\"nested\": 0, \"permutations\": 0, \"repeats\": 2", StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, (await SearchAsync(study, "out", "--state", state)).Code);
        using var view = StateView.Open(HostSchema.FileOf(state));
        var told = new List<string>();
        foreach (Fingerprint unit in view.UnitsOf(view.Runs()[0].Id))
        {
            told.Add((await _shell.RunAsync("explain", unit.ToString(), "--state", state)).Output);
        }

        // Three chains and two families: six units of the study's own, six of each repeat.
        Assert.Equal(18, told.Count);
        Assert.Equal(12, told.Count(one => one.Contains("repeats", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Plan_Defaults_NameTheJudging()
    {
        CommandResult result = await _shell.RunAsync("plan", "--defaults");
        using JsonDocument study = JsonDocument.Parse(result.Output);
        Assert.Equal(5, study.RootElement.GetProperty("nested").GetInt32());
        Assert.Equal(99, study.RootElement.GetProperty("permutations").GetInt32());
        Assert.Equal(0, study.RootElement.GetProperty("repeats").GetInt32());
        Assert.Equal(1000, study.RootElement.GetProperty("bootstrap").GetInt32());
    }

    private Task<CommandResult> SearchAsync(string study, string output, params string[] more) => _shell.RunAsync(
        ["search", _shell.Write("data.csv", CommandHarness.Table()), "-r", "protein", "--study", _shell.Write("judged.json", study), "--out", _shell.PathOf(output), .. more]);
}
