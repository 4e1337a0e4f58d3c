using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Engine.Identity;
using Pipeline.Engine.State;
using Pipeline.Host.State;

namespace Pipeline.Host.Runs.Queue;

/// <summary>The runs of all studies: asked for, waiting, in work, ended.</summary>
/// <remarks>
/// The state has the truth, and every change and its event are one commit; in memory is only who has which run in hand. A study
/// has one run at most that has not ended, and at most one in hand. What a person decides is durable before it is answered: a run
/// that is paused or cancelled is so at once, while the loop that has it in hand still winds down. A run that was begun and that
/// nobody has in hand any more, since the process, the disk or the loop has failed, is the next to be taken.
/// Safe for all threads. Ceilings: one run in hand per loop; <see cref="Limits.RunsKeptMax"/> ended runs per study, and as many of
/// all studies that are gone;
/// <see cref="WordsMax"/> last words.
/// </remarks>
internal sealed class RunQueue
{
    /// <summary>Of how many ended runs the last word is kept in memory.</summary>
    public const int WordsMax = 64;

    // Set by the constructor.
    private readonly StateDatabase _state;
    private readonly Limits _limits;
    private readonly Action<QueuedRun>? _cancelled;
    private readonly Lock _gate = new();

    // Guarded by _gate.
    private readonly Dictionary<long, RunInHand> _inHand = [];
    private readonly Dictionary<long, RunProgress> _words = [];
    private readonly Queue<long> _wordOrder = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The queue of a state.</summary>
    /// <param name="state">The state.</param>
    /// <param name="limits">How many ended runs are kept, and how often one may stop its loop.</param>
    /// <param name="cancelled">Called once for each run that is cancelled, when that is durable.</param>
    public RunQueue(StateDatabase state, Limits limits, Action<QueuedRun>? cancelled = null)
    {
        _cancelled = cancelled;
        _state = state;
        _limits = limits;
    }

    /// <summary>All runs as they are remembered, the oldest first.</summary>
    public List<QueuedRun> All() => [.. _state.Read(QueueTable.All).Select(Shown)];

    /// <summary>The run of a number, or null.</summary>
    public QueuedRun? Find(long id) => _state.Read(reader => QueueTable.Find(reader, id)) is { } run ? Shown(run) : null;

    /// <summary>The run of a study that has not ended, or null.</summary>
    public QueuedRun? Open(string study) => _state.Read(reader => QueueTable.Open(reader, study)) is { } run ? Shown(run) : null;

    /// <summary>The latest run of a study, or null before the first.</summary>
    public QueuedRun? Latest(string study) => _state.Read(reader => QueueTable.Latest(reader, study)) is { } run ? Shown(run) : null;

    /// <summary>How many references the latest ended run had seen that brought no outcome for its study; null where the study's own row says it.</summary>
    public int? KnownWithoutOutcome(string study) =>
        _state.Read(reader => QueueTable.LatestEnded(reader, study)) is { Phase: RunPhase.Cancelled or RunPhase.Failed, Known: var known } ? known : null;

    /// <summary>The latest word of a run of this process, or null.</summary>
    public RunProgress? ProgressOf(long id)
    {
        lock (_gate)
        {
            return _inHand.TryGetValue(id, out RunInHand? run) && run.Progress is { } now ? now : _words.GetValueOrDefault(id);
        }
    }

    /// <summary>True while a loop works on a run, also while it winds down after a pause or a cancellation.</summary>
    public bool IsInHand(long id)
    {
        lock (_gate)
        {
            return _inHand.ContainsKey(id);
        }
    }

    /// <summary>Runs that are being worked on, in the order of their loops.</summary>
    public ImmutableArray<RunInHand> InHand
    {
        get
        {
            lock (_gate)
            {
                return [.. _inHand.Values.OrderBy(run => run.Slot)];
            }
        }
    }

    /// <summary>Asks for a run of a study; where one has not ended yet, that one it is, with the greater priority of the two.</summary>
    /// <remarks>One that a person holds back stays as it is.</remarks>
    /// <param name="study">The study.</param>
    /// <param name="trigger">What asks.</param>
    /// <param name="priority">Greater goes first.</param>
    /// <param name="known">How many references there are.</param>
    /// <param name="along">Becomes durable together with the run, also where there is one already.</param>
    /// <exception cref="StageException">The disk refuses; nothing was asked.</exception>
    public async Task<(QueuedRun Run, bool IsNew)> AskAsync(
        string study, RunTrigger trigger, int priority, int known, Action<StateTransaction>? along = null)
    {
        QueuedRun? run = null;
        bool isNew = false;
        await _state.CommitAsync(transaction =>
        {
            run = QueueTable.Open(transaction, study);
            isNew = run is null;
            if (run is null)
            {
                run = QueueTable.Add(transaction, study, trigger, priority, known);
            }
            else if (run.Phase != RunPhase.Paused && priority > run.Priority)
            {
                Rank(transaction, run, priority);
                run = run with { Priority = priority };
            }

            along?.Invoke(transaction);
        });
        Signal();
        return (Shown(run!), isNew);
    }

    /// <summary>Waits for the next run and takes it in hand.</summary>
    /// <param name="slot">The loop that takes it, from 0.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <param name="hold">Waited for before anything is taken, such as room on the disk.</param>
    /// <exception cref="StageException">The disk refuses; nothing was taken.</exception>
    public async Task<RunInHand> TakeAsync(int slot, CancellationToken cancellation, Func<CancellationToken, ValueTask>? hold = null)
    {
        while (true)
        {
            Task changed = Changed();
            if (hold is not null)
            {
                await hold(cancellation);
            }

            cancellation.ThrowIfCancellationRequested();
            if (await TryTakeAsync(slot) is { } taken)
            {
                return taken;
            }

            await changed.WaitAsync(cancellation);
        }
    }

    /// <summary>Writes down what a run in hand computes.</summary>
    public Task PlanAsync(RunInHand hand, Fingerprint key) => _state.CommitAsync(transaction => QueueTable.Plan(transaction, hand.Run.Id, key));

    /// <summary>Ends a run in hand inside a transaction, with its effects.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled, or taken from this hand; nothing of the transaction is kept.</exception>
    public void End(StateTransaction transaction, RunInHand hand, RunPhase phase, string why, string folder = "")
    {
        QueuedRun? now = QueueTable.Find(transaction, hand.Run.Id);
        if (now is null or { HasEnded: true } || !IsHeldBy(hand))
        {
            hand.AskToCancel();
            throw new OperationCanceledException("The run has ended otherwise.", hand.Cancel);
        }

        QueueTable.End(transaction, now, phase, why, folder, _limits.RunsKeptMax);
    }

    /// <summary>Lets a run go: its last word is kept, and where it has not ended, it may be taken again.</summary>
    public void LetGo(RunInHand hand)
    {
        lock (_gate)
        {
            if (IsHeldBy(hand))
            {
                _inHand.Remove(hand.Run.Id);
                Keep(hand);
            }
        }

        Signal();
    }

    /// <summary>Takes back what a loop had in hand that has failed or hangs; a run that this happens to again and again fails.</summary>
    /// <remarks>
    /// Counted in the state, since a loop that hangs twice ends the process: a run that does so at each start must come to its end, too.
    /// A process that is killed is not counted here; units that end the process have a count of their own.
    /// </remarks>
    /// <returns>The run that has failed for good, or null.</returns>
    /// <exception cref="StageException">The disk refuses; the run is still in hand.</exception>
    public async Task<QueuedRun?> TakeBackAsync(int slot)
    {
        RunInHand? hand = InHand.FirstOrDefault(one => one.Slot == slot);
        if (hand is null)
        {
            return null;
        }

        hand.AskToCancel();
        QueuedRun? failed = null;
        await _state.CommitAsync(transaction =>
        {
            failed = null;
            if (QueueTable.Find(transaction, hand.Run.Id) is { HasEnded: false } run
                && QueueTable.CountStop(transaction, run) is var stops && stops >= _limits.UnitAttemptsMax)
            {
                failed = run;
                QueueTable.End(
                    transaction, run, RunPhase.Failed, $"It stopped its loop {stops} times; the log says why. Report it with that log.", "",
                    _limits.RunsKeptMax);
            }
        });

        // The old loop may have let it go meanwhile, and another one have taken it.
        lock (_gate)
        {
            if (IsHeldBy(hand))
            {
                _inHand.Remove(hand.Run.Id);
                Keep(hand);
            }
        }

        Signal();
        return failed;
    }

    /// <summary>Holds a run back; units in work are finished and kept.</summary>
    public Task<RunChange> PauseAsync(long id) => ChangeAsync(id, RunPhase.Paused, [RunPhase.Queued, RunPhase.Running], (transaction, run) =>
    {
        QueueTable.Move(transaction, run, RunPhase.Paused);
        transaction.Tell("run paused", run.Subject, $"study {run.Study}");
    });

    /// <summary>Puts a run that was held back into the queue again, at its old place.</summary>
    public Task<RunChange> ResumeAsync(long id) => ChangeAsync(id, RunPhase.Queued, [RunPhase.Paused], (transaction, run) =>
    {
        QueueTable.Move(transaction, run, RunPhase.Queued);
        transaction.Tell("run resumed", run.Subject, $"study {run.Study}");
    });

    /// <summary>Ends a run; what it has computed is kept, and its study stays as it was.</summary>
    public async Task<RunChange> CancelAsync(long id)
    {
        QueuedRun? cancelled = null;
        RunChange change = await ChangeAsync(id, RunPhase.Cancelled, [RunPhase.Queued, RunPhase.Running, RunPhase.Paused], (transaction, run) =>
        {
            cancelled = run;
            QueueTable.End(transaction, run, RunPhase.Cancelled, "", "", _limits.RunsKeptMax);
        });
        if (cancelled is not null)
        {
            _cancelled?.Invoke(cancelled);
        }

        return change;
    }

    /// <summary>Gives a run another priority; one that is in work keeps its loop.</summary>
    public Task<RunChange> RankAsync(long id, int priority) => ChangeAsync(
        id, null, [RunPhase.Queued, RunPhase.Running, RunPhase.Paused], (transaction, run) => Rank(transaction, run, priority));

    /// <summary>Cancels the runs of studies that are no longer there, all or none, and forgets their schedules.</summary>
    /// <exception cref="StageException">The disk refuses; nothing has changed.</exception>
    public async Task KeepOnlyAsync(IReadOnlyCollection<string> studies)
    {
        List<QueuedRun> cancelled = [];
        await _state.CommitAsync(transaction =>
        {
            cancelled = [.. QueueTable.All(transaction).Where(run => !run.HasEnded && !studies.Contains(run.Study))];
            foreach (QueuedRun run in cancelled)
            {
                QueueTable.End(
                    transaction, run, RunPhase.Cancelled, $"Study '{run.Study}' is no longer in the settings.", "", _limits.RunsKeptMax);
            }

            QueueTable.KeepOnly(transaction, studies, _limits.RunsKeptMax);
        });
        foreach (QueuedRun run in cancelled)
        {
            InHandOf(run.Id)?.AskToCancel();
            _cancelled?.Invoke(run);
        }

        Signal();
    }

    private static void Rank(StateTransaction transaction, QueuedRun run, int priority)
    {
        QueueTable.Rank(transaction, run, priority);
        transaction.Tell("run ranked", run.Subject, $"study {run.Study}, priority {priority}");
    }

    private async Task<RunChange> ChangeAsync(long id, RunPhase? to, RunPhase[] from, Action<StateTransaction, QueuedRun> change)
    {
        QueuedRun? run = null;
        bool isAllowed = false;
        await _state.CommitAsync(transaction =>
        {
            run = QueueTable.Find(transaction, id);
            isAllowed = run is not null && (from.Contains(run.Phase) || run.Phase == to);
            if (run is not null && from.Contains(run.Phase))
            {
                change(transaction, run);
                run = QueueTable.Find(transaction, id);
            }
        });
        if (isAllowed)
        {
            RunInHand? hand = InHandOf(id);
            if (to == RunPhase.Paused)
            {
                hand?.AskToPause();
            }
            else if (to == RunPhase.Cancelled)
            {
                hand?.AskToCancel();
            }
        }

        Signal();
        return new RunChange(run is null ? null : Shown(run), isAllowed);
    }

    private async Task<RunInHand?> TryTakeAsync(int slot)
    {
        foreach (QueuedRun next in _state.Read(QueueTable.Waiting))
        {
            var hand = new RunInHand(next, slot);

            // In hand before it is durable: no other loop takes it, and whoever pauses or cancels it finds somebody to tell.
            lock (_gate)
            {
                if (_inHand.Values.Any(one => one.Run.Study == next.Study))
                {
                    continue;
                }

                _inHand.Add(next.Id, hand);
            }

            if (await BeginAsync(hand))
            {
                return hand;
            }
        }

        return null;
    }

    /// <summary>Makes durable that a run is begun; false where somebody has changed his mind meanwhile.</summary>
    private async Task<bool> BeginAsync(RunInHand hand)
    {
        bool isBegun = false;
        try
        {
            bool mayBegin = false;
            await _state.CommitAsync(transaction =>
            {
                if (QueueTable.Find(transaction, hand.Run.Id) is { Phase: RunPhase.Queued or RunPhase.Running } run)
                {
                    QueueTable.Move(transaction, run, RunPhase.Running);
                    transaction.Tell("run begun", run.Subject, $"study {run.Study}{(run.Begun is null ? "" : ", goes on")}");
                    mayBegin = true;
                }
            });
            isBegun = mayBegin;
        }
        finally
        {
            if (!isBegun)
            {
                lock (_gate)
                {
                    _inHand.Remove(hand.Run.Id);
                }
            }
        }

        return isBegun;
    }

    /// <summary>The run as people see it: one that was begun and that nobody has in hand waits for its turn.</summary>
    private QueuedRun Shown(QueuedRun run) => run.Phase == RunPhase.Running && !IsInHand(run.Id) ? run with { Phase = RunPhase.Queued } : run;

    private bool IsHeldBy(RunInHand hand) => InHandOf(hand.Run.Id) == hand;

    private RunInHand? InHandOf(long id)
    {
        lock (_gate)
        {
            return _inHand.GetValueOrDefault(id);
        }
    }

    private void Keep(RunInHand hand)
    {
        if (hand.Progress is not { } word)
        {
            return;
        }

        if (_words.TryAdd(hand.Run.Id, word))
        {
            _wordOrder.Enqueue(hand.Run.Id);
            if (_wordOrder.Count > WordsMax)
            {
                _words.Remove(_wordOrder.Dequeue());
            }
        }

        _words[hand.Run.Id] = word;
    }

    private Task Changed()
    {
        lock (_gate)
        {
            return _changed.Task;
        }
    }

    private void Signal()
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        changed.TrySetResult();
    }
}

/// <summary>What came of a change that somebody has asked for.</summary>
/// <param name="Run">The run as it is now; null where there is none of that number.</param>
/// <param name="IsAllowed">False where the run does not allow it.</param>
internal sealed record RunChange(QueuedRun? Run, bool IsAllowed);
