using System.Diagnostics;
using Pipeline.Engine;

namespace Pipeline.Support;

/// <summary>The ways in which foreign code can go wrong.</summary>
public enum FaultKind
{
    /// <summary>Throws what is allowed.</summary>
    Stage,

    /// <summary>Throws what nobody expects.</summary>
    WrongKind,

    /// <summary>Reports a cancellation that nobody asked for.</summary>
    Cancellation,

    /// <summary>Hangs until it is told to stop.</summary>
    HangHeeding,

    /// <summary>Hangs and blocks its thread until the end of the test.</summary>
    HangBlocking,

    /// <summary>Hangs without a thread until the end of the test.</summary>
    HangAsync,
}

/// <summary>A fault that strikes whoever passes, as often as it is loaded.</summary>
/// <remarks>Any thread may pass. Disposal lets go whoever still hangs.</remarks>
public sealed class FaultPoint(FaultKind kind, int times = 1) : IDisposable
{
    private readonly ManualResetEventSlim _gate = new();
    private readonly TaskCompletionSource _asyncGate = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _left = times;
    private int _strikes;

    /// <summary>How often it has struck.</summary>
    public int Strikes => Volatile.Read(ref _strikes);

    /// <summary>Stopwatch timestamp of the latest strike, or of the moment when the hang could be noticed.</summary>
    public long NoticeableAt { get; set; }

    /// <summary>Whether it hangs.</summary>
    public bool IsHang => kind is FaultKind.HangHeeding or FaultKind.HangBlocking or FaultKind.HangAsync;

    /// <summary>Strikes from asynchronous code.</summary>
    public async ValueTask PassAsync(CancellationToken stop)
    {
        switch (kind)
        {
            case FaultKind.HangHeeding when Load():
                await _asyncGate.Task.WaitAsync(stop);
                break;
            case FaultKind.HangAsync when Load():
                await _asyncGate.Task;
                break;
            case not (FaultKind.HangHeeding or FaultKind.HangAsync):
                Pass(stop);
                break;
        }
    }

    /// <summary>Strikes from code that cannot wait otherwise than with its thread.</summary>
    public void Pass(CancellationToken stop)
    {
        if (!Load())
        {
            return;
        }

        switch (kind)
        {
            case FaultKind.Stage:
                throw new StageException(FailureKind.Storage, "the disk is gone");
            case FaultKind.WrongKind:
                throw new FormatException("a defect");
            case FaultKind.Cancellation:
                throw new OperationCanceledException();
            case FaultKind.HangHeeding:
                _gate.Wait(stop);
                break;
            default:
                _gate.Wait(CancellationToken.None);
                break;
        }
    }

    /// <summary>Lets go whoever hangs.</summary>
    public void Release()
    {
        _gate.Set();
        _asyncGate.TrySetResult();
    }

    /// <summary>Lets stalls show on a clock that stands still: past patience once, then past grace until all is over.</summary>
    /// <param name="clock">The clock of the flow.</param>
    /// <param name="patience">More than any body may take.</param>
    /// <param name="grace">The grace period.</param>
    /// <param name="isQuiet">Whether nothing moves but what hangs.</param>
    /// <param name="isOver">Whether the hang has been dealt with.</param>
    public async Task ShowStallAsync(
        ManualTimeProvider clock, TimeSpan patience, TimeSpan grace, Func<bool> isQuiet, Func<bool> isOver)
    {
        int strike = Strikes;
        for (int quiet = 0; quiet < 3;)
        {
            await Task.Delay(5);
            quiet = isQuiet() ? quiet + 1 : 0;
        }

        NoticeableAt = Stopwatch.GetTimestamp();
        clock.Advance(patience);
        while (!isOver() && Strikes == strike)
        {
            await Task.Delay(10);
            clock.Advance(grace);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Release();

    private bool Load()
    {
        if (Interlocked.Decrement(ref _left) < 0)
        {
            return false;
        }

        NoticeableAt = Stopwatch.GetTimestamp();
        Interlocked.Increment(ref _strikes);
        return true;
    }
}
