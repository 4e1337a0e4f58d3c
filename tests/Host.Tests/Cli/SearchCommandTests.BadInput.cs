using Pipeline.Host.Cli;
using Xunit;

namespace Pipeline.Host.Tests.Cli;

/// <summary>Bad input ends with a message that names place, value found and remedy, or with the documented behaviour.</summary>
public partial class SearchCommandTests
{
    public static TheoryData<string, string, string[]> BadFiles
    {
        get
        {
            string good = CommandHarness.Table();
            string[] lines = good.Split('\n');
            string Line(int number, Func<string, string> change) =>
                string.Join('\n', lines.Select((line, index) => index == number - 1 ? change(line) : line));
            return new TheoryData<string, string, string[]>
            {
                { "empty", "", ["empty"] },
                { "header only", lines[0] + "\n", ["header"] },
                { "text cell", Line(4, line => Replace(line, 5, "n.d.")), ["4", "S002", "1130", "n.d."] },
                { "NaN", Line(6, line => Replace(line, 2, "NaN")), ["6", "S004", "1100", "NaN"] },
                { "infinite", Line(6, line => Replace(line, 2, "1e999")), ["6", "S004", "1100"] },
                { "missing cell", Line(9, line => Replace(line, 7, "")), ["9", "S007", "1150"] },
                { "duplicate id", Line(5, line => Replace(line, 0, "S001")), ["S001", "3", "5"] },
                { "ragged", Line(7, line => line + ",1,2"), ["7", "34", "32"] },
                { "repeated wavelength", Line(1, line => line.Replace("1120", "1110", StringComparison.Ordinal)), ["1110"] },
                { "response with text", Rows(good, i => i == 3 ? "ca. 9" : "9.5"), ["protein", "S003", "ca. 9"] },
                { "no reference", Rows(good, i => ""), ["protein"] },
                { "constant reference", Rows(good, i => "9.5"), ["protein", "9.5"] },
                { "one sample", string.Join('\n', lines.Take(2)) + "\n", ["1 of 1", "protein"] },
            };
        }
    }

    [Theory]
    [MemberData(nameof(BadFiles))]
    public async Task Search_BadFile_SaysWhatAndWhere(string situation, string content, string[] mentions)
    {
        using var shell = new CommandHarness();
        string data = shell.Write("data.csv", content);

        CommandResult result = await shell.RunAsync("search", data, "--response", "protein", "--out", shell.PathOf("out"));

        Assert.True(result.Code == ExitCode.Data, $"{situation}: exit code {result.Code}\n{result.Error}");
        Assert.All(mentions, mention => Assert.Contains(mention, result.Error, StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
        Assert.True(!Directory.Exists(shell.PathOf("out")) || Directory.GetFiles(shell.PathOf("out")).Length == 0, "nothing is written");
    }

    [Fact]
    public async Task Search_UnknownResponse_OffersTheNearest()
    {
        using var shell = new CommandHarness();
        string data = shell.Write("data.csv", CommandHarness.Table());
        CommandResult result = await shell.RunAsync("search", data, "--response", "protien");
        Assert.Equal(ExitCode.Usage, result.Code);
        Assert.Contains("'protien'", result.Error, StringComparison.Ordinal);
        Assert.Contains("'protein'", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Search_NoSuchFile_SaysSo()
    {
        using var shell = new CommandHarness();
        CommandResult result = await shell.RunAsync("search", shell.PathOf("absent.csv"), "--response", "protein");
        Assert.Equal(ExitCode.Usage, result.Code);
        Assert.Contains("there is no such file", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "pretreatmens": ["raw"] }""", "line 1", "pretreatmens", "'pretreatments'")]
    [InlineData("{\n  \"fold\": 5 }", "line 2", "unknown field 'fold'", "'folds'")]
    [InlineData("""{ "folds": 5 }""", "line 1", "folds", "expected a text, found 5.")]
    [InlineData("""{ "folds": null }""", "line 1", "folds", "found null")]
    [InlineData("""{ "models": null }""", "line 1", "models", "expected a list of texts, found null")]
    [InlineData("{ \"pretreatments\": [\n \"snv\",\n null] }", "line 3", "pretreatments", "found null")]
    [InlineData("""{ "subsets": [] }""", "subsets", "empty list", "")]
    [InlineData("""{ "subsets": ["top(5)", "top(5)"] }""", "subsets", "'top(5)' 2 times", "")]
    [InlineData("""{ "subsets": ["ranges(1150-1200 nm)", "ranges(1150.00001-1200 nm)"] }""", "subsets", "2 times", "")]
    [InlineData("""{ "subsets": ["ranges(1150-1200 inch)"] }""", "subsets", "inch", "nm")]
    [InlineData("""{ "folds": "random(1)" }""", "folds", "1", "2")]
    [InlineData("""{ "folds": "random(500)" }""", "500", "24", "")]
    [InlineData("""{ "folds": "randon(5)" }""", "folds", "'randon'", "'random'")]
    [InlineData("""{ "folds": "given(batch)" }""", "batch", "protein", "")]
    [InlineData("""{ "pretreatments": ["snw"] }""", "snw", "snv", "")]
    [InlineData("""{ "pretreatments": ["sg(14,2,1)"] }""", "14", "odd", "")]
    [InlineData("""{ "models": ["pls(0)"] }""", "models", "found 0", "")]
    [InlineData("""{ "models": ["plss(5)"] }""", "models", "'plss'", "'pls'")]
    [InlineData("""{ "models": ["ridge(-1)"] }""", "models", "found -1", "")]
    [InlineData("""{ "models": ["ridge(1e-3, 1e-3)"] }""", "models", "twice", "")]
    [InlineData("""{ "predictions": -1 }""", "predictions", "found -1", "")]
    [InlineData("{ not json", "line 1", "JSON", "")]
    public async Task Search_BadStudy_NamesTheField(string study, string first, string second, string third)
    {
        using var shell = new CommandHarness();
        string data = shell.Write("data.csv", CommandHarness.Table());
        string file = shell.Write("study.json", study);
        CommandResult result = await shell.RunAsync("search", data, "--response", "protein", "--study", file, "--out", shell.PathOf("out"));
        Assert.True(result.Code == ExitCode.Usage, $"{result.Code}: {result.Output}\n{result.Error}");
        Assert.Contains(first, result.Error, StringComparison.Ordinal);
        Assert.Contains(second, result.Error, StringComparison.Ordinal);
        Assert.Contains(third, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Search_OneVariable_IsCalibrated()
    {
        using var shell = new CommandHarness();
        string data = shell.Write("data.csv", CommandHarness.Table(variables: 1));
        CommandResult result = await shell.RunAsync("search", data, "--response", "protein", "--out", shell.PathOf("out"));
        Assert.Equal(ExitCode.Done, result.Code);
        Assert.Contains("left out", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Search_MoreComponentsThanRank_ListsTheRestUnranked()
    {
        // Spectra of rank 2 (a constant aside): every variable is a combination of two.
        using var shell = new CommandHarness();
        string data = shell.Write("data.csv", CommandHarness.Table(cell: (i, j) => FormattableString.Invariant(
            $"{0.5 + ((8 + (i * 7 % 24 * 0.25)) * (j + 1) * 0.01) + (Math.Sin(i * 1.3) * (30 - j) * 0.01)}")));
        string study = shell.Write("study.json", """{ "pretreatments": ["raw"], "models": ["pls(25)"], "subsets": ["full"] }""");
        CommandResult result = await shell.RunAsync("search", data, "--response", "protein", "--study", study, "--out", shell.PathOf("out"));
        Assert.Equal(ExitCode.Done, result.Code);
        string board = await File.ReadAllTextAsync(Path.Combine(shell.PathOf("out"), "leaderboard.csv"));
        Assert.Contains("1 LV", board, StringComparison.Ordinal);
        Assert.Contains("10 components asked", board, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Search_ZeroVarianceChannel_IsReportedAndHarmless()
    {
        using var shell = new CommandHarness();
        string data = shell.Write("data.csv", CommandHarness.Table(cell: (_, j) => j == 4 ? "0.75" : null));
        CommandResult result = await shell.RunAsync("search", data, "--response", "protein", "--out", shell.PathOf("out"));
        Assert.Equal(ExitCode.Done, result.Code);
        Assert.Contains("1140", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Search_OverBudget_SaysWhatToChange()
    {
        using var shell = new CommandHarness();
        string data = shell.Write("data.csv", CommandHarness.Table(samples: 1500, variables: 300));
        CommandResult result = await shell.RunAsync("search", data, "--response", "protein", "--memory", "16 MiB");
        Assert.Equal(ExitCode.OverBudget, result.Code);
        Assert.Contains("MiB", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--memory", "lots", "lots")]
    [InlineData("--threads", "0", "'0'")]
    [InlineData("--axis-unit", "inch", "'inch'")]
    [InlineData("--delimiter", "x", "'x'")]
    [InlineData("--decimal", ";", "';'")]
    [InlineData("--rows", "0", "found 0")]
    [InlineData("--test", "a", "--split")]
    public async Task Search_BadOption_NamesIt(string option, string value, string mention)
    {
        using var shell = new CommandHarness();
        string data = shell.Write("data.csv", CommandHarness.Table());
        CommandResult result = await shell.RunAsync("search", data, "--response", "protein", "--out", shell.PathOf("out"), option, value);
        Assert.Equal(ExitCode.Usage, result.Code);
        Assert.Contains(option, result.Error, StringComparison.Ordinal);
        Assert.Contains(mention, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Search_FolderThatCannotBeWritten_IsRefusedBeforeAnyWork()
    {
        using var shell = new CommandHarness();
        string data = shell.Write("data.csv", CommandHarness.Table());
        string file = shell.Write("occupied", "");
        CommandResult result = await shell.RunAsync("search", data, "--response", "protein", "--out", Path.Combine(file, "out"));
        Assert.Equal(ExitCode.Storage, result.Code);
        Assert.Contains("--out", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Plan:", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Search_EveryCandidateFails_SaysWhyAndExitsApart()
    {
        // Spectra that differ by an offset alone are nothing after SNV.
        using var shell = new CommandHarness();
        string data = shell.Write("data.csv", CommandHarness.Table(cell: (i, _) => FormattableString.Invariant($"{0.5 + (0.01 * i)}")));
        string study = shell.Write("study.json", """{ "pretreatments": ["snv"], "models": ["pls(3)"], "subsets": ["full"] }""");
        CommandResult result = await shell.RunAsync("search", data, "--response", "protein", "--study", study, "--out", shell.PathOf("out"));
        Assert.Equal(ExitCode.NothingRanked, result.Code);
        Assert.Contains("No candidate could be ranked", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Search_OneSetForCalibrationAndTest_IsRefused()
    {
        using var shell = new CommandHarness();
        string data = shell.Write("data.csv", CommandHarness.Table());
        string sets = shell.Write("sets.csv", "sample_id,set\n" + string.Concat(Enumerable.Range(0, 24).Select(i => $"S{i:000},a\n")));
        CommandResult result = await shell.RunAsync(
            "search", data, "-r", "protein", "--split", sets, "--calibration", "a", "--test", "a", "--out", shell.PathOf("out"));
        Assert.Equal(ExitCode.Usage, result.Code);
        Assert.Contains("'a'", result.Error, StringComparison.Ordinal);
    }

    private static string Replace(string line, int field, string value)
    {
        string[] fields = line.Split(',');
        fields[field] = value;
        return string.Join(',', fields);
    }

    private static string Rows(string table, Func<int, string> response)
    {
        string[] lines = table.TrimEnd('\n').Split('\n');
        return lines[0] + "\n" + string.Join('\n', lines.Skip(1).Select((line, i) => Replace(line, 1, response(i)))) + "\n";
    }
}
