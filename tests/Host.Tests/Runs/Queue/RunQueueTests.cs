using Pipeline.Engine;
using Pipeline.Engine.State;
using Pipeline.Engine.Storage;
using Pipeline.Host.Runs;
using Pipeline.Host.Runs.Queue;
using Pipeline.Host.State;
using Xunit;

namespace Pipeline.Host.Tests.Runs.Queue;

public sealed class RunQueueTests : IAsyncLifetime, IDisposable
{
    private static readonly Limits Bounds = Limits.Default with { RunsKeptMax = 2, CommitDelayMs = 1 };

    private readonly CommandHarness _shell = new();
    private readonly List<QueuedRun> _cancelled = [];
    private StateDatabase? _state;
    private RunQueue? _queue;

    private StateDatabase State => _state!;

    private RunQueue Queue => _queue!;

    public Task InitializeAsync()
    {
        Open();
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await State.DisposeAsync();

    public void Dispose() => _shell.Dispose();

    [Fact]
    public async Task TakeAsync_GreaterPriorityThenOlder_GoFirst()
    {
        foreach ((string study, int priority) in ((string, int)[])[("a", 0), ("b", 5), ("c", 0), ("d", -1), ("e", 5)])
        {
            await Queue.AskAsync(study, RunTrigger.Demand, priority, 0);
        }

        string taken = "";
        for (int i = 0; i < 5; i++)
        {
            taken += (await Queue.TakeAsync(i, default)).Run.Study;
        }

        Assert.Equal("beacd", taken);
    }

    [Fact]
    public async Task AskAsync_StudyHasARunThatHasNotEnded_IsThatOne()
    {
        (QueuedRun first, bool isNew) = await Queue.AskAsync("a", RunTrigger.References, 0, 10);
        Assert.True(isNew);
        (QueuedRun second, isNew) = await Queue.AskAsync("a", RunTrigger.Demand, 9, 20);
        Assert.False(isNew);
        Assert.Equal(first with { Priority = 9 }, second);
        Assert.Equal(9, Queue.Find(first.Id)!.Priority);
        RunInHand hand = await Queue.TakeAsync(0, default);
        Assert.False((await Queue.AskAsync("a", RunTrigger.Demand, 0, 0)).IsNew);
        await EndAsync(hand, RunPhase.Completed);
        (second, isNew) = await Queue.AskAsync("a", RunTrigger.Demand, 0, 0);
        Assert.True(isNew);
        Assert.True(second.Id > first.Id);
    }

    [Fact]
    public async Task TakeAsync_NothingWaits_WaitsUntilSomethingIsAsked()
    {
        Task<RunInHand> taking = Queue.TakeAsync(0, default);
        Assert.False(taking.IsCompleted);
        await Queue.AskAsync("a", RunTrigger.Demand, 0, 0);
        Assert.Equal("a", (await taking.WaitAsync(TimeSpan.FromSeconds(20))).Run.Study);
    }

    [Fact]
    public async Task TakeAsync_StudyStillWindsDownAfterACancellation_WaitsForIt()
    {
        await Queue.AskAsync("a", RunTrigger.Demand, 0, 0);
        RunInHand hand = await Queue.TakeAsync(0, default);
        await Queue.CancelAsync(hand.Run.Id);
        await Queue.AskAsync("a", RunTrigger.Demand, 0, 0);
        Task<RunInHand> next = Queue.TakeAsync(1, default);
        Assert.False(next.IsCompleted);
        Queue.LetGo(hand);
        Assert.Equal(hand.Run.Id + 1, (await next.WaitAsync(TimeSpan.FromSeconds(20))).Run.Id);
    }

    [Fact]
    public async Task PauseAsync_OfARunInHand_TellsItsLoopAndHoldsItBackUntilItIsResumedAtItsOldPlace()
    {
        await Queue.AskAsync("a", RunTrigger.Demand, 0, 0);
        RunInHand hand = await Queue.TakeAsync(0, default);
        RunChange paused = await Queue.PauseAsync(hand.Run.Id);
        Assert.Equal((RunPhase.Paused, true), (paused.Run!.Phase, paused.IsAllowed));
        await Signalled(hand.Pause);
        Assert.False(hand.Cancel.IsCancellationRequested);
        Queue.LetGo(hand);
        await Queue.AskAsync("b", RunTrigger.Demand, 0, 0);
        await ReopenAsync();
        Assert.Equal(RunPhase.Paused, Queue.Find(hand.Run.Id)!.Phase);
        Assert.Equal(RunPhase.Queued, (await Queue.ResumeAsync(hand.Run.Id)).Run!.Phase);
        Assert.Equal("a", (await Queue.TakeAsync(0, default)).Run.Study);
        Assert.Equal(["run queued", "run begun", "run paused", "run queued", "run resumed", "run begun"], Kinds());
    }

    [Fact]
    public async Task CancelAsync_OfARunInHand_IsSoWhateverTheLoopDoes()
    {
        await Queue.AskAsync("a", RunTrigger.Demand, 0, 0);
        RunInHand hand = await Queue.TakeAsync(0, default);
        await Queue.CancelAsync(hand.Run.Id);
        await Signalled(hand.Cancel);
        await Assert.ThrowsAsync<OperationCanceledException>(() => EndAsync(hand, RunPhase.Completed));
        Assert.Equal(RunPhase.Cancelled, Queue.Find(hand.Run.Id)!.Phase);
        await ReopenAsync();
        Assert.Equal(RunPhase.Cancelled, Queue.Find(hand.Run.Id)!.Phase);
        Assert.Equal(0, Queue.KnownWithoutOutcome("a"));
    }

    [Theory]
    [InlineData("Queued", "resume", true)]
    [InlineData("Paused", "pause", true)]
    [InlineData("Paused", "cancel", true)]
    [InlineData("Completed", "pause", false)]
    [InlineData("Completed", "resume", false)]
    [InlineData("Completed", "cancel", false)]
    [InlineData("Cancelled", "cancel", true)]
    [InlineData("Cancelled", "resume", false)]
    public async Task Changes_ThatTheStateDoesNotAllow_ChangeNothing(string fromWord, string change, bool isAllowed)
    {
        RunPhase from = Enum.Parse<RunPhase>(fromWord);
        (QueuedRun run, _) = await Queue.AskAsync("a", RunTrigger.Demand, 0, 0);
        if (from == RunPhase.Completed)
        {
            await EndAsync(await Queue.TakeAsync(0, default), RunPhase.Completed);
        }
        else if (from == RunPhase.Paused)
        {
            await Queue.PauseAsync(run.Id);
        }
        else if (from == RunPhase.Cancelled)
        {
            await Queue.CancelAsync(run.Id);
        }

        int events = Kinds().Count;
        RunChange came = await (change switch
        {
            "pause" => Queue.PauseAsync(run.Id),
            "resume" => Queue.ResumeAsync(run.Id),
            _ => Queue.CancelAsync(run.Id),
        });
        Assert.Equal(isAllowed, came.IsAllowed);
        Assert.Equal(isAllowed && from == RunPhase.Paused && change == "cancel" ? RunPhase.Cancelled : from, Queue.Find(run.Id)!.Phase);
        Assert.Equal(from == RunPhase.Paused && change == "cancel" ? events + 1 : events, Kinds().Count);
    }

    [Fact]
    public async Task TakeAsync_AfterTheProcessWasGone_GoesOnWithWhatWasBegunFirst()
    {
        await Queue.AskAsync("a", RunTrigger.Demand, -10, 0);
        RunInHand hand = await Queue.TakeAsync(0, default);
        await Queue.AskAsync("b", RunTrigger.Demand, 10, 0);
        await ReopenAsync();
        Assert.Equal(RunPhase.Queued, Queue.Find(hand.Run.Id)!.Phase);
        RunInHand again = await Queue.TakeAsync(0, default);
        Assert.Equal(hand.Run.Id, again.Run.Id);
        Assert.Equal(RunPhase.Running, Queue.Find(hand.Run.Id)!.Phase);
    }

    [Fact]
    public async Task TakeBackAsync_LoopThatFailsAgainAndAgain_FailsTheRun()
    {
        await Queue.AskAsync("a", RunTrigger.References, 0, 7);
        for (int i = 1; i < Bounds.UnitAttemptsMax; i++)
        {
            RunInHand hand = await Queue.TakeAsync(0, default);
            Assert.Null(await Queue.TakeBackAsync(0));
            await Assert.ThrowsAsync<OperationCanceledException>(() => EndAsync(hand, RunPhase.Completed));
        }

        long id = (await Queue.TakeAsync(0, default)).Run.Id;
        Assert.Equal(id, (await Queue.TakeBackAsync(0))!.Id);
        Assert.Equal(RunPhase.Failed, Queue.Find(id)!.Phase);
        Assert.Equal(7, Queue.KnownWithoutOutcome("a"));
        Assert.Null(Queue.Open("a"));
    }

    [Fact]
    public async Task TakeBackAsync_OncePerLifeOfTheProcess_FailsTheRunToo()
    {
        long id = (await Queue.AskAsync("a", RunTrigger.References, 0, 7)).Run.Id;
        for (int i = 1; i <= Bounds.UnitAttemptsMax; i++)
        {
            await ReopenAsync();
            await Queue.TakeAsync(0, default);
            Assert.Equal(i == Bounds.UnitAttemptsMax, await Queue.TakeBackAsync(0) is not null);
        }

        Assert.Equal(RunPhase.Failed, Queue.Find(id)!.Phase);
    }

    [Fact]
    public async Task TakeAsync_ProcessIsKilledAgainAndAgain_DoesNotFailTheRun()
    {
        long id = (await Queue.AskAsync("a", RunTrigger.References, 0, 7)).Run.Id;
        for (int i = 0; i <= Bounds.UnitAttemptsMax; i++)
        {
            await ReopenAsync();
            Assert.Equal(id, (await Queue.TakeAsync(0, default)).Run.Id);
        }
    }

    [Fact]
    public async Task TakeBackAsync_OtherLoopHasTakenItMeanwhile_LeavesItThere()
    {
        await Queue.AskAsync("a", RunTrigger.References, 0, 7);
        RunInHand hand = await Queue.TakeAsync(0, default);
        Task<QueuedRun?> takingBack = Queue.TakeBackAsync(0);
        Queue.LetGo(hand);
        Task<RunInHand> taking = Queue.TakeAsync(1, default);
        Assert.Null(await takingBack);
        Assert.Same(await taking, Assert.Single(Queue.InHand));
    }

    [Fact]
    public async Task CancelAsync_WhereverTheRunIs_IsToldOnce()
    {
        long id = (await Queue.AskAsync("a", RunTrigger.Demand, 0, 0)).Run.Id;
        await Queue.CancelAsync(id);
        await Queue.CancelAsync(id);
        Assert.Equal(id, Assert.Single(_cancelled).Id);
        await Queue.AskAsync("b", RunTrigger.Demand, 0, 0);
        await Queue.TakeAsync(0, default);
        await Queue.KeepOnlyAsync([]);
        Assert.Equal(["a", "b"], _cancelled.Select(run => run.Study));
    }

    [Fact]
    public async Task AskAsync_ThatOneIsPaused_StaysAsItIs()
    {
        (QueuedRun run, _) = await Queue.AskAsync("a", RunTrigger.Demand, 0, 0);
        await Queue.PauseAsync(run.Id);
        Assert.Equal(run with { Phase = RunPhase.Paused }, (await Queue.AskAsync("a", RunTrigger.Demand, 9, 0)).Run);
    }

    [Fact]
    public async Task KeepOnlyAsync_StudiesAreGone_ForgetsSchedulesAndAllButTheLatestRuns()
    {
        foreach (string study in (string[])["a", "b", "c", "stays"])
        {
            await State.CommitAsync(transaction => QueueTable.SetDue(transaction, study, "daily 02:30", DateTimeOffset.UnixEpoch));
            for (int i = 0; i < Bounds.RunsKeptMax; i++)
            {
                await Queue.AskAsync(study, RunTrigger.Demand, 0, 0);
                await EndAsync(await Queue.TakeAsync(0, default), RunPhase.Completed);
            }
        }

        await Queue.KeepOnlyAsync(["stays"]);
        Assert.Equal(["c", "c", "stays", "stays"], Queue.All().Select(run => run.Study));
        Assert.Null(State.Read(reader => QueueTable.Due(reader, "a", "daily 02:30")));
        Assert.NotNull(State.Read(reader => QueueTable.Due(reader, "stays", "daily 02:30")));
    }

    [Fact]
    public async Task EndAsync_MoreThanAreKept_DropsTheOldest()
    {
        for (int i = 0; i < 4; i++)
        {
            await Queue.AskAsync("a", RunTrigger.Demand, 0, 0);
            await EndAsync(await Queue.TakeAsync(0, default), i % 2 == 0 ? RunPhase.Completed : RunPhase.Refused);
        }

        Assert.Equal([3, 4], Queue.All().Select(run => run.Id));
    }

    [Fact]
    public async Task LetGo_KeepsTheLastWord()
    {
        await Queue.AskAsync("a", RunTrigger.Demand, 0, 0);
        RunInHand hand = await Queue.TakeAsync(0, default);
        Assert.Null(Queue.ProgressOf(hand.Run.Id));
        var word = new RunProgress(3, 8, 0.4, TimeSpan.FromSeconds(1), null, []);
        hand.Progress = word;
        Assert.Same(word, Queue.ProgressOf(hand.Run.Id));
        await EndAsync(hand, RunPhase.Completed);
        Assert.Same(word, Queue.ProgressOf(hand.Run.Id));
        Assert.Empty(Queue.InHand);
    }

    [Fact]
    public async Task KeepOnlyAsync_StudyIsGone_CancelsItsRun()
    {
        (QueuedRun gone, _) = await Queue.AskAsync("gone", RunTrigger.Demand, 0, 0);
        (QueuedRun stays, _) = await Queue.AskAsync("stays", RunTrigger.Demand, 0, 0);
        await Queue.KeepOnlyAsync(["stays"]);
        Assert.Equal(RunPhase.Cancelled, Queue.Find(gone.Id)!.Phase);
        Assert.Contains("'gone' is no longer", Queue.Find(gone.Id)!.Why, StringComparison.Ordinal);
        Assert.Equal(RunPhase.Queued, Queue.Find(stays.Id)!.Phase);
    }

    [Fact]
    public async Task RankAsync_OfAWaitingRun_ChangesTheOrder()
    {
        await Queue.AskAsync("a", RunTrigger.Demand, 0, 0);
        (QueuedRun later, _) = await Queue.AskAsync("b", RunTrigger.Demand, 0, 0);
        Assert.Equal(3, (await Queue.RankAsync(later.Id, 3)).Run!.Priority);
        Assert.Equal("b", (await Queue.TakeAsync(0, default)).Run.Study);
    }

    private async Task EndAsync(RunInHand hand, RunPhase phase)
    {
        await State.CommitAsync(transaction => Queue.End(transaction, hand, phase, ""));
        Queue.LetGo(hand);
    }

    private List<string> Kinds() => State.Read(reader => reader.Query("SELECT kind FROM event WHERE subject LIKE 'run/%' ORDER BY seq", row => row.Text(0)));

    private static async Task Signalled(CancellationToken token)
    {
        var signalled = new TaskCompletionSource();
        await using CancellationTokenRegistration registration = token.Register(signalled.SetResult);
        await signalled.Task.WaitAsync(TimeSpan.FromSeconds(20), CancellationToken.None);
    }

    private void Open()
    {
        _state = StateDatabase.Open(_shell.PathOf("state.db"), [StateSchema.Engine, HostSchema.Tables], new LocalStorage(), Bounds, TimeProvider.System);
        _queue = new RunQueue(_state, Bounds, _cancelled.Add);
    }

    private async Task ReopenAsync()
    {
        await State.DisposeAsync();
        Open();
    }
}
