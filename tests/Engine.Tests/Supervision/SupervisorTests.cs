using Pipeline.Engine.Supervision;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Engine.Tests.Supervision;

public sealed class SupervisorTests
{
    private static readonly RebuildPolicy Policy = RebuildPolicy.Of(new Limits { StallGraceSecondsMax = 0.1 });

    private readonly ManualTimeProvider _clock = new();
    private readonly List<Rebuild> _rebuilds = [];
    private int _runs;

    [Fact]
    public async Task RunAsync_BodyEndsWell_RunsOnce()
    {
        await RunAsync((_, _) => Task.CompletedTask);
        Assert.Equal((1, 0), (_runs, _rebuilds.Count));
    }

    [Fact]
    public async Task RunAsync_BodyFailsTwice_IsRebuiltTwice()
    {
        await RunAsync((_, _) => _runs < 3 ? throw new FormatException($"run {_runs}") : Task.CompletedTask);
        Assert.Equal(["run 1", "run 2"], _rebuilds.Select(rebuild => rebuild.Why.Message));
        Assert.Equal([1, 2], _rebuilds.Select(rebuild => rebuild.Number));
        Assert.All(_rebuilds, rebuild => Assert.Equal("body", rebuild.Name));
    }

    [Fact]
    public async Task RunAsync_FailsMoreOftenThanTheLimit_ThrowsTheLastFailure()
    {
        FormatException thrown = await Assert.ThrowsAsync<FormatException>(
            () => RunAsync((_, _) => throw new FormatException($"run {_runs}")));
        Assert.Equal(("run 4", 4, 3), (thrown.Message, _runs, _rebuilds.Count));
    }

    [Fact]
    public async Task RunAsync_FailuresFarApart_AreForgotten()
    {
        await RunAsync((_, _) =>
        {
            _clock.Advance(Policy.Window + TimeSpan.FromSeconds(1));
            return _runs < 8 ? throw new FormatException() : Task.CompletedTask;
        });
        Assert.Equal((8, 7), (_runs, _rebuilds.Count));
    }

    [Fact]
    public async Task RunAsync_Verdicts_DecideWhatIsCountedAndWhatIsThrown()
    {
        RebuildPolicy policy = Policy with
        {
            Judge = failure => failure is FormatException ? RebuildVerdict.Uncounted : RebuildVerdict.GiveUp,
        };
        await Assert.ThrowsAsync<InvalidDataException>(() => RunAsync(
            (_, _) => _runs <= 10 ? throw new FormatException() : throw new InvalidDataException(), policy));
        Assert.Equal((11, 10), (_runs, _rebuilds.Count));
    }

    [Fact]
    public async Task RunAsync_CancellationOutOfNowhere_IsAFailureLikeAnyOther()
    {
        await RunAsync((_, _) => _runs < 2 ? throw new OperationCanceledException() : Task.CompletedTask);
        Assert.IsType<OperationCanceledException>(Assert.Single(_rebuilds).Why);
    }

    [Fact]
    public async Task RunAsync_Canceled_EndsWithoutRebuild()
    {
        using var stop = new CancellationTokenSource();
        Task run = RunAsync((_, token) => Task.Delay(Timeout.Infinite, token), cancellation: stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.Empty(_rebuilds);
    }

    [Fact]
    public async Task RunAsync_CanceledBodyThatDoesNotHeed_IsLeftBehindAfterPatience()
    {
        var hang = new Gate();
        var begun = new Gate();
        using var stop = new CancellationTokenSource();
        Task run = RunAsync(
            async (_, _) =>
            {
                begun.Open();
                await hang.PassAsync(CancellationToken.None);
            },
            cancellation: stop.Token);
        await begun.PassAsync();
        await stop.CancelAsync();
        await AdvanceUntilAsync(() => run.IsCompleted);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        hang.Open();
    }

    [Fact]
    public async Task RunAsync_WorkingBodyFallsSilent_IsRebuilt()
    {
        var hang = new Gate();
        Task run = RunAsync(async (heartbeat, _) =>
        {
            heartbeat.Working("a folder");
            if (_runs == 1)
            {
                await hang.PassAsync(CancellationToken.None);
            }
        });
        await AdvanceUntilAsync(() => _rebuilds.Count > 0);
        await run;
        var why = Assert.IsType<StalledException>(Assert.Single(_rebuilds).Why);
        Assert.Equal(("a folder", true), (why.Work, why.WasLeftBehind));
        hang.Open();
    }

    [Fact]
    public async Task RunAsync_RebuiltBodyFallsSilentToo_GivesUp()
    {
        Task run = RunAsync(async (heartbeat, stop) =>
        {
            heartbeat.Working("a study");
            await Task.Delay(Timeout.Infinite, stop);
        });
        await AdvanceUntilAsync(() => run.IsCompleted);
        StalledException thrown = await Assert.ThrowsAsync<StalledException>(() => run);
        Assert.Equal((false, 2, 1), (thrown.WasLeftBehind, _runs, _rebuilds.Count));
    }

    [Fact]
    public async Task RunAsync_IdleOrBeatingBody_IsNotSuspected()
    {
        var end = new Gate();
        Task run = RunAsync(async (heartbeat, _) =>
        {
            heartbeat.Working("a long file");
            for (int i = 0; i < 5; i++)
            {
                _clock.Advance(0.9 * Policy.Patience);
                await Task.Delay(40, CancellationToken.None);
                heartbeat.Beat();
            }

            heartbeat.Idle();
            _clock.Advance(100 * Policy.Patience);
            await end.PassAsync(CancellationToken.None);
        });
        await Task.Delay(400);
        Assert.False(run.IsCompleted);
        end.Open();
        await run;
        Assert.Empty(_rebuilds);
    }

    private async Task AdvanceUntilAsync(Func<bool> isOver) => await Eventually.IsTrueAsync(
        () =>
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            return isOver();
        },
        "the stall shows");

    private Task RunAsync(
        Func<Heartbeat, CancellationToken, Task> body, RebuildPolicy? policy = null, CancellationToken cancellation = default) =>
        Supervisor.RunAsync(
            "body",
            (heartbeat, stop) =>
            {
                Interlocked.Increment(ref _runs);
                return body(heartbeat, stop);
            },
            policy ?? Policy,
            _clock,
            _rebuilds.Add,
            cancellation).WaitAsync(Gate.Patience, CancellationToken.None);
}
