using System.Globalization;
using System.Text.Json;
using Pipeline.Host.Cli;
using Pipeline.Stages.Spectra.Readers;
using Xunit;

namespace Pipeline.Host.Tests.Cli;

public class PredictCommandTests
{
    [Fact]
    public async Task Predict_ModelOfASearch_WritesARowForEverySpectrum()
    {
        using var shell = new CommandHarness();
        string data = shell.Write("data.csv", CommandHarness.Table());
        CommandResult search = await shell.RunAsync("search", data, "-r", "protein", "--out", shell.PathOf("out"));
        Assert.Contains("Model: ", search.Output, StringComparison.Ordinal);

        CommandResult result = await shell.RunAsync("predict", data, "--model", shell.PathOf("out/model"), "--out", shell.PathOf("p.csv"));
        Assert.True(result.Code == ExitCode.Done, result.Error);
        Assert.Contains("24 spectra:", result.Output, StringComparison.Ordinal);
        Assert.Contains("RMSEP", result.Output, StringComparison.Ordinal);
        Assert.Contains("promised 90 %", result.Output, StringComparison.Ordinal);
        string[] lines = (await File.ReadAllTextAsync(shell.PathOf("p.csv"))).TrimEnd('\n').Split('\n');
        Assert.Equal("sample_id,value,lower,upper,t2,q,leverage,flag,reasons,model", lines[0]);
        Assert.Equal(25, lines.Length);
        Assert.StartsWith("S000,", lines[1], StringComparison.Ordinal);
        Assert.Contains(",protein-", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Predict_TestSamples_GetTheValuesThatTheSearchGaveThem()
    {
        using var shell = new CommandHarness();
        string data = shell.Write("data.csv", CommandHarness.Table());
        string sets = shell.Write("sets.csv", "sample_id,set\n" + string.Concat(
            Enumerable.Range(0, 24).Select(i => FormattableString.Invariant($"S{i:000},{(i % 4 == 3 ? "test" : "train")}\n"))));
        await shell.RunAsync("search", data, "-r", "protein", "--split", sets, "--out", shell.PathOf("out"));
        await shell.RunAsync("predict", data, "--model", shell.PathOf("out/model"), "--out", shell.PathOf("p.csv"));
        Dictionary<string, string> predicted = Column(shell.PathOf("p.csv"), 1);
        Dictionary<string, string> tested = Column(shell.PathOf("out/test-predictions.csv"), 3);
        Assert.Equal(6, tested.Count);
        Assert.All(tested, pair => Assert.Equal(pair.Value, predicted[pair.Key]));
    }

    [Fact]
    public async Task Predict_Simplest_IsTheModelOfTheOneStandardErrorChoice()
    {
        using var shell = new CommandHarness();
        string data = shell.Write("data.csv", CommandHarness.Table());
        string study = shell.Write("study.json", """{ "pretreatments": ["raw"], "models": ["pls(8)"], "subsets": ["full"], "predictions": 1 }""");
        CommandResult search = await shell.RunAsync(
            "search", data, "-r", "protein", "--study", study, "--model", "simplest", "--out", shell.PathOf("out"), "--json");
        using JsonDocument board = JsonDocument.Parse(search.Output);
        JsonElement[] chosen = [.. board.RootElement.GetProperty("chosen").EnumerateArray()];
        int rank = chosen[^1].GetProperty("rank").GetInt32();
        Assert.Contains($"(rank {rank}, ", search.Error, StringComparison.Ordinal);
        using JsonDocument model = JsonDocument.Parse(await File.ReadAllTextAsync(shell.PathOf("out/model/model.json")));
        string key = model.RootElement.GetProperty("model").GetProperty("candidateKey").GetString()!;
        Assert.Equal(board.RootElement.GetProperty("candidates")[rank - 1].GetProperty("key").GetString(), key);
    }

    [Fact]
    public async Task Predict_Json_PrintsOneDocument()
    {
        using var shell = new CommandHarness();
        string data = await SearchedAsync(shell);
        CommandResult result = await shell.RunAsync(
            "predict", data, "-m", shell.PathOf("out/model"), "--alpha", "0.2", "--json", "--out", shell.PathOf("p.csv"));
        using JsonDocument document = JsonDocument.Parse(result.Output);
        Assert.Equal(0.2, document.RootElement.GetProperty("alpha").GetDouble());
        Assert.Equal(24, document.RootElement.GetProperty("samples").GetArrayLength());
        Assert.Equal(24, document.RootElement.GetProperty("reference").GetProperty("samples").GetInt32());
    }

    [Fact]
    public async Task Predict_JsonOfAHugeReference_SaysNullWhereNothingFiniteCanBeTold()
    {
        using var shell = new CommandHarness();
        await SearchedAsync(shell);
        string one = shell.Write("one.csv", CommandHarness.Table(response: i => i == 3 ? "1e200" : ""));
        CommandResult result = await shell.RunAsync("predict", one, "-m", shell.PathOf("out/model"), "--json", "--out", shell.PathOf("p.csv"));
        Assert.True(result.Code == ExitCode.Done, result.Error);
        using JsonDocument document = JsonDocument.Parse(result.Output);
        JsonElement reference = document.RootElement.GetProperty("reference");
        Assert.Equal(1, reference.GetProperty("samples").GetInt32());
        Assert.Equal(JsonValueKind.Null, reference.GetProperty("rmsep").ValueKind);
    }

    [Fact]
    public async Task Predict_OutIsTheDataItself_IsRefused()
    {
        using var shell = new CommandHarness();
        string data = await SearchedAsync(shell);
        string before = await File.ReadAllTextAsync(data);
        CommandResult result = await shell.RunAsync(
            "predict", data, "-m", shell.PathOf("out/model"), "--out", Path.Combine(shell.Folder, ".", "data.csv"));
        Assert.Equal(ExitCode.Usage, result.Code);
        Assert.Contains("Choose another file with --out", result.Error, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllTextAsync(data));
    }

    [Fact]
    public async Task Predict_ArrowWithOptions_HeedsUnitAndIdColumn()
    {
        using var shell = new CommandHarness();
        string data = await SearchedAsync(shell);
        using (FileStream arrow = File.Create(shell.PathOf("data.arrow")))
        {
            using FileStream text = File.OpenRead(data);
            ArrowSpectraWriter.Write(WideCsvReader.Read(text, WideCsvOptions.Default).Chunk, arrow);
        }

        string[] predict = ["predict", shell.PathOf("data.arrow"), "-m", shell.PathOf("out/model"), "--out", shell.PathOf("p.csv")];
        CommandResult unit = await shell.RunAsync([.. predict, "--axis-unit", "channel"]);
        Assert.Equal(ExitCode.Data, unit.Code);
        CommandResult id = await shell.RunAsync([.. predict, "--id", "nobody"]);
        Assert.Equal(ExitCode.Usage, id.Code);
        Assert.Contains("'nobody'", id.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Predict_SpikeInASpectrum_IsRejectedWithItsReason()
    {
        using var shell = new CommandHarness();
        await SearchedAsync(shell);
        string spiked = shell.Write("spiked.csv", CommandHarness.Table(cell: (i, j) => i == 5 && j == 17 ? "9.5" : null));
        CommandResult result = await shell.RunAsync("predict", spiked, "-m", shell.PathOf("out/model"), "--out", shell.PathOf("p.csv"));
        Assert.Equal(ExitCode.Done, result.Code);
        Assert.Contains("such as S005", result.Output, StringComparison.Ordinal);
        Assert.Equal("reject", Column(shell.PathOf("p.csv"), 7)["S005"]);
    }

    [Fact]
    public async Task Predict_MorePositionsAndTurnedRound_GivesTheSameValues()
    {
        using var shell = new CommandHarness();
        string data = await SearchedAsync(shell);
        await shell.RunAsync("predict", data, "-m", shell.PathOf("out/model"), "--out", shell.PathOf("a.csv"));
        string[][] cells = [.. CommandHarness.Table(variables: 34).TrimEnd('\n').Split('\n').Select(line => line.Split(','))];
        string turned = shell.Write("turned.csv", string.Join('\n', cells.Select(row => string.Join(',', row.Take(2).Concat(row.Skip(2).Reverse())))) + "\n");
        CommandResult result = await shell.RunAsync("predict", turned, "-m", shell.PathOf("out/model"), "--axis-unit", "nm", "--out", shell.PathOf("b.csv"));
        Assert.True(result.Code == ExitCode.Done, result.Error);
        Assert.Equal(Column(shell.PathOf("a.csv"), 1), Column(shell.PathOf("b.csv"), 1));
    }

    [Fact]
    public async Task Predict_PositionMissing_NamesItAndTheRemedy()
    {
        using var shell = new CommandHarness();
        await SearchedAsync(shell);
        string shorter = shell.Write("shorter.csv", CommandHarness.Table(variables: 28));
        CommandResult result = await shell.RunAsync("predict", shorter, "-m", shell.PathOf("out/model"), "--out", shell.PathOf("p.csv"));
        Assert.Equal(ExitCode.Data, result.Code);
        Assert.Contains("needs 1380 nm", result.Error, StringComparison.Ordinal);
        Assert.Contains("Export them as the calibration spectra were", result.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(shell.PathOf("p.csv")));
    }

    [Fact]
    public async Task Predict_FewSamples_SaysThatThereAreNoIntervals()
    {
        using var shell = new CommandHarness();
        string data = await SearchedAsync(shell);
        CommandResult result = await shell.RunAsync("predict", data, "-m", shell.PathOf("out/model"), "--alpha", "0.01", "--out", shell.PathOf("p.csv"));
        Assert.Contains("Intervals: none. For 99 % the calibration needs at least 99 independent samples, it has 24.", result.Output, StringComparison.Ordinal);
        Assert.Equal("", Column(shell.PathOf("p.csv"), 2)["S000"]);
    }

    [Theory]
    [InlineData("--alpha", "1.5")]
    [InlineData("--model", "nowhere")]
    public async Task Predict_WrongRequest_IsAUsageError(string option, string value)
    {
        using var shell = new CommandHarness();
        string data = await SearchedAsync(shell);
        string[] model = option == "--model" ? [] : ["--model", shell.PathOf("out/model")];
        CommandResult result = await shell.RunAsync(["predict", data, .. model, option, value, "--out", shell.PathOf("p.csv")]);
        Assert.Equal(ExitCode.Usage, result.Code);
        Assert.Contains(value, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_TeachesTheFlags()
    {
        using var shell = new CommandHarness();
        CommandResult result = await shell.RunAsync("predict", "--help");
        Assert.Contains("Examples:", result.Output, StringComparison.Ordinal);
        Assert.Contains("reject", result.Output, StringComparison.Ordinal);
        Assert.Contains("Exit codes:", result.Output, StringComparison.Ordinal);
    }

    private static async Task<string> SearchedAsync(CommandHarness shell)
    {
        string data = shell.Write("data.csv", CommandHarness.Table());
        string study = shell.Write("study.json", """{ "pretreatments": ["snv"], "models": ["pls(4)"], "subsets": ["full"] }""");
        CommandResult result = await shell.RunAsync("search", data, "-r", "protein", "--study", study, "--out", shell.PathOf("out"));
        Assert.True(result.Code == ExitCode.Done, result.Error);
        return data;
    }

    private static Dictionary<string, string> Column(string path, int index) => File.ReadAllText(path).TrimEnd('\n').Split('\n')
        .Skip(1)
        .Select(line => line.Split(','))
        .ToDictionary(cells => cells[0], cells => cells[index].ToString(CultureInfo.InvariantCulture));
}
