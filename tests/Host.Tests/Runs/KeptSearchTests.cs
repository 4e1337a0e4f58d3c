using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Engine.Dataflow;
using Pipeline.Engine.Identity;
using Pipeline.Host.Cli;
using Pipeline.Host.Configuration;
using Pipeline.Host.Runs;
using Pipeline.Host.Tests.Reliability;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Splitting;
using Xunit;

namespace Pipeline.Host.Tests.Runs;

/// <summary>A search that is cut off goes on where it was, and ends as an undisturbed one.</summary>
public sealed class KeptSearchTests : IDisposable
{
    private readonly CommandHarness _shell = new();

    public void Dispose() => _shell.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(90)]
    public async Task Search_CancelledAfterSomeUnits_GoesOnToTheSameBytes(int unitsBefore)
    {
        string data = _shell.Write("data.csv", CommandHarness.Table());
        CommandResult calm = await _shell.RunAsync("search", data, "-r", "protein", "--out", _shell.PathOf("calm"));
        Assert.Equal(ExitCode.Done, calm.Code);
        int total = await CancelAfterAsync(data, unitsBefore);

        CommandResult resumed = await SearchAsync(data, "resumed");
        Assert.Equal(ExitCode.Done, resumed.Code);
        int kept = KeptOf(resumed.Error, total);
        Assert.InRange(kept, unitsBefore, total - 1);
        AssertSameBytes("calm", "resumed");

        // And once more: nothing is left to compute.
        CommandResult again = await SearchAsync(data, "again");
        Assert.Equal(total, KeptOf(again.Error, total));
        AssertSameBytes("calm", "again");
    }

    [Fact]
    public async Task Search_OtherData_SharesNothingAndSaysNothing()
    {
        string data = _shell.Write("data.csv", CommandHarness.Table());
        string other = _shell.Write("other.csv", CommandHarness.Table(cell: (i, j) => FormattableString.Invariant($"{1 + Math.Sin((i * 3.7) + (j * 1.1))}")));
        await SearchAsync(data, "one");
        CommandResult result = await SearchAsync(other, "two");
        Assert.Equal(ExitCode.Done, result.Code);
        Assert.DoesNotContain("kept from an earlier run", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Search_FolderInUse_IsRefusedBeforeAnyWork()
    {
        string data = _shell.Write("data.csv", CommandHarness.Table());
        (RunService runs, PreparedRun prepared) = Prepare(data);
        await using KeptSearch holder = await runs.KeepAsync(prepared, PipelineOptions.Default, _shell.PathOf("state"));
        CommandResult result = await SearchAsync(data, "out");
        Assert.Equal(ExitCode.Storage, result.Code);
        Assert.DoesNotContain("RMSECV", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("speed", "slow")]
    public async Task Search_KilledAtRandomMoments_EndsAsAnUndisturbedOne()
    {
        // Aim: what SIGKILL cuts off is computed again and nothing else changes. Method: several lives over one folder, each
        // killed at a random moment, then one that may end.
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        int seed = Environment.TickCount & 0xFFFF;
        var random = new Random(seed);
        string data = _shell.Write("data.csv", CommandHarness.Table(samples: 150, variables: 120));
        string[] Arguments(string output, params string[] more) => ["search", data, "-r", "protein", "--out", _shell.PathOf(output), .. more];
        using (ServedProcess calm = ServedProcess.Start(Arguments("calm")))
        {
            Assert.True(await calm.WaitForExitAsync(TimeSpan.FromMinutes(3)), calm.Said);
        }

        string state = _shell.PathOf("state");
        for (int life = 0; life < 6; life++)
        {
            using ServedProcess cut = ServedProcess.Start(Arguments("resumed", "--state", state));
            await cut.WaitForAsync(line => line.Contains("Search started", StringComparison.Ordinal), TimeSpan.FromMinutes(1));
            await Task.Delay(random.Next(0, 1500));
            await cut.KillAsync();
            if (File.Exists(Path.Combine(state, "state.db")))
            {
                // A look at what a kill has left behind neither fails nor mends anything.
                CommandResult look = await _shell.RunAsync("explain", "000000", "--state", state);
                Assert.Equal(ExitCode.Usage, look.Code);
                Assert.Contains("Nothing in", look.Error, StringComparison.Ordinal);
            }
        }

        using ServedProcess last = ServedProcess.Start(Arguments("resumed", "--state", state));
        Assert.True(await last.WaitForExitAsync(TimeSpan.FromMinutes(3)), last.Said);
        Assert.True(last.ExitCode == ExitCode.Done, $"seed {seed}\n{last.Said}");
        Assert.True(last.Said.Contains("are kept from an earlier run", StringComparison.Ordinal), $"seed {seed}\n{last.Said}");
        AssertSameBytes("calm", "resumed");
    }

    [Theory]
    [Trait("speed", "slow")]
    [InlineData(true, "run the same command again")]
    [InlineData(false, "With --state DIR")]
    public async Task Search_Terminated_SaysHowToGoOn(bool isKept, string said)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        string data = _shell.Write("data.csv", CommandHarness.Table(samples: 300, variables: 200));
        string[] more = isKept ? ["--state", _shell.PathOf("state")] : [];
        using ServedProcess search = ServedProcess.Start(["search", data, "-r", "protein", "--out", _shell.PathOf("out"), .. more]);
        await search.WaitForAsync(line => line.Contains("Search started", StringComparison.Ordinal), TimeSpan.FromMinutes(1));
        await search.TerminateAsync(TimeSpan.FromSeconds(40));
        Assert.True(search.ExitCode == ExitCode.Interrupted, search.Said);
        Assert.Contains(said, search.Said, StringComparison.Ordinal);
    }

    private Task<CommandResult> SearchAsync(string data, string output) =>
        _shell.RunAsync("search", data, "-r", "protein", "--out", _shell.PathOf(output), "--state", _shell.PathOf("state"));

    private static int KeptOf(string error, int total)
    {
        string line = Assert.Single(error.Split('\n'), one => one.Contains("kept from an earlier run", StringComparison.Ordinal));
        string[] words = line.Split(' ');
        Assert.Equal(total.ToString(System.Globalization.CultureInfo.InvariantCulture), words[2]);
        return int.Parse(words[0], System.Globalization.CultureInfo.InvariantCulture);
    }

    private void AssertSameBytes(string first, string second)
    {
        foreach (string name in new[] { "leaderboard.csv", "leaderboard.arrow", "leaderboard.json", "predictions.csv", "predictions.arrow", "report.html" })
        {
            Assert.Equal(File.ReadAllBytes(Path.Combine(_shell.PathOf(first), name)), File.ReadAllBytes(Path.Combine(_shell.PathOf(second), name)));
        }
    }

    private (RunService Runs, PreparedRun Prepared) Prepare(string data)
    {
        var runs = new RunService(NullLogger<RunService>.Instance, TimeProvider.System);
        var request = new SearchRequest { DataPath = data, Study = new Study { Response = "protein" }, OutputPath = _shell.PathOf("cut") };
        return (runs, runs.Prepare(request, PipelineOptions.Default));
    }

    /// <summary>Runs the search until some units are kept, then cancels it as Ctrl-C does; how many units there are.</summary>
    private async Task<int> CancelAfterAsync(string data, int units)
    {
        (RunService runs, PreparedRun prepared) = Prepare(data);
        await using KeptSearch kept = await runs.KeepAsync(prepared, PipelineOptions.Default, _shell.PathOf("state"));
        using var stop = new CancellationTokenSource();
        var ledger = new StoppingLedger(kept.Ledger!, units, stop);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => runs.SearchAsync(prepared, PipelineOptions.Default with { Threads = 1 }, kept.Memory, null, ledger, onRestored: null, stop.Token));
        return prepared.Work.Units.Length;
    }

    /// <summary>Cancels when it has taken some units over; later ones are refused, so that the moment is exact enough on any machine.</summary>
    private sealed class StoppingLedger(IUnitLedger inner, int units, CancellationTokenSource stop) : IUnitLedger
    {
        private int _taken;

        public UnitOutcome? Find(CalibrationUnit unit, Folds folds) => inner.Find(unit, folds);

        public UnitTroubles TroublesOf(Fingerprint unit) => inner.TroublesOf(unit);

        public ValueTask BeginAsync(CalibrationUnit unit)
        {
            stop.Token.ThrowIfCancellationRequested();
            return inner.BeginAsync(unit);
        }

        public ValueTask ChargeAsync(CalibrationUnit unit, FlowStoppedException why) => inner.ChargeAsync(unit, why);

        public async ValueTask CommitAsync(CalibrationUnit unit, UnitOutcome outcome, double seconds)
        {
            await inner.CommitAsync(unit, outcome, seconds);
            if (Interlocked.Increment(ref _taken) == units)
            {
                await stop.CancelAsync();
            }
        }

        public ValueTask FlushAsync() => inner.FlushAsync();
    }
}
