using System.Threading.Channels;
using Microsoft.Data.Sqlite;

namespace Pipeline.Engine.State;

// The one writer: takes changes in groups, commits, tells those who wait.
public sealed partial class StateDatabase
{
    // Written by the writer, read by anybody.
    private long _commits;
    private long _committedChanges;
    private long _failedCommits;
    private long _commitTicks;

    /// <summary>What the writer has done so far; a snapshot.</summary>
    public StateStatistics Statistics => new(
        Volatile.Read(ref _commits),
        Volatile.Read(ref _committedChanges),
        Volatile.Read(ref _failedCommits),
        TimeSpan.FromTicks(Volatile.Read(ref _commitTicks)).TotalSeconds,
        _changes.Reader.Count,
        LengthOf(_path) + LengthOf(_path + "-wal"));

    private static long LengthOf(string path) => new FileInfo(path) is { Exists: true } file ? file.Length : 0;

    private async Task SendAsync(Change change)
    {
        ArgumentNullException.ThrowIfNull(change.Body);
        try
        {
            await _changes.Writer.WriteAsync(change);
        }
        catch (ChannelClosedException)
        {
            // Nothing has been accepted; the reason is one of two.
            throw _defect is { } defect
                ? new InvalidOperationException($"The writer of '{_path}' has stopped by a defect.", defect)
                : new ObjectDisposedException(nameof(StateDatabase));
        }

        await change.Done.Task;
    }

    private async Task WriteAsync()
    {
        await Task.Yield();
        List<Change> group = [];

        // A defect of the writer is told to everybody who waits and who comes later: nobody waits for a writer that is gone.
        try
        {
            while (await _changes.Reader.WaitToReadAsync())
            {
                await GatherAsync(group);
                Write(group);
                group.Clear();
            }
        }
        catch (Exception defect)
        {
            _defect = defect;
            _changes.Writer.TryComplete();
            while (_changes.Reader.TryRead(out Change? change))
            {
                group.Add(change);
            }

            group.ForEach(change => change.Done.TrySetException(defect));
        }
    }

    /// <summary>What waits now; and where nobody is in a hurry, what comes within a moment.</summary>
    private async Task GatherAsync(List<Change> group)
    {
        long start = _clock.GetTimestamp();
        bool mayWait = true;
        while (true)
        {
            while (group.Count < _limits.CommitChangesMax && _changes.Reader.TryRead(out Change? change))
            {
                group.Add(change);
                mayWait &= change.MayWait;
            }

            TimeSpan left = TimeSpan.FromMilliseconds(_limits.CommitDelayMs) - _clock.GetElapsedTime(start);
            if (!mayWait || group.Count == _limits.CommitChangesMax || left <= TimeSpan.Zero)
            {
                return;
            }

            Task<bool> more = _changes.Reader.WaitToReadAsync().AsTask();
            if (await Task.WhenAny(more, Task.Delay(left, _clock)) != more || !await more)
            {
                return;
            }
        }
    }

    private void Write(List<Change> group)
    {
        long start = _clock.GetTimestamp();

        // What the disk refuses is told to all who wait, and what it has kept is found out by opening the file again.
        try
        {
            _writing ??= Connect();
            _writing.Raw("BEGIN IMMEDIATE");
            foreach (Change change in group)
            {
                Apply(change, _writing);
            }

            Probe?.Invoke(CommitPoint.BeforeCommit);
            _writing.Raw("COMMIT");
            Probe?.Invoke(CommitPoint.AfterCommit);
        }
        catch (SqliteException failure)
        {
            Interlocked.Increment(ref _failedCommits);
            Reopen();
            StageException refusal = Refusal(_path, failure);
            group.ForEach(
                change => change.Done.TrySetException(new StageException(refusal.Kind, refusal.Message, failure) { IsDiskFull = refusal.IsDiskFull }));
            return;
        }

        Interlocked.Increment(ref _commits);
        Interlocked.Add(ref _committedChanges, group.Count);
        Interlocked.Add(ref _commitTicks, _clock.GetElapsedTime(start).Ticks);
        foreach (Change change in group)
        {
            if (change.Defect is { } defect)
            {
                change.Done.TrySetException(defect);
            }
            else
            {
                change.Done.TrySetResult();
            }
        }
    }

    /// <summary>Runs one change; a change that throws leaves nothing behind and does not disturb the others.</summary>
    private static void Apply(Change change, StateTransaction transaction)
    {
        transaction.Execute("SAVEPOINT change");
        try
        {
            change.Body(transaction);
        }
        catch (Exception defect) when (defect is not SqliteException { SqliteErrorCode: not SQLitePCL.raw.SQLITE_CONSTRAINT })
        {
            // Handed on to the one who asked for the change, after its savepoint has taken back what it did.
            change.Defect = defect;
            transaction.Execute("ROLLBACK TO change");
        }

        transaction.Execute("RELEASE change");
    }

    private void Reopen()
    {
        _writing?.Dispose();
        _writing = null;
        Interlocked.Increment(ref _generation);
        lock (_gate)
        {
            while (_idleReaders.TryPop(out StateReader? reader))
            {
                reader.Dispose();
            }
        }

        // Opened here so that what the log holds is settled before anybody reads; if that fails, the next change tries.
        try
        {
            _writing = Connect();
        }
        catch (SqliteException)
        {
        }
    }

    /// <summary>One change on its way to the disk.</summary>
    private sealed class Change(Action<StateTransaction> body, bool mayWait)
    {
        public Action<StateTransaction> Body { get; } = body;

        /// <summary>Whether the commit may be put off for a moment.</summary>
        public bool MayWait { get; } = mayWait;

        /// <summary>What the change threw; written by the writer.</summary>
        public Exception? Defect { get; set; }

        // Continuations run elsewhere, never inside the writer.
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
