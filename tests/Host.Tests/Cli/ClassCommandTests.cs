using System.Globalization;
using System.Text;
using System.Text.Json;
using Pipeline.Host.Cli;
using Xunit;

namespace Pipeline.Host.Tests.Cli;

/// <summary>Classes from file to file: search, results, saved model, predictions.</summary>
public sealed class ClassCommandTests
{
    private static readonly string[] Names = ["Ärger, \"fein\"", "none", "=b;2"];

    private const string Quick = """{ "pretreatments": ["raw", "snv"], "models": ["plsda(3)", "lda", "qda(0.1)", "logistic(10, 1000)"], "subsets": ["full", "top(8)"], "folds": "stratified(5, seed 0)" }""";

    [Fact]
    public async Task SearchAndPredict_LabelledFile_TellsClassesApart()
    {
        using var shell = new CommandHarness();
        string data = shell.Write("grain.csv", Table());
        string study = shell.Write("study.json", Quick);
        string folder = shell.PathOf("out");
        CommandResult search = await shell.RunAsync("search", data, "--response", "variety", "--study", study, "--out", folder);
        Assert.Equal(ExitCode.Done, search.Code);
        Assert.Contains("Bal. acc.", search.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("RMSE", search.Output, StringComparison.Ordinal);
        Assert.Contains("Classes: =b;2 (20), none (20), Ärger, \"fein\" (20).", search.Output, StringComparison.Ordinal);
        Assert.Contains("Held-out samples by their class", search.Output, StringComparison.Ordinal);

        string[] board = await File.ReadAllLinesAsync(Path.Combine(folder, "leaderboard.csv"));
        Assert.Contains(",balanced_accuracy,accuracy,macro_f1,roc_auc,log_loss,", board[0], StringComparison.Ordinal);
        Assert.Equal(board[0].Split(',').Length, board[1].Split(',').Length);
        string[] held = await File.ReadAllLinesAsync(Path.Combine(folder, "predictions.csv"));
        Assert.StartsWith(
            "sample_id,reference,fold,rank_1,rank_1_p_=b;2,rank_1_p_none,\"rank_1_p_Ärger, \"\"fein\"\"\",rank_2",
            held[0],
            StringComparison.Ordinal);
        using JsonDocument document = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "leaderboard.json")));
        JsonElement root = document.RootElement;
        Assert.Equal("balanced_accuracy", root.GetProperty("metric").GetString());
        Assert.Equal("classes", root.GetProperty("study").GetProperty("task").GetString());
        Assert.Equal(3, root.GetProperty("samples").GetProperty("classes").GetArrayLength());
        JsonElement best = root.GetProperty("candidates")[0].GetProperty("crossValidation");
        Assert.True(best.GetProperty("balancedAccuracy").GetDouble() > 0.9);
        Assert.Equal(
            60,
            root.GetProperty("chosen")[0].GetProperty("confusion").EnumerateArray().Sum(row => row.EnumerateArray().Sum(count => count.GetInt32())));

        // New spectra by the saved model, with a class for each and probabilities that add up to 1.
        string model = Path.Combine(folder, "model");
        Assert.Contains("\"formatVersion\": 2", await File.ReadAllTextAsync(Path.Combine(model, "model.json")), StringComparison.Ordinal);
        string fresh = shell.Write("new.csv", Table(first: 60));
        CommandResult predict = await shell.RunAsync("predict", fresh, "--model", model, "--out", shell.PathOf("values.csv"));
        Assert.Equal(ExitCode.Done, predict.Code);
        Assert.Contains("Against the 60 classes in the file: balanced accuracy", predict.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Interval", predict.Output, StringComparison.Ordinal);
        string[] lines = await File.ReadAllLinesAsync(shell.PathOf("values.csv"));
        Assert.Equal("sample_id,class,p_=b;2,p_none,\"p_Ärger, \"\"fein\"\"\",t2,q,leverage,flag,reasons,model", lines[0]);
        Assert.Equal(61, lines.Length);
        CommandResult json = await shell.RunAsync("predict", fresh, "--model", model, "--out", shell.PathOf("values.csv"), "--json");
        using JsonDocument values = JsonDocument.Parse(json.Output);
        Assert.True(values.RootElement.GetProperty("reference").GetProperty("accuracy").GetDouble() > 0.8);
        Assert.All(values.RootElement.GetProperty("samples").EnumerateArray(), sample =>
        {
            Assert.Equal(1, sample.GetProperty("probabilities").EnumerateArray().Sum(one => one.GetDouble()), 1e-12);
            Assert.Contains(sample.GetProperty("class").GetString(), Names);
        });
    }

    [Fact]
    public async Task Search_ClassesWithTestSamplesAndOtherOrder_GivesTheSameBoard()
    {
        using var shell = new CommandHarness();
        string study = shell.Write("study.json", Quick);
        string sets = shell.Write("sets.csv", "sample_id,set\n" + string.Concat(
            Enumerable.Range(0, 60).Select(i => FormattableString.Invariant($"S{i:000},{(i % 6 == 5 || i % 6 == 1 || i % 6 == 3 ? "test" : "train")}\n"))));
        string[] lines = Table().TrimEnd('\n').Split('\n');
        string usual = shell.Write("usual.csv", string.Join('\n', lines) + "\n");
        string turned = shell.Write("turned.csv", string.Join('\n', [lines[0], .. lines.Skip(1).Reverse()]) + "\n");
        CommandResult first = await shell.RunAsync("search", usual, "-r", "variety", "--study", study, "--split", sets, "--out", shell.PathOf("first"));
        CommandResult second = await shell.RunAsync(
            "search", turned, "-r", "variety", "--study", study, "--split", sets, "--out", shell.PathOf("second"), "--threads", "1");
        Assert.Equal(ExitCode.Done, first.Code);
        Assert.Equal(ExitCode.Done, second.Code);
        Assert.Contains("on 30 test samples balanced accuracy", first.Output, StringComparison.Ordinal);
        foreach (string name in
            (string[])["leaderboard.csv", "leaderboard.arrow", "leaderboard.json", "predictions.csv", "predictions.arrow", "test-predictions.csv", "test-predictions.arrow", "report.html"])
        {
            Assert.Equal(
                await File.ReadAllBytesAsync(Path.Combine(shell.PathOf("first"), name)),
                await File.ReadAllBytesAsync(Path.Combine(shell.PathOf("second"), name)));
        }
    }

    [Fact]
    public async Task Search_KeptState_GoesOnWithoutComputingAgainAndExplains()
    {
        using var shell = new CommandHarness();
        string data = shell.Write("grain.csv", Table());
        string study = shell.Write("study.json", Quick);
        string state = shell.PathOf("work");
        CommandResult first = await shell.RunAsync("search", data, "-r", "variety", "--study", study, "--out", shell.PathOf("first"), "--state", state);
        CommandResult second = await shell.RunAsync("search", data, "-r", "variety", "--study", study, "--out", shell.PathOf("second"), "--state", state);
        Assert.Equal(ExitCode.Done, first.Code);
        Assert.Contains("48 of 48 units are kept", second.Output + second.Error, StringComparison.Ordinal);
        string board = await File.ReadAllTextAsync(Path.Combine(shell.PathOf("first"), "leaderboard.csv"));
        Assert.Equal(board, await File.ReadAllTextAsync(Path.Combine(shell.PathOf("second"), "leaderboard.csv")));
        CommandResult why = await shell.RunAsync("explain", board.Split('\n')[1].Split(',')[^1], "--state", state);
        Assert.Equal(ExitCode.Done, why.Code);
        Assert.Contains("response variety", why.Output, StringComparison.Ordinal);
        Assert.Contains("classes =b;2", why.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Search_OtherKernelModels_AreSavedAndPredict()
    {
        using var shell = new CommandHarness();
        string data = shell.Write("data.csv", CommandHarness.Table());
        string study = shell.Write("study.json", """{ "pretreatments": ["raw"], "models": ["krr(2; 1e-3, 1e-5)"], "subsets": ["full"], "folds": "random(4, seed 0)" }""");
        CommandResult search = await shell.RunAsync("search", data, "-r", "protein", "--study", study, "--out", shell.PathOf("out"));
        Assert.Equal(ExitCode.Done, search.Code);
        Assert.Contains("90 % intervals", search.Output, StringComparison.Ordinal);
        CommandResult predict = await shell.RunAsync(
            "predict", data, "--model", Path.Combine(shell.PathOf("out"), "model"), "--out", shell.PathOf("values.csv"));
        Assert.Equal(ExitCode.Done, predict.Code);
        Assert.Contains("RMSEP", predict.Output, StringComparison.Ordinal);
    }

    /// <summary>Spectra of three varieties in turn, told apart by a band whose place shifts with the variety.</summary>
    private static string Table(int first = 0)
    {
        var text = new StringBuilder("sample_id,variety");
        for (int j = 0; j < 30; j++)
        {
            text.Append(CultureInfo.InvariantCulture, $",{1100 + (10 * j)}");
        }

        text.Append('\n');
        for (int i = first; i < first + 60; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"S{i:000},\"{Names[i % 3].Replace("\"", "\"\"", StringComparison.Ordinal)}\"");
            for (int j = 0; j < 30; j++)
            {
                double band = Math.Exp(-Math.Pow((j - 10 - (2 * (i % 3))) / 4.0, 2));
                double other = Math.Exp(-Math.Pow((j - 20) / 5.0, 2));
                double value =
                    0.4 + (0.2 * (1 + (0.4 * Math.Sin(i * 2.3))) * band) + (0.1 * Math.Sin(i * 1.7) * other) + (0.004 * Math.Sin((i * 31) + (j * 17)));
                text.Append(CultureInfo.InvariantCulture, $",{value:R}");
            }

            text.Append('\n');
        }

        return text.ToString();
    }
}
