using System.Text.Json;
using Pipeline.Engine.Identity;
using Pipeline.Engine.State;
using Pipeline.Host.Cli;
using Pipeline.Host.Http.Tables;
using Pipeline.Host.State;
using Xunit;

namespace Pipeline.Host.Tests.Cli.Explain;

/// <summary>Rows and units of every kind, asked why they exist.</summary>
public sealed class ExplainRowsTests : IAsyncLifetime, IDisposable
{
    private const string Study =
        """
        { "pretreatments": ["raw", "snv + sg(5,2,1)"], "models": ["ols", "pls(5)"], "subsets": ["full", "top(8)", "regions(50,20;2)", "pairs(1)"],
          "folds": "random(4, seed 3)", "nested": 3, "permutations": 19, "repeats": 1, "bootstrap": 100 }
        """;

    private readonly CommandHarness _shell = new();
    private string[] _head = [];
    private string[][] _rows = [];

    public async Task InitializeAsync()
    {
        // 24 samples of 30 variables: least squares on the full spectrum cannot be answered, so some rows have no rank.
        string data = _shell.Write("data.csv", CommandHarness.Table(cell: (i, j) => FormattableString.Invariant(
            $"{0.5 + ((8 + (i * 7 % 24 * 0.25)) * (j + 1) * 0.01) + (Math.Sin(i * 1.3) * (30 - j) * 0.01)}")));
        CommandResult result = await _shell.RunAsync(
            "search", data, "-r", "protein", "--study", _shell.Write("study.json", Study), "--out", _shell.PathOf("out"), "--state", _shell.PathOf("state"));
        Assert.True(result.Code == ExitCode.Done, result.Error);
        using StreamReader text = File.OpenText(Path.Combine(_shell.PathOf("out"), "leaderboard.csv"));
        string[][] rows = [.. ResultTable.Rows(text)];
        (_head, _rows) = (rows[0], rows[1..]);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose() => _shell.Dispose();

    [Theory]
    [InlineData("full", "subsets[0]")]
    [InlineData("top(8)", "subsets[1]")]
    [InlineData("regions(50,20;2)", "subsets[2]")]
    [InlineData("pairs(1)", "subsets[3]")]
    public async Task Explain_RankedRow_SaysItsPlaceItsChoiceAndTheFieldsThatMadeIt(string subset, string field)
    {
        string[] row = _rows.First(one => Cell(one, "subset") == subset && Cell(one, "rank").Length > 0 && Cell(one, "pretreatment") == "raw");
        CommandResult told = await ExplainAsync(Cell(row, "key"));
        Assert.Equal(ExitCode.Done, told.Code);
        Assert.Contains($"rank           {Cell(row, "rank")} of {_rows.Count(one => Cell(one, "rank").Length > 0)}", told.Output, StringComparison.Ordinal);
        Assert.Contains($"RMSECV         {Cell(row, "rmsecv")}", told.Output, StringComparison.Ordinal);
        Assert.Contains($"on all samples {Cell(row, "variables")}", told.Output, StringComparison.Ordinal);
        Assert.Equal(subset != "full", told.Output.Contains($"share of folds {Cell(row, "fold_shares")}", StringComparison.Ordinal));
        Assert.Matches($@"{System.Text.RegularExpressions.Regex.Escape(field)} +{System.Text.RegularExpressions.Regex.Escape(subset)}", told.Output);
        Assert.Matches(@"pretreatments\[0\] +raw", told.Output);
        Assert.Matches($@"models\[{(Cell(row, "model") == "ols" ? 0 : 1)}\] +{Cell(row, "model")}", told.Output);
        Assert.Matches(@"folds +random\(4, seed 3\)", told.Output);
        Assert.Contains("spectra after raw serve", told.Output, StringComparison.Ordinal);

        using JsonDocument document = JsonDocument.Parse((await ExplainAsync(Cell(row, "key"), "--json")).Output);
        Assert.Equal(Cell(row, "rmsecv"), document.RootElement.GetProperty("row").GetProperty("cells").GetProperty("rmsecv").GetString());
        Assert.Contains(document.RootElement.GetProperty("study").EnumerateArray(), one => one.GetProperty("name").GetString() == field);

        // Least squares and PLS, the permutation null of each, and each with other folds.
        Assert.Equal(6, document.RootElement.GetProperty("shared").GetProperty("unitsOfTheChain").GetInt32());
    }

    [Fact]
    public async Task Explain_RowWithoutRank_SaysWhy()
    {
        string[] row = _rows.First(one => Cell(one, "rank").Length == 0);
        CommandResult told = await ExplainAsync(Cell(row, "key"));
        Assert.Equal(ExitCode.Done, told.Code);
        Assert.Contains($"no rank        {Cell(row, "failure")}", told.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_ResultsThatAreGone_AreSaidToBe()
    {
        Directory.Move(_shell.PathOf("out"), _shell.PathOf("elsewhere"));
        CommandResult told = await ExplainAsync(_rows[0][^1]);
        Assert.Equal(ExitCode.Done, told.Code);
        Assert.Contains("its results are gone from where they were written", told.Output, StringComparison.Ordinal);
        Assert.Contains("Made by the study's fields", told.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_EveryUnitOfTheRun_SaysWhatItIsFor()
    {
        using var view = StateView.Open(HostSchema.FileOf(_shell.PathOf("state")));
        int nested = 0;
        int shuffled = 0;
        int repeated = 0;
        foreach (Fingerprint unit in view.UnitsOf(view.Runs()[0].Id))
        {
            CommandResult told = await ExplainAsync(unit.ToString());
            Assert.Equal(ExitCode.Done, told.Code);
            Assert.Contains("Made by the study's fields", told.Output, StringComparison.Ordinal);
            Assert.Matches(@"models\[[01]\] +(ols|pls\(5\))", told.Output);
            if (told.Output.Contains("for the nested estimate of the study", StringComparison.Ordinal))
            {
                Assert.Matches("nested +3", told.Output);
                nested++;
            }
            else if (told.Output.Contains("for the permutation null of the study", StringComparison.Ordinal))
            {
                Assert.Matches("permutations +19", told.Output);
                shuffled++;
            }
            else if (told.Output.Contains("for the repeats of the study", StringComparison.Ordinal))
            {
                Assert.Matches("repeats +1", told.Output);
                repeated++;
            }
        }

        Assert.Equal(3 * 4, nested);
        Assert.True(shuffled > 0);
        Assert.Equal(4, repeated);
    }

    [Fact]
    public async Task Explain_SeedProfile_IsToldWhatItCannot()
    {
        CommandResult help = await _shell.RunAsync("explain", "--help");
        Assert.Contains("seed profile", help.Output, StringComparison.Ordinal);
        CommandResult told = await ExplainAsync("17");
        Assert.Equal(ExitCode.Usage, told.Code);
        Assert.Contains("results.csv", told.Error, StringComparison.Ordinal);
    }

    private string Cell(string[] row, string column) => row[Array.IndexOf(_head, column)];

    private Task<CommandResult> ExplainAsync(params string[] arguments) => _shell.RunAsync(["explain", .. arguments, "--state", _shell.PathOf("state")]);
}
