using System.Security.Cryptography;
using System.Text.Json;
using Pipeline.Host.Cli;
using Xunit;

namespace Pipeline.Host.Tests.Results;

/// <summary>What provenance.json says is true: of bytes, folds, study, versions and of what was computed.</summary>
public sealed class ProvenanceJsonTests : IDisposable
{
    private readonly CommandHarness _shell = new();

    public void Dispose() => _shell.Dispose();

    [Fact]
    public async Task Of_SearchWithSets_HasTheDigestsOfBothFiles()
    {
        string data = _shell.Write("data.csv", CommandHarness.Table());
        string sets = _shell.Write(
            "sets.csv",
            "sample_id,set\n" + string.Concat(
                Enumerable.Range(0, 24).Select(i => FormattableString.Invariant($"S{i:000},{(i % 6 == 3 ? "test" : "train")}\n"))));
        JsonElement found = await SearchAsync(data, "out", "--split", sets);
        JsonElement inputs = found.GetProperty("inputs");
        Assert.Equal(2, inputs.GetProperty("count").GetInt32());
        JsonElement[] files = [.. inputs.GetProperty("files").EnumerateArray()];
        Assert.Equal((string[])["spectra", "sets"], files.Select(file => file.GetProperty("role").GetString()!));
        Assert.Equal((string[])[data, sets], files.Select(file => file.GetProperty("path").GetString()!));
        Assert.Equal((string[])[Sha256(data), Sha256(sets)], files.Select(file => file.GetProperty("sha256").GetString()!));
        Assert.Equal(new FileInfo(data).Length, files[0].GetProperty("lengthBytes").GetInt64());
        Assert.Equal(20, found.GetProperty("samples").GetProperty("count").GetInt32());
    }

    [Fact]
    public async Task Of_SameSearchAgain_DiffersInTimesAndMachineAlone()
    {
        string data = _shell.Write("data.csv", CommandHarness.Table());
        JsonElement first = await SearchAsync(data, "first", "--threads", "1");
        JsonElement second = await SearchAsync(data, "second", "--threads", "2");
        foreach (string part in (string[])["run", "samples", "study", "folds", "seeds", "methods", "plan", "code", "program"])
        {
            Assert.Equal(first.GetProperty(part).GetRawText(), second.GetProperty(part).GetRawText());
        }

        Assert.Equal(first.GetProperty("inputs").GetProperty("key").GetString(), second.GetProperty("inputs").GetProperty("key").GetString());
        Assert.Equal(2, second.GetProperty("threads").GetInt32());
    }

    [Fact]
    public async Task Of_OtherSeedOfFolds_HasOtherMembershipAndStudyAndTheSameSamples()
    {
        string data = _shell.Write("data.csv", CommandHarness.Table());
        string other = _shell.Write("other.json", """{ "folds": "random(4, seed 9)" }""");
        JsonElement first = await SearchAsync(data, "first");
        JsonElement second = await SearchAsync(data, "second", "--study", other);
        Assert.NotEqual(Text(first, "folds", "membership"), Text(second, "folds", "membership"));
        Assert.NotEqual(Text(first, "folds", "key"), Text(second, "folds", "key"));
        Assert.NotEqual(Text(first, "study", "key"), Text(second, "study", "key"));
        Assert.Equal(Text(first, "samples", "key"), Text(second, "samples", "key"));
        Assert.Equal("random(4, seed 9)", Text(second, "folds", "scheme"));
        Assert.Equal("random(4, seed 9)", second.GetProperty("study").GetProperty("document").GetProperty("folds").GetString());
    }

    [Fact]
    public async Task Of_KeptSearch_SaysWhatWasTakenOverAndHowLongEachPhaseTook()
    {
        string data = _shell.Write("data.csv", CommandHarness.Table());
        JsonElement first = await SearchAsync(data, "out", "--state", _shell.PathOf("state"));
        JsonElement second = await SearchAsync(data, "out", "--state", _shell.PathOf("state"));
        Assert.Equal(0, first.GetProperty("restoredUnits").GetInt32());
        Assert.Equal(second.GetProperty("plan").GetProperty("unitsWithJudging").GetInt32(), second.GetProperty("restoredUnits").GetInt32());
        Assert.Equal(Text(first, "plan", "key"), Text(second, "plan", "key"));
        (string Name, double Seconds)[] phases =
            [.. first.GetProperty("phases").EnumerateArray().Select(phase => (phase.GetProperty("name").GetString()!, phase.GetProperty("seconds").GetDouble()))];
        Assert.Equal(
            (string[])["read", "plan", "restore", "search", "nested estimate", "permutation null", "rank and judge", "refit"],
            phases.Select(phase => phase.Name));
        Assert.All(phases, phase => Assert.True(phase.Seconds >= 0, phase.Name));
        double searched = phases.Where(
            phase => phase.Name is "restore" or "search" or "nested estimate" or "permutation null" or "rank and judge").Sum(phase => phase.Seconds);
        Assert.InRange(searched, 0, first.GetProperty("searchSeconds").GetDouble() + 0.001);
        Assert.True(first.GetProperty("cache").GetProperty("misses").GetInt64() > 0);
    }

    [Fact]
    public async Task Of_Study_NamesEveryMethodWithItsVersion()
    {
        string data = _shell.Write("data.csv", CommandHarness.Table());
        string study = _shell.Write("study.json", """{ "pretreatments": ["raw", "snv + sg(5,2,1)"], "models": ["pls(3)", "ridge(1e-3)"], "subsets": ["full", "top(8)"], "nested": 0, "permutations": 0 }""");
        JsonElement found = await SearchAsync(data, "out", "--study", study);
        JsonElement methods = found.GetProperty("methods");
        Assert.Equal(["sg(5,2,1)", "snv"], Notations(methods, "pretreatments"));
        Assert.Equal(["pls", "ridge"], Notations(methods, "models"));
        Assert.Equal(["full", "top(8)"], Notations(methods, "subsets"));
        Assert.All(methods.GetProperty("models").EnumerateArray(), model => Assert.True(model.GetProperty("version").GetInt32() > 0));
        Assert.Equal(JsonValueKind.Null, found.GetProperty("seeds").GetProperty("outerFolds").ValueKind);
        Assert.DoesNotContain("nested estimate", found.GetProperty("phases").GetRawText(), StringComparison.Ordinal);
    }

    private async Task<JsonElement> SearchAsync(string data, string output, params string[] more)
    {
        string study = _shell.Write("quick.json", """{ "pretreatments": ["raw", "snv"], "models": ["pls(4)"], "subsets": ["full"], "nested": 3, "permutations": 19, "bootstrap": 100, "folds": "random(4, seed 0)" }""");
        string[] own = more.Contains("--study") ? [] : ["--study", study];
        CommandResult result = await _shell.RunAsync(["search", data, "-r", "protein", "--out", _shell.PathOf(output), .. own, .. more]);
        Assert.True(result.Code == ExitCode.Done, result.Error);
        using JsonDocument document = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(_shell.PathOf(output), "provenance.json")));
        return document.RootElement.Clone();
    }

    private static string[] Notations(JsonElement methods, string kind) =>
        [.. methods.GetProperty(kind).EnumerateArray().Select(one => one.GetProperty("notation").GetString()!)];

    private static string Text(JsonElement document, string part, string field) => document.GetProperty(part).GetProperty(field).GetString()!;

    private static string Sha256(string path) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));
}
