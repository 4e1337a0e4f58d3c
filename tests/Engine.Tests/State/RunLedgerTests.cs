using Pipeline.Engine.Identity;
using Pipeline.Engine.State;
using Xunit;

namespace Pipeline.Engine.Tests.State;

/// <summary>Runs and results: what ended is never computed again, what was cut off is.</summary>
public sealed class RunLedgerTests : IDisposable
{
    private readonly StateHarness _harness = new();

    public void Dispose() => _harness.Dispose();

    [Theory]
    [InlineData(10)]
    [InlineData(1000)]
    public async Task Unit_Completed_IsFoundByEveryLaterRun(int length)
    {
        byte[] bytes = Bytes(length, 1);
        await using (StateDatabase state = _harness.Open(Limits.Tiny))
        {
            RunLedger run = await BeginAsync(state, "a", 1);
            await run.BeginUnitAsync(Key(1), isUrgent: false);
            await run.CompleteUnitAsync(Key(1), bytes, 0.5);
            await run.FailUnitAsync(Key(2), isPoison: false, "no variance");
        }

        await using StateDatabase again = _harness.Open(Limits.Tiny);
        RunLedger resumed = await BeginAsync(again, "a", 1);
        Assert.Equal(bytes, resumed.Find(Key(1))!.Result);
        Assert.Equal("no variance", resumed.Find(Key(2))!.Failure!.Message);
        Assert.Null(resumed.Find(Key(3)));
        RunLedger other = await BeginAsync(again, "b", 2);
        Assert.Equal(bytes, other.Find(Key(1))!.Result);
        Assert.Null(other.Find(Key(2)));
    }

    [Fact]
    public async Task Unit_CutOff_IsChargedToItAlone()
    {
        for (int life = 1; life <= 3; life++)
        {
            StateDatabase state = _harness.Open();
            RunLedger run = await BeginAsync(state, "a", 1);
            Assert.Equal(life == 1 ? [] : new Dictionary<Fingerprint, (int, int)> { [Key(1)] = (life - 1, 0) }, run.Troubles());
            await run.BeginUnitAsync(Key(1), isUrgent: false);
            await run.BeginUnitAsync(Key(2), isUrgent: false);
            await run.CompleteUnitAsync(Key(2), Bytes(8, 2), 0);
            await EndAbruptlyAsync(state);
        }

        // A clean stop is nobody's fault.
        StateDatabase stopped = _harness.Open();
        await (await BeginAsync(stopped, "a", 1)).BeginUnitAsync(Key(3), isUrgent: false);
        await stopped.DisposeAsync();
        await using StateDatabase last = _harness.Open();
        RunLedger again = await BeginAsync(last, "a", 1);
        await again.ChargeUnitAsync(Key(4), "hangs");
        await again.ChargeUnitAsync(Key(4), "hangs");
        Assert.Equal(new Dictionary<Fingerprint, (int, int)> { [Key(1)] = (3, 0), [Key(4)] = (0, 2) }, again.Troubles());
    }

    [Fact]
    public async Task Result_Damaged_CountsAsNoneAndIsReplaced()
    {
        await using StateDatabase state = _harness.Open(Limits.Tiny);
        RunLedger run = await BeginAsync(state, "a", 1);
        byte[] bytes = Bytes(500, 3);
        await run.CompleteUnitAsync(Key(1), bytes, 0.1);
        string file = Assert.Single(Directory.GetFiles(Path.Combine(_harness.Root, "results"), "*", SearchOption.AllDirectories));
        for (int damage = 0; damage < 3; damage++)
        {
            switch (damage)
            {
                case 0:
                    File.WriteAllBytes(file, [.. bytes.Select((one, i) => i == 250 ? (byte)(one ^ 1) : one)]);
                    break;
                case 1:
                    File.WriteAllBytes(file, bytes[..250]);
                    break;
                default:
                    File.Delete(file);
                    break;
            }

            Assert.Null(run.Find(Key(1)));
            await run.CompleteUnitAsync(Key(1), bytes, 0.1);
            Assert.Equal(bytes, run.Find(Key(1))!.Result);
        }

        Assert.DoesNotContain("not deterministic", StateHarness.Kinds(state));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(1000)]
    public async Task Result_SecondOneDiffers_IsKeptApartAndTold(int length)
    {
        await using StateDatabase state = _harness.Open(Limits.Tiny);
        RunLedger run = await BeginAsync(state, "a", 1);
        await run.CompleteUnitAsync(Key(1), Bytes(length, 1), 0);
        await run.CompleteUnitAsync(Key(1), Bytes(length, 1), 0);
        Assert.DoesNotContain("not deterministic", StateHarness.Kinds(state));
        await run.CompleteUnitAsync(Key(1), Bytes(length, 2), 0);
        Assert.Contains("not deterministic", StateHarness.Kinds(state));
        Assert.Equal(Bytes(length, 1), run.Find(Key(1))!.Result);
        Assert.Equal(1, state.Read(reader => reader.First("SELECT count(*) FROM disputed_result", row => row.Number(0), 0)));
        Assert.Equal(0, Results(state).RemoveOrphans());
    }

    [Fact]
    public async Task Results_WithoutRow_AreRemovedAndOthersStay()
    {
        await using StateDatabase state = _harness.Open(Limits.Tiny);
        RunLedger run = await BeginAsync(state, "a", 1);
        await run.CompleteUnitAsync(Key(1), Bytes(500, 1), 0);

        // As after a crash between the file and its row.
        Results(state).Stage(Key(2), Bytes(500, 2), 0);
        Assert.Equal(1, Results(state).RemoveOrphans());
        Assert.NotNull(run.Find(Key(1)));
    }

    [Fact]
    public async Task Begin_BeyondTheRunsKept_DropsTheOldestAndKeepsWhatIsShared()
    {
        await using StateDatabase state = _harness.Open(Limits.Default with { RunsKeptMax = 2 });
        for (int number = 1; number <= 3; number++)
        {
            RunLedger run = await BeginAsync(state, "a", number, 2);
            await run.BeginUnitAsync(Key(100), isUrgent: false);
            await run.CompleteUnitAsync(Key(100), Bytes(8, 0), 0);
            await run.CompleteUnitAsync(Key(number), Bytes(500, number), 0);
            await run.EndAsync(RunState.Completed, "");
        }

        RunLedger latest = await BeginAsync(state, "a", 3, 2);
        Assert.Null(latest.Find(Key(1)));
        Assert.NotNull(latest.Find(Key(2)));
        Assert.NotNull(latest.Find(Key(3)));
        Assert.NotNull(latest.Find(Key(100)));

        // The dropped run's file is gone with its row.
        Assert.Equal(2, Directory.GetFiles(Path.Combine(_harness.Root, "results"), "*", SearchOption.AllDirectories).Length);
        Assert.Equal(2, state.Read(reader => reader.First("SELECT count(*) FROM run", row => row.Number(0), 0)));
    }

    [Fact]
    public async Task Adopt_UnitOfAnOlderRun_OutlivesThatRun()
    {
        await using StateDatabase state = _harness.Open(Limits.Default with { RunsKeptMax = 1 });
        await (await BeginAsync(state, "a", 1)).CompleteUnitAsync(Key(100), Bytes(8, 0), 0);
        RunLedger other = await BeginAsync(state, "b", 2);
        Assert.True(other.Find(Key(100))!.IsFromOtherRun);
        await other.AdoptUnitsAsync([(Key(100), new byte[] { 7 })]);
        Assert.False(other.Find(Key(100))!.IsFromOtherRun);

        // The older run goes; what it has shared stays.
        await BeginAsync(state, "a", 3, 1);
        Assert.NotNull(other.Find(Key(100)));
    }

    [Fact]
    public async Task BeginUnit_EndedBeforeItIsWritten_IsNotChargedAfterACrash()
    {
        StateDatabase state = _harness.Open();
        RunLedger run = await BeginAsync(state, "a", 1);
        Task begun = run.BeginUnitAsync(Key(1), isUrgent: false);
        await Task.WhenAll(begun, run.CompleteUnitAsync(Key(1), Bytes(8, 1), 0), run.BeginUnitAsync(Key(2), isUrgent: false));
        await EndAbruptlyAsync(state);
        await using StateDatabase again = _harness.Open();
        RunLedger resumed = await BeginAsync(again, "a", 1);
        Assert.Equal(new Dictionary<Fingerprint, (int, int)> { [Key(2)] = (1, 0) }, resumed.Troubles());
        Assert.NotNull(resumed.Find(Key(1)));
    }

    [Fact]
    public async Task End_WithAChangeAlong_IsOneCommit()
    {
        await using StateDatabase state = _harness.Open();
        RunLedger run = await BeginAsync(state, "a", 1);
        await run.EndAsync(RunState.Completed, "one", transaction => transaction.Tell("deployed", "a", "model"));
        RunLedger other = await BeginAsync(state, "b", 9);
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => other.EndAsync(RunState.Completed, "nine", _ => throw new InvalidOperationException("refused")));
        Assert.Equal(
            ["a 2 one", "b 1 "],
            state.Read(reader => reader.Query("SELECT study, state, detail FROM run ORDER BY id", row => $"{row.Text(0)} {row.Number(1)} {row.Text(2)}")));
        Assert.Contains("deployed", StateHarness.Kinds(state));
    }

    private Task<RunLedger> BeginAsync(StateDatabase state, string study, int key, int runsKept = 4) => RunLedger.BeginAsync(
        state, Results(state), study, Key(key), 3, "", Limits.Default with { RunsKeptMax = runsKept });

    private ResultStore Results(StateDatabase state) => new(state, _harness.Storage, Limits.Tiny);

    private static async Task EndAbruptlyAsync(StateDatabase state)
    {
        state.Probe = _ => throw new InvalidOperationException("the process ends here");
        await Assert.ThrowsAsync<InvalidOperationException>(() => state.CommitAsync(_ => { }));
        await state.DisposeAsync();
    }

    private static Fingerprint Key(int number) => Fingerprint.OfBytes(BitConverter.GetBytes(number));

    private static byte[] Bytes(int length, int seed)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
