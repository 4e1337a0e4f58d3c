namespace Pipeline.Host.Runs.Queue;

/// <summary>A run that a loop has taken from the queue.</summary>
/// <remarks>The one who takes it works on it; any thread may ask it to stop or look at how far it is.</remarks>
#pragma warning disable CA1001 // A loop that was left behind may still look at the tokens; without timers and handles there is nothing to give back.
internal sealed class RunInHand
#pragma warning restore CA1001
{
    private readonly CancellationTokenSource _pause = new();
    private readonly CancellationTokenSource _cancel = new();
    private volatile RunProgress? _progress;

    /// <summary>A run in the hand of a loop.</summary>
    public RunInHand(QueuedRun run, int slot)
    {
        Run = run;
        Slot = slot;
    }

    /// <summary>The run as it was taken.</summary>
    public QueuedRun Run { get; }

    /// <summary>Which of the loops has it, from 0.</summary>
    public int Slot { get; }

    /// <summary>Signalled when the units in work shall be finished and no other begun.</summary>
    public CancellationToken Pause => _pause.Token;

    /// <summary>Signalled when the work shall end at once.</summary>
    public CancellationToken Cancel => _cancel.Token;

    /// <summary>How far it is; null before the first unit.</summary>
    public RunProgress? Progress
    {
        get => _progress;
        set => _progress = value;
    }

    /// <summary>Asks to finish the units in work and to let the run go.</summary>
    public void AskToPause() => _ = _pause.CancelAsync();

    /// <summary>Asks to let the run go at once.</summary>
    public void AskToCancel() => _ = _cancel.CancelAsync();
}
