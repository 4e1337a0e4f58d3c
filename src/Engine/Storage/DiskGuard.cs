using System.Diagnostics;

namespace Pipeline.Engine.Storage;

/// <summary>A change that a <see cref="DiskGuard"/> has seen.</summary>
/// <param name="IsFull">True when work is held back from now on, false when it goes on.</param>
/// <param name="FreeBytes">Free bytes at that moment; -1 where the disk could not be asked.</param>
public readonly record struct DiskChange(bool IsFull, long FreeBytes);

/// <summary>Holds work back while a disk is full, and lets it go on when there is space again.</summary>
/// <remarks>
/// Full below the floor, or as soon as a write has failed for want of space; open again from twice the floor on, so that
/// the first writes do not close it again. A failed write closes it for <see cref="ReportHold"/> at least, whatever the disk
/// says: a quota or a lack of inodes does not show in its free bytes. Looks every second (so a pause begins within one
/// second of the fill, a resume within the hold). Safe for all threads; the callback runs on the thread that has seen the
/// change, outside the lock. A disk that cannot be asked is left in the state it was in.
/// </remarks>
public sealed class DiskGuard : IDisposable
{
    /// <summary>Time between two looks at the disk.</summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    /// <summary>The least time that a failed write closes the guard.</summary>
    public static readonly TimeSpan ReportHold = TimeSpan.FromSeconds(3);

    private readonly IStorage _storage;
    private readonly string _folder;
    private readonly TimeProvider _time;
    private readonly long _floorBytes;
    private readonly Action<DiskChange>? _changed;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();

    // Guarded by _gate.
    private TaskCompletionSource? _space;
    private long _reportedAt;
    private bool _isReported;

    /// <summary>A guard that looks at once, and then every second.</summary>
    /// <param name="storage">Asked for free bytes.</param>
    /// <param name="folder">An existing folder on the disk.</param>
    /// <param name="floorBytes">Free bytes below which the disk is full; <see cref="Limits.DiskFreeBytesMin"/>.</param>
    /// <param name="time">The clock.</param>
    /// <param name="changed">Told of every change; must not throw.</param>
    public DiskGuard(IStorage storage, string folder, long floorBytes, TimeProvider time, Action<DiskChange>? changed = null)
    {
        ArgumentNullException.ThrowIfNull(storage);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentOutOfRangeException.ThrowIfLessThan(floorBytes, 1);
        _storage = storage;
        _folder = folder;
        _floorBytes = floorBytes;
        _time = time;
        _changed = changed;
        Look();
        _timer = time.CreateTimer(_ => Look(), null, LookEvery, LookEvery);
    }

    /// <summary>True while work is held back.</summary>
    public bool IsFull
    {
        get
        {
            lock (_gate)
            {
                return _space is not null;
            }
        }
    }

    /// <summary>The free bytes from which a full disk counts as free again.</summary>
    public long ResumeBytes => _floorBytes > long.MaxValue / 2 ? long.MaxValue : 2 * _floorBytes;

    /// <summary>Tells of a failure; one for want of space closes the guard at once, others do nothing.</summary>
    /// <returns>True where the failure was for want of space: wait, then try again.</returns>
    public bool Report(StageException failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        if (!failure.IsDiskFull)
        {
            return false;
        }

        bool isNew;
        lock (_gate)
        {
            _isReported = true;
            _reportedAt = _time.GetTimestamp();
            isNew = Close();
        }

        if (isNew)
        {
            _changed?.Invoke(new DiskChange(true, FreeBytes() ?? -1));
        }

        return true;
    }

    /// <summary>Returns at once while there is space, else when there is space again.</summary>
    public async ValueTask WaitForSpaceAsync(CancellationToken cancellation)
    {
        while (Waiting() is { } space)
        {
            await space.WaitAsync(cancellation);
        }
    }

    /// <summary>Looks at the disk now.</summary>
    public void Look()
    {
        if (FreeBytes() is not { } free)
        {
            return;
        }

        TaskCompletionSource? opened = null;
        bool isNewlyFull = false;
        lock (_gate)
        {
            if (free < _floorBytes)
            {
                isNewlyFull = Close();
            }
            else if (_space is not null && free >= ResumeBytes && !IsHeld())
            {
                opened = _space;
                _space = null;
                _isReported = false;
            }
        }

        if (isNewlyFull || opened is not null)
        {
            _changed?.Invoke(new DiskChange(isNewlyFull, free));
        }

        opened?.SetResult();
    }

    /// <summary>Stops looking; whoever waits goes on waiting until he is cancelled.</summary>
    public void Dispose() => _timer.Dispose();

    private Task? Waiting()
    {
        lock (_gate)
        {
            return _space?.Task;
        }
    }

    private bool IsHeld()
    {
        Debug.Assert(_gate.IsHeldByCurrentThread);
        return _isReported && _time.GetElapsedTime(_reportedAt) < ReportHold;
    }

    private bool Close()
    {
        Debug.Assert(_gate.IsHeldByCurrentThread);
        if (_space is not null)
        {
            return false;
        }

        _space = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return true;
    }

    /// <summary>Free bytes now, or null where the disk cannot be asked.</summary>
    public long? FreeBytes()
    {
        // A disk that does not answer says nothing about its space; the next look asks again.
        try
        {
            return _storage.FreeBytes(_folder);
        }
        catch (StageException)
        {
            return null;
        }
    }
}
