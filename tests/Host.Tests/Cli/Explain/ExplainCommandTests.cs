using System.Text.Json;
using Pipeline.Host.Cli;
using Xunit;

namespace Pipeline.Host.Tests.Cli.Explain;

/// <summary>A kept search, asked why its results exist.</summary>
public sealed class ExplainCommandTests : IAsyncLifetime, IDisposable
{
    private readonly CommandHarness _shell = new();
    private string _data = "";
    private string[][] _rows = [];

    public async Task InitializeAsync()
    {
        _data = _shell.Write("data.csv", CommandHarness.Table());
        Assert.Equal(ExitCode.Done, (await SearchAsync(_data, "random(5, seed 1)")).Code);
        _rows = Rows("out");
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose() => _shell.Dispose();

    [Fact]
    public async Task Explain_EveryCandidateOfTheLeaderboard_IsFoundWithItsOwnSettings()
    {
        foreach (string[] row in _rows)
        {
            using JsonDocument found = await JsonAsync(row[^1]);
            JsonElement root = found.RootElement;
            Assert.Equal("candidate", root.GetProperty("kind").GetString());
            Assert.Equal(row[^1], root.GetProperty("key").GetString());
            Assert.Equal(row[1], root.GetProperty("methods").GetProperty("pretreatment").GetString());
            Assert.Equal(row[5], root.GetProperty("methods").GetProperty("model").GetProperty("notation").GetString());
            Assert.Equal("done", root.GetProperty("runs")[0].GetProperty("unit").GetProperty("state").GetString());
            Assert.Equal("random(5, seed 1)", root.GetProperty("inputs").GetProperty("foldScheme").GetString());
            Assert.Equal(24, root.GetProperty("inputs").GetProperty("sampleCount").GetInt32());
        }
    }

    [Fact]
    public async Task Explain_BeginningOfAKey_SaysInputsMethodsTimesAndDigest()
    {
        CommandResult result = await ExplainAsync(_rows[0][^1][..12].ToUpperInvariant());
        Assert.Equal(ExitCode.Done, result.Code);
        foreach (string part in
            new[] { _rows[0][^1], "random(5, seed 1), 5 folds", "response protein", _data, "(version ", "by             pipeline 0.1.0, start 1", "digest", "a process ended while it was computed 0 times" })
        {
            Assert.Contains(part, result.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Explain_UnitAndRun_AreFoundToo()
    {
        using JsonDocument candidate = await JsonAsync(_rows[0][^1]);
        using JsonDocument unit = await JsonAsync(candidate.RootElement.GetProperty("unit").GetString()!);
        Assert.Equal("unit", unit.RootElement.GetProperty("kind").GetString());
        Assert.Equal(
            candidate.RootElement.GetProperty("computed").GetProperty("digest").GetString(),
            unit.RootElement.GetProperty("computed").GetProperty("digest").GetString());
        using JsonDocument run = await JsonAsync(candidate.RootElement.GetProperty("runs")[0].GetProperty("key").GetString()!);
        Assert.Equal("run", run.RootElement.GetProperty("kind").GetString());
        Assert.Equal("completed", run.RootElement.GetProperty("runs")[0].GetProperty("state").GetString());
    }

    [Fact]
    public async Task Explain_TwoCandidatesOfOneUnit_DifferInTheSettingAlone()
    {
        string[] first = _rows[0];
        string[] second = _rows.First(row => row[1] == first[1] && row[2] == first[2] && row[5] == first[5] && row[8] != first[8]);
        CommandResult result = await ExplainAsync(first[^1], second[^1]);
        Assert.Equal(ExitCode.Done, result.Code);
        Assert.Contains("setting: ", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("step: ", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Their runs differ", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_OtherSeed_IsFoundInTheFoldsAndTheRuns()
    {
        Assert.Equal(ExitCode.Done, (await SearchAsync(_data, "random(5, seed 2)", "other")).Code);
        string[] same = Rows("other").First(row => row[1] == _rows[0][1] && row[2] == _rows[0][2] && row[8] == _rows[0][8]);
        CommandResult result = await ExplainAsync(_rows[0][^1], same[^1]);
        Assert.Contains("folds: ", result.Output, StringComparison.Ordinal);
        Assert.Contains("'random(5, seed 1)' in one, 'random(5, seed 2)' in the other", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("  samples: ", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_RunAgain_SaysThatItWasKept()
    {
        Assert.Equal(ExitCode.Done, (await SearchAsync(_data, "random(5, seed 1)")).Code);
        using JsonDocument found = await JsonAsync(_rows[0][^1]);
        Assert.True(found.RootElement.GetProperty("runs")[0].GetProperty("unit").GetProperty("isKept").GetBoolean());
        Assert.Equal(1, found.RootElement.GetProperty("computed").GetProperty("start").GetInt32());
    }

    [Theory]
    [InlineData("xyz123", "is no key")]
    [InlineData("12345", "is no key")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000", "Nothing in")]
    public async Task Explain_NoSuchKey_IsRefusedWithTheReason(string key, string reason)
    {
        CommandResult result = await ExplainAsync(key);
        Assert.Equal(ExitCode.Usage, result.Code);
        Assert.Contains(reason, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_NoDatabaseOrTwoFolders_IsRefused()
    {
        CommandResult nothing = await _shell.RunAsync("explain", "123456", "--data", _shell.PathOf("nowhere"));
        Assert.Equal(ExitCode.Usage, nothing.Code);
        Assert.Contains("no state database", nothing.Error, StringComparison.Ordinal);
        CommandResult two = await _shell.RunAsync("explain", "123456", "--data", "a", "--state", "b");
        Assert.Equal(ExitCode.Usage, two.Code);
    }

    private Task<CommandResult> SearchAsync(string data, string folds, string output = "out")
    {
        string study = _shell.Write(
            "study.json", $$"""{ "response": "protein", "pretreatments": ["raw", "snv", "sg(5,2,1)"], "models": ["pls(4)", "ridge"], "subsets": ["full", "top(8)"], "folds": "{{folds}}" }""");
        return _shell.RunAsync("search", data, "--study", study, "--out", _shell.PathOf(output), "--state", _shell.PathOf("state"));
    }

    private Task<CommandResult> ExplainAsync(params string[] keys) => _shell.RunAsync(["explain", .. keys, "--state", _shell.PathOf("state")]);

    private async Task<JsonDocument> JsonAsync(string key)
    {
        CommandResult result = await ExplainAsync(key, "--json");
        Assert.True(result.Code == ExitCode.Done, result.Error);
        return JsonDocument.Parse(result.Output);
    }

    // No field of these studies holds a comma but the notations, which are quoted.
    private string[][] Rows(string output) =>
    [
        .. File.ReadAllLines(Path.Combine(_shell.PathOf(output), "leaderboard.csv")).Skip(1)
            .Select(line => System.Text.RegularExpressions.Regex.Matches(line, "(?:^|,)(?:\"([^\"]*)\"|([^,]*))")
                .Select(match => match.Groups[1].Success ? match.Groups[1].Value : match.Groups[2].Value).ToArray()),
    ];
}
