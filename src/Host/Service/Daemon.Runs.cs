using System.Globalization;
using Pipeline.Engine;
using Pipeline.Engine.Supervision;
using Pipeline.Host.Runs;
using Pipeline.Host.Runs.Queue;
using Pipeline.Host.Service.Studies;
using Pipeline.Host.Telemetry;

namespace Pipeline.Host.Service;

// Who asks for runs, and who does them.
public sealed partial class Daemon
{
    private async Task LookAtStudiesAsync(Heartbeat heartbeat, Drain drain, CancellationToken cut)
    {
        // Safe: between two looks nothing is in hand.
        try
        {
            await LookAtStudiesAsync(heartbeat, cut, drain.Stop);
        }
        catch (OperationCanceledException) when (drain.Stop.IsCancellationRequested)
        {
        }
    }

    private async Task LookAtStudiesAsync(Heartbeat heartbeat, CancellationToken cut, CancellationToken stop)
    {
        // At the start everything is looked at once. A look at a dataset that has not changed costs nothing, so one is taken from
        // time to time, whatever may have been missed.
        _wakeUps.Writer.TryWrite(true);
        Task? wakeUp = null;
        while (true)
        {
            await _disk!.WaitForSpaceAsync(stop);
            _wakeUps.Reader.TryRead(out _);
            TimeSpan rest = RetryAfter;
            foreach (BoundStudyRunner study in _studies.Present)
            {
                stop.ThrowIfCancellationRequested();
                cut.ThrowIfCancellationRequested();
                heartbeat.Working($"study {study.Name}");
                if (await LookAsync(study, stop) is { } due && due - _clock.GetUtcNow() is var until && until < rest)
                {
                    rest = until > TimeSpan.Zero ? until : TimeSpan.Zero;
                }
            }

            heartbeat.Idle();

            // Kept until it ends: a new wait for every look would pile up.
            wakeUp = wakeUp is { IsCompleted: false } ? wakeUp : _wakeUps.Reader.WaitToReadAsync(stop).AsTask();
            using var slept = CancellationTokenSource.CreateLinkedTokenSource(stop);
            await Task.WhenAny(wakeUp, Task.Delay(rest, _clock, slept.Token));
            await slept.CancelAsync();
            stop.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Asks for a run where it is time, and predicts; when the study's schedule is due next, or null.</summary>
    private async Task<DateTimeOffset?> LookAsync(BoundStudyRunner study, CancellationToken stop)
    {
        // A disk that fails now may work later; nothing is lost, and nothing half-written is believed.
        try
        {
            (DaemonEvent? refused, DateTimeOffset? due) = await study.LookAsync(_clock.GetUtcNow(), _clock.LocalTimeZone);
            Tell(refused);

            // Where a run needs the memory for samples, the prediction comes when that has ended, or at a later look.
            (DaemonEvent? predicted, _) = await study.PredictAsync(stop);
            Tell(predicted);
            return due;
        }
        catch (StageException failed) when (failed.Kind == FailureKind.Storage)
        {
            NoteDisk(study.Name, failed);
        }
        catch (OutOfMemoryException)
        {
            _log.StudyOutOfMemory(study.Name, (int)RetryAfter.TotalSeconds);
        }

        return null;
    }

    private async Task RunQueueAsync(int slot, Heartbeat heartbeat, Drain drain, CancellationToken cut)
    {
        // Safe: a run that was stopped has said so; otherwise nothing is in hand.
        try
        {
            while (true)
            {
                heartbeat.Idle();
                await _disk!.WaitForSpaceAsync(drain.Stop);
                cut.ThrowIfCancellationRequested();
                if (!await RunNextAsync(slot, heartbeat, drain, cut))
                {
                    heartbeat.Idle();
                    await Task.Delay(RetryAfter, _clock, drain.Stop);
                }
            }
        }
        catch (OperationCanceledException) when (drain.Stop.IsCancellationRequested)
        {
        }
    }

    /// <summary>Takes the next run and does it; false where the machine does not allow it now.</summary>
    /// <remarks>A defect leaves the run in hand: the loop that is built in the place of this one takes it back, and counts.</remarks>
    private async Task<bool> RunNextAsync(int slot, Heartbeat heartbeat, Drain drain, CancellationToken cut)
    {
        RunInHand? hand = null;

        // A disk that fails now may work later; nothing is lost, and nothing half-written is believed.
        try
        {
            if (await _queue.TakeBackAsync(slot) is { } failed)
            {
                _log.RunFailed(failed.Id, failed.Study);
                _meters?.CountRun(failed.Study, RunPhase.Failed);
            }

            hand = await _queue.TakeAsync(slot, drain.Stop, _disk!.WaitForSpaceAsync);
            heartbeat.Working($"run {hand.Run.Id} of study {hand.Run.Study}");
            await RunAsync(hand, heartbeat, drain, cut);
            LetGo(hand);
            return true;
        }
        catch (StageException failed) when (failed.Kind == FailureKind.Storage)
        {
            if (hand is not null && drain.Stop.IsCancellationRequested)
            {
                drain.NoteCut($"study '{hand.Run.Study}': the disk failed ({failed.Message})");
            }

            LetGo(hand);
            return NoteDisk(hand?.Run.Study ?? "runs", failed);
        }
        catch (OutOfMemoryException)
        {
            // What the run held is free again, and what its units had is kept: it goes on with them later.
            LetGo(hand);
            _log.StudyOutOfMemory(hand?.Run.Study ?? "runs", (int)RetryAfter.TotalSeconds);
            return false;
        }
    }

    private async Task RunAsync(RunInHand hand, Heartbeat heartbeat, Drain drain, CancellationToken cut)
    {
        if (_studies.Find(hand.Run.Study) is not { } study)
        {
            await _queue.KeepOnlyAsync([.. _studies.Present.Select(one => one.Name)]);
            return;
        }

        using var soft = CancellationTokenSource.CreateLinkedTokenSource(drain.Stop, hand.Pause, hand.Cancel, cut);
        using var hard = CancellationTokenSource.CreateLinkedTokenSource(hand.Cancel, cut);
        try
        {
            await study.RunAsync(hand, Tell, new BeatingProgress(this, hand, heartbeat), heartbeat, hard.Token, soft.Token);
        }
        catch (OperationCanceledException stopped) when (soft.IsCancellationRequested || hand.Cancel.IsCancellationRequested)
        {
            TellStopped(hand, stopped.CancellationToken == soft.Token, drain);
        }
    }

    /// <summary>Says how far a run came that is stopped.</summary>
    private void TellStopped(RunInHand hand, bool isFinished, Drain drain)
    {
        string kept = Kept(hand.Progress);
        if (hand.Cancel.IsCancellationRequested)
        {
            // Cancelled, which is said when it is decided; or taken from a loop which hung, and then it goes on in another hand.
        }
        else if (hand.Pause.IsCancellationRequested)
        {
            _log.RunStopped(hand.Run.Id, hand.Run.Study, "paused", kept);
        }
        else if (isFinished)
        {
            drain.Leave($"study '{hand.Run.Study}': {kept}; the others run at the next start");
        }
        else
        {
            drain.NoteCut($"study '{hand.Run.Study}': {kept}; units were in work");
        }
    }

    private void Cancelled(QueuedRun run)
    {
        _log.RunStopped(run.Id, run.Study, "cancelled", Kept(_queue.ProgressOf(run.Id)));
        _meters?.CountRun(run.Study, RunPhase.Cancelled);
    }

    private static string Kept(RunProgress? progress) => progress is { UnitsTotal: > 0 }
        ? string.Create(CultureInfo.InvariantCulture, $"{progress.UnitsDone} of {progress.UnitsTotal} units are done and kept")
        : "no unit was begun";

    private void LetGo(RunInHand? hand)
    {
        if (hand is not null)
        {
            _queue.LetGo(hand);

            // What has come meanwhile may be enough for the next run, and memory for predictions is free.
            _wakeUps.Writer.TryWrite(true);
        }
    }

    /// <summary>Says that the disk failed; true where it is full, which the guard says, and waits for.</summary>
    private bool NoteDisk(string study, StageException failed)
    {
        if (_disk!.Report(failed))
        {
            _wakeUps.Writer.TryWrite(true);
            return true;
        }

        _log.StudyStorageFailed(study, failed.Message, (int)RetryAfter.TotalSeconds);
        return false;
    }

    /// <summary>A search is watched by its flow; meanwhile the loop's own heartbeat goes on.</summary>
    private sealed class BeatingProgress(Daemon daemon, RunInHand hand, Heartbeat heartbeat) : IProgress<RunProgress>
    {
        public void Report(RunProgress value)
        {
            heartbeat.Beat();
            hand.Progress = value;
            daemon._meters?.Show(value);
            daemon._onProgress?.Report(value);
        }
    }
}
