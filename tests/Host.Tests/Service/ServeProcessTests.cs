using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Pipeline.Host.Cli;
using Pipeline.Host.Demo;
using Xunit;

namespace Pipeline.Host.Tests.Service;

/// <summary>The daemon as a process of its own: stopped by SIGTERM, killed by SIGKILL, started again.</summary>
public sealed class ServeProcessTests : IDisposable
{
    private static readonly TimeSpan PatienceMax = TimeSpan.FromSeconds(60);

    private readonly CommandHarness _shell = new();

    public void Dispose() => _shell.Dispose();

    [Fact]
    public async Task Serve_KilledWhileItSearches_EndsWithTheResultOfAnUndisturbedRun()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        string undisturbed = await RunAsync("undisturbed", kills: 0);
        string disturbed = await RunAsync("disturbed", kills: 3);
        Assert.Equal(await File.ReadAllBytesAsync(undisturbed), await File.ReadAllBytesAsync(disturbed));
    }

    [Fact]
    public async Task Serve_WrongSettings_StopsTheStartAndNamesTheKey()
    {
        string settings = _shell.Write("s.json", """{ "Pipeline": { "Folders": [ { "Path": "/tmp", "Dataset": "d", "QuietPeriod": "soon" } ] } }""");
        CommandResult result = await _shell.RunAsync("serve", "--settings", settings);
        Assert.Equal(ExitCode.Usage, result.Code);
        Assert.Contains("Pipeline:Folders:0:QuietPeriod", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_SettingsThatAreNoJson_SaysWhere()
    {
        CommandResult result = await _shell.RunAsync("serve", "--settings", _shell.Write("s.json", "{ \"Pipeline\": "));
        Assert.Equal(ExitCode.Usage, result.Code);
        Assert.Contains("s.json", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://0.0.0.0:5190", "Pipeline:Http:Listen", "TLS and a token")]
    [InlineData("http://192.0.2.1:5190", "Pipeline:Http:Listen", "TLS and a token")]
    [InlineData("of", "Pipeline:Http:Listen", "Did you mean 'off'?")]
    public async Task Serve_AddressThatMayNotBe_StopsTheStartAndSaysHowToMendIt(string listen, string key, string mention)
    {
        CommandResult result = await ListenAsync(listen);
        Assert.Equal(ExitCode.Usage, result.Code);
        Assert.Contains(key, result.Error, StringComparison.Ordinal);
        Assert.Contains(mention, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_AddressThatAnotherProgramHas_StopsTheStartAndSaysWhich()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        CommandResult result = await ListenAsync($"http://{other.LocalEndpoint}");
        Assert.Equal(ExitCode.Usage, result.Code);
        Assert.Contains($"'http://{other.LocalEndpoint}'", result.Error, StringComparison.Ordinal);
        Assert.Contains("'off'", result.Error, StringComparison.Ordinal);
    }

    private Task<CommandResult> ListenAsync(string listen)
    {
        string inbox = Directory.CreateDirectory(_shell.PathOf("inbox")).FullName;
        string settings = _shell.Write(
            "s.json",
            $$"""
            { "Pipeline": { "Data": "{{_shell.PathOf("data")}}", "Folders": [ { "Path": "{{inbox}}", "Dataset": "d" } ], "Http": { "Listen": "{{listen}}" } } }
            """);
        return _shell.RunAsync("serve", "--settings", settings);
    }

    /// <summary>Runs a daemon to its study's results, killing it some times on the way; returns the leaderboard's path.</summary>
    private async Task<string> RunAsync(string name, int kills)
    {
        DemoCase demo = DemoCase.Of(seed: 1, small: true, _shell.PathOf(name));
        var laboratory = new DemoLaboratory(demo);
        string study = laboratory.Prepare();
        string settings = _shell.Write(name + ".json", Settings(demo, study));
        laboratory.DropArrow("first.arrow", demo.Measured(0, 30));
        laboratory.DropText("second.csv", demo.Measured(30, 30));
        laboratory.DropReferences("references.csv");

        // The moments differ from run to run, and must not matter: start-up, ingest, search.
        for (int i = 0; i < kills; i++)
        {
            using Process killed = Start(settings, out _);
            await Task.Delay(TimeSpan.FromMilliseconds(700 + (500 * i)));
            killed.Kill();
            await killed.WaitForExitAsync();
        }

        using Process daemon = Start(settings, out Task serving);

        // The result may stem from a run before the last kill; a process that has hardly started cannot stop cleanly.
        await serving.WaitAsync(PatienceMax);
        var patience = Stopwatch.StartNew();
        while (Directory.GetFiles(demo.Data, "model.json", SearchOption.AllDirectories).Length == 0)
        {
            Assert.True(patience.Elapsed < PatienceMax && !daemon.HasExited, "the study did not finish");
            await Task.Delay(50);
        }

        using Process term = Process.Start("kill", ["-TERM", daemon.Id.ToString(CultureInfo.InvariantCulture)]);
        await daemon.WaitForExitAsync().WaitAsync(PatienceMax);
        Assert.Equal(ExitCode.Done, daemon.ExitCode);
        return Directory.GetFiles(demo.Data, "leaderboard.csv", SearchOption.AllDirectories).Single();
    }

    private static Process Start(string settings, out Task serving)
    {
        var said = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        serving = said.Task;
        var start = new ProcessStartInfo("dotnet", [typeof(ExitCode).Assembly.Location, "serve", "--settings", settings])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Process process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data?.StartsWith("Serving.", StringComparison.Ordinal) == true)
            {
                said.TrySetResult();
            }
        };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private static string Settings(DemoCase demo, string study) =>
        $$"""
        { "Pipeline": {
            "Data": "{{demo.Data}}", "Http": { "Listen": "off" },
            "Folders": [ { "Path": "{{demo.Inbox}}", "Dataset": "wheat", "QuietPeriod": "200 ms", "ScanEvery": "500 ms" } ],
            "Studies": [ { "Name": "{{DemoCase.Response}}", "Dataset": "wheat", "Study": "{{study}}", "RunAfterReferences": 60 } ] } }
        """;
}
