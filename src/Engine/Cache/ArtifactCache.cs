using System.Collections.Immutable;
using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Pipeline.Engine.Cache.Disk;
using Pipeline.Engine.Cache.Memory;
using Pipeline.Engine.Identity;

namespace Pipeline.Engine.Cache;

/// <summary>Intermediate results by key: computed once, shared by all, dropped when others are worth more.</summary>
/// <remarks>
/// Invariants: at most one computation or reading per key at a time, but for those whose caller is cancelled and who have
/// not noticed yet; only values are cached, never failures; a value in use is never evicted; KeptBytes ≤ CapacityBytes. Caching never
/// changes a number: a value comes back from a file bit for bit, or it is computed again.
/// <para>
/// Any thread may call anything. A hit takes no lock. <c>_gate</c> guards the rest, and is held for a look-up, a few
/// sums and evictions, never while computing or touching a file.
/// </para>
/// <para>
/// Who asks for a key that is being computed waits without a thread. If the computing caller is cancelled, one of
/// those who wait computes in its place at once, whether the first computation heeds its token or hangs; what that
/// one brings late is dropped, and its caller gets the cancellation. If it fails, all who wait get the same exception and the next
/// caller tries again. A computation may ask for other keys; since a key contains the keys of its inputs,
/// no circle can arise.
/// </para>
/// <para>
/// With a disk tier, a value whose caller gives a codec is looked for in a file before it is computed, and written to
/// one after it was computed, in the background, if computing took longer than reading will
/// (<see cref="DiskTier"/>). At once and not when it leaves memory: so a restart finds it, even after a kill.
/// </para>
/// A value that does not fit beside those in use is handed out and shared while it is in use, then dropped.
/// Ceilings: <see cref="Limits.CacheBytesMax"/>, <see cref="Limits.EvictedKeysMax"/>,
/// <see cref="Limits.ArtifactKindsMax"/>, <see cref="Limits.SpillsWaitingMax"/>. Not responsible for the memory that a
/// computation takes before its value is here: that is in the caller's lease. The disk tier belongs to the caller.
/// </remarks>
public sealed class ArtifactCache : IAsyncDisposable
{
    // Set by the constructor.
    private readonly TimeProvider _clock;
    private readonly int _kindsMax;
    private readonly MemoryTier _memory;
    private readonly DiskTier? _disk;
    private readonly SpillQueue? _spills;
    private readonly IReadOnlyDictionary<string, TimeSpan> _timesToLive;

    // Guarded by _gate.
    private readonly Lock _gate = new();
    private readonly Dictionary<Fingerprint, Flight> _flights = [];
    private readonly Dictionary<string, KindAccount> _kinds = [];

    /// <summary>An empty cache.</summary>
    /// <param name="limits">Bytes, keys and kinds.</param>
    /// <param name="clock">Measures what values cost and how old they are.</param>
    /// <param name="disk">Where values outlive this cache, or null.</param>
    /// <param name="timesToLive">How old values of a kind may become; kinds without an entry do not age.</param>
    public ArtifactCache(
        Limits limits, TimeProvider clock, DiskTier? disk = null, IReadOnlyDictionary<string, TimeSpan>? timesToLive = null)
    {
        ArgumentNullException.ThrowIfNull(limits);
        ArgumentNullException.ThrowIfNull(clock);
        _clock = clock;
        _kindsMax = limits.Validate().ArtifactKindsMax;
        _timesToLive = timesToLive ?? ImmutableDictionary<string, TimeSpan>.Empty;
        _memory = new MemoryTier(_gate, limits);
        _disk = disk;
        _spills = disk is null ? null : new SpillQueue(disk, limits, _memory.Unpin);
    }

    /// <summary>What the cache holds and did; counts of hits that happen meanwhile may or may not be in it.</summary>
    public CacheStatistics Statistics
    {
        get
        {
            DiskStatistics? disk = _disk?.Statistics;
            lock (_gate)
            {
                ImmutableArray<KindStatistics> kinds =
                [
                    .. _kinds.Values.Select(kind => kind.Snapshot(_disk?.BytesOf(kind.Kind) ?? 0))
                        .OrderBy(kind => kind.Kind, StringComparer.Ordinal),
                ];
                return new CacheStatistics(
                    _memory.CapacityBytes,
                    _memory.KeptBytes,
                    _memory.PinnedBytes,
                    _memory.KeptCount,
                    _memory.Evictions,
                    disk,
                    kinds);
            }
        }
    }

    /// <summary>The value of a key, computed if need be; dispose the lease when done with the value.</summary>
    /// <param name="key">Names everything that the value depends on.</param>
    /// <param name="kind">A short word of the code for the statistics, not a name of data.</param>
    /// <param name="compute">Makes the value; called at most once, with <paramref name="cancellation"/>.</param>
    /// <param name="cancellation">Cancels waiting as well as computing.</param>
    /// <exception cref="InvalidOperationException">The key names a value of another type.</exception>
    public ValueTask<ArtifactLease<T>> GetOrComputeAsync<T>(
        Fingerprint key, string kind, Func<CancellationToken, ValueTask<T>> compute, CancellationToken cancellation)
        where T : class, IArtifact => GetOrComputeAsync(key, kind, compute, codec: null, cancellation);

    /// <summary>The value of a key, read or computed if need be; dispose the lease when done with the value.</summary>
    /// <param name="key">Names everything that the value depends on.</param>
    /// <param name="kind">A short word of the code for the statistics, not a name of data.</param>
    /// <param name="compute">Makes the value; called at most once, with <paramref name="cancellation"/>.</param>
    /// <param name="codec">Takes the value to the disk and back; null keeps it in memory only.</param>
    /// <param name="cancellation">Cancels waiting as well as computing.</param>
    /// <exception cref="InvalidOperationException">The key names a value of another type.</exception>
    public ValueTask<ArtifactLease<T>> GetOrComputeAsync<T>(
        Fingerprint key,
        string kind,
        Func<CancellationToken, ValueTask<T>> compute,
        IArtifactCodec<T>? codec,
        CancellationToken cancellation)
        where T : class, IArtifact
    {
        ArgumentException.ThrowIfNullOrEmpty(kind);
        ArgumentNullException.ThrowIfNull(compute);
        if (!cancellation.IsCancellationRequested && _memory.TryPin(key) is { } found)
        {
            if (found.Value is T && !IsExpired(found))
            {
                found.Kind.CountHit(found.ComputeSeconds);
                return ValueTask.FromResult(new ArtifactLease<T>(this, found, wasHit: true));
            }

            // Looked at again with the lock.
            _memory.Unpin(found);
        }

        return FindOrComputeAsync(key, kind, compute, codec, cancellation);
    }

    /// <summary>Ends when every value that waits for the disk is written or dropped.</summary>
    public Task FlushAsync(CancellationToken cancellation) => _spills?.FlushAsync(cancellation) ?? Task.CompletedTask;

    /// <summary>Writes what waits for the disk; values in memory stay usable.</summary>
    public ValueTask DisposeAsync() => _spills?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async ValueTask<ArtifactLease<T>> FindOrComputeAsync<T>(
        Fingerprint key,
        string kind,
        Func<CancellationToken, ValueTask<T>> compute,
        IArtifactCodec<T>? codec,
        CancellationToken cancellation)
        where T : class, IArtifact
    {
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            Flight? flight;
            bool isOurs = false;
            KindAccount account;
            CacheMiss reason = default;
            lock (_gate)
            {
                if (TryHit<T>(key, out bool isExpired) is { } found)
                {
                    return new ArtifactLease<T>(this, found, wasHit: true);
                }

                account = AccountOf(kind);
                if (_flights.TryGetValue(key, out flight))
                {
                    flight.Waiting++;
                }
                else
                {
                    isOurs = true;
                    flight = new Flight();
                    _flights.Add(key, flight);
                    reason = isExpired ? CacheMiss.Expired : _memory.ReasonOfMiss(key, account);
                }
            }

            CacheEntry? entry;
            bool wasHit = true;
            if (isOurs)
            {
                (entry, wasHit) = await ReadOrComputeAsync(key, account, reason, compute, codec, flight, cancellation);
            }
            else
            {
                entry = await WaitAsync<T>(flight, cancellation);
            }

            if (entry is not null)
            {
                return new ArtifactLease<T>(this, entry, wasHit);
            }
        }
    }

    /// <summary>Ends one use of a value.</summary>
    internal void Unpin(CacheEntry entry) => _memory.Unpin(entry);

    private CacheEntry? TryHit<T>(Fingerprint key, out bool isExpired)
        where T : class, IArtifact
    {
        Debug.Assert(_gate.IsHeldByCurrentThread);
        isExpired = false;
        if (_memory.TryPin(key) is not { } found)
        {
            return null;
        }

        isExpired = IsExpired(found);
        if (!isExpired && found.Value is T)
        {
            found.Kind.CountHit(found.ComputeSeconds);
            return found;
        }

        if (isExpired)
        {
            _memory.Expire(found);
        }

        // The value is there until the pin is given back.
        IArtifact value = found.Value!;
        _memory.Unpin(found);
        return isExpired ? null : throw OtherType<T>(key, value);
    }

    private bool IsExpired(CacheEntry entry) =>
        entry.Kind.TimeToLive is { } timeToLive && _clock.GetElapsedTime(entry.MadeAt) > timeToLive;

    private async ValueTask<(CacheEntry Entry, bool WasHit)> ReadOrComputeAsync<T>(
        Fingerprint key,
        KindAccount account,
        CacheMiss reason,
        Func<CancellationToken, ValueTask<T>> compute,
        IArtifactCodec<T>? codec,
        Flight flight,
        CancellationToken cancellation)
        where T : class, IArtifact
    {
        FlightEnd end = default;
        bool isRead;
        bool isFirst;
        try
        {
            // A computation that does not heed its token must not hold up those who wait for it.
            using CancellationTokenRegistration abandon = cancellation.UnsafeRegister(_ => Land(key, flight, default), null);
            CacheEntry? entry = TryRead(key, account, codec, ref reason);
            isRead = entry is not null;
            entry ??= await ComputeAsync(key, account, reason, compute, cancellation);
            end = new FlightEnd(entry, null);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // Safe: passed on unchanged, here and to all who wait.
            end = new FlightEnd(null, ExceptionDispatchInfo.Capture(exception));
            throw;
        }
        finally
        {
            isFirst = Land(key, flight, end);
        }

        if (!isFirst)
        {
            // Too late: the caller was cancelled, and another may have computed in his place.
            throw new OperationCanceledException(cancellation);
        }

        if (!isRead && codec is not null)
        {
            Spill(end.Entry!, codec);
        }

        return (end.Entry!, isRead);
    }

    private CacheEntry? TryRead<T>(Fingerprint key, KindAccount account, IArtifactCodec<T>? codec, ref CacheMiss reason)
        where T : class, IArtifact
    {
        if (_disk is null || codec is null)
        {
            return null;
        }

        DiskRead<T> read = _disk.Read(key, codec, account.TimeToLive);
        if (read.Value is not { } value)
        {
            reason = read.Reason ?? reason;
            return null;
        }

        long madeAt = _clock.GetTimestamp() - (long)(read.Age.TotalSeconds * _clock.TimestampFrequency);
        CacheEntry entry = EntryOf(key, value, read.ComputeSeconds, madeAt, account);
        account.CountDiskHit(read.ComputeSeconds - read.ReadSeconds);
        return entry;
    }

    private async ValueTask<CacheEntry> ComputeAsync<T>(
        Fingerprint key,
        KindAccount account,
        CacheMiss reason,
        Func<CancellationToken, ValueTask<T>> compute,
        CancellationToken cancellation)
        where T : class, IArtifact
    {
        lock (_gate)
        {
            account.CountMiss(reason);
        }

        long start = _clock.GetTimestamp();
        T value = await compute(cancellation)
            ?? throw new InvalidOperationException($"The computation of {key.ToShortString()} gave null.");
        long end = _clock.GetTimestamp();
        return EntryOf(key, value, _clock.GetElapsedTime(start, end).TotalSeconds, end, account);
    }

    private static CacheEntry EntryOf(Fingerprint key, IArtifact value, double computeSeconds, long madeAt, KindAccount account)
    {
        long sizeBytes = value.SizeBytes;
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sizeBytes);
        return new CacheEntry(key, value, sizeBytes, computeSeconds, madeAt, account);
    }

    /// <summary>Sends a computed value, pinned by this caller, to the disk if that is worth it.</summary>
    private void Spill<T>(CacheEntry entry, IArtifactCodec<T> codec)
        where T : class, IArtifact
    {
        if (_disk is null || _spills is null || !_disk.IsWorthWriting(entry.SizeBytes, entry.ComputeSeconds))
        {
            return;
        }

        var value = (T)entry.Value!;
        entry.PinAgain();
        _spills.Add(entry, _clock.GetUtcNow(), stream => codec.Write(value, stream));
    }

    /// <summary>Ends a flight; false where it has ended before, and this end does not count.</summary>
    private bool Land(Fingerprint key, Flight flight, FlightEnd end)
    {
        lock (_gate)
        {
            if (flight.End.Task.IsCompleted)
            {
                return false;
            }

            _flights.Remove(key);

            // Those who wait are pinned before any of them wakes up: nothing can be evicted in between.
            if (end.Entry is { } entry)
            {
                _memory.Add(entry, pins: 1 + flight.Waiting);
            }

            flight.End.SetResult(end);
            return true;
        }
    }

    /// <summary>The entry, pinned for this caller, or null if the computing caller was cancelled.</summary>
    private async ValueTask<CacheEntry?> WaitAsync<T>(Flight flight, CancellationToken cancellation)
        where T : class, IArtifact
    {
        FlightEnd end;
        try
        {
            end = await flight.End.Task.WaitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            // Safe: thrown on after the pin that is or would be ours is given back.
            StopWaiting(flight);
            throw;
        }

        end.Error?.Throw();
        if (end.Entry is { } entry)
        {
            if (entry.Value is not T)
            {
                IArtifact value = entry.Value!;
                _memory.Unpin(entry);
                throw OtherType<T>(entry.Key, value);
            }

            entry.Kind.CountHit(entry.ComputeSeconds);
        }

        return end.Entry;
    }

    private void StopWaiting(Flight flight)
    {
        lock (_gate)
        {
            if (!flight.End.Task.IsCompleted)
            {
                flight.Waiting--;
            }
            else if (flight.End.Task.Result.Entry is { } entry)
            {
                _memory.Unpin(entry);
            }
        }
    }

    private KindAccount AccountOf(string kind)
    {
        Debug.Assert(_gate.IsHeldByCurrentThread);
        if (_kinds.TryGetValue(kind, out KindAccount? account))
        {
            return account;
        }

        if (_kinds.Count >= _kindsMax)
        {
            throw new ArgumentException(
                $"'{kind}' would be one kind more than {nameof(Limits.ArtifactKindsMax)} = {_kindsMax}; a kind is a "
                + "word of the code and not a name of data.",
                nameof(kind));
        }

        account = new KindAccount(kind, _timesToLive.TryGetValue(kind, out TimeSpan timeToLive) ? timeToLive : null);
        _kinds.Add(kind, account);
        _memory.Add(account);
        return account;
    }

    private static InvalidOperationException OtherType<T>(Fingerprint key, IArtifact value) =>
        new($"Key {key.ToShortString()} names a {value.GetType().Name}, not a {typeof(T).Name}: a field is missing from the key.");
}
