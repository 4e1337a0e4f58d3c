using System.Collections.Immutable;
using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Pipeline.Engine.Identity;

namespace Pipeline.Engine.Cache;

/// <summary>Intermediate results by key: computed once, shared by all, dropped when others are worth more.</summary>
/// <remarks>
/// Invariants: at most one computation per key at a time; only values are cached, never failures;
/// a value in use is never evicted; KeptBytes ≤ CapacityBytes.
/// <para>
/// Any thread may call anything. <c>_gate</c> guards everything and is held for a dictionary look-up and a few
/// sums, never while computing: a hit takes well under a microsecond, a unit of work milliseconds,
/// so several locks by key would gain nothing and cost a common order of eviction.
/// </para>
/// <para>
/// Who asks for a key that is being computed waits without a thread. If the computing caller is cancelled, one of
/// those who wait computes in its place; if it fails, all who wait get the same exception and the next
/// caller tries again. A computation may ask for other keys; since a key contains the keys of its inputs,
/// no circle can arise.
/// </para>
/// A value that does not fit beside those in use is handed out and shared while it is in use, then dropped.
/// Ceilings: <see cref="Limits.CacheBytesMax"/>, <see cref="Limits.EvictedKeysMax"/>,
/// <see cref="Limits.ArtifactKindsMax"/>. Not responsible for the memory that a computation takes before its
/// value is here: that is in the caller's lease.
/// </remarks>
public sealed class ArtifactCache
{
    // Set by the constructor.
    private readonly TimeProvider _clock;
    private readonly int _kindsMax;

    // Guarded by _gate.
    private readonly Lock _gate = new();
    private readonly MemoryTier _memory;
    private readonly Dictionary<Fingerprint, Flight> _flights = [];
    private readonly Dictionary<string, KindCounters> _kinds = [];

    /// <summary>An empty cache; the clock measures what values cost.</summary>
    public ArtifactCache(Limits limits, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(limits);
        ArgumentNullException.ThrowIfNull(clock);
        _clock = clock;
        _kindsMax = limits.Validate().ArtifactKindsMax;
        _memory = new MemoryTier(_gate, limits);
    }

    /// <summary>What the cache holds and did; a consistent snapshot.</summary>
    public CacheStatistics Statistics
    {
        get
        {
            lock (_gate)
            {
                ImmutableArray<KindStatistics> kinds =
                    [.. _kinds.Values.Select(kind => kind.Snapshot()).OrderBy(kind => kind.Kind, StringComparer.Ordinal)];
                return new CacheStatistics(
                    _memory.CapacityBytes,
                    _memory.KeptBytes,
                    _memory.PinnedBytes,
                    _memory.KeptCount,
                    _memory.Evictions,
                    kinds);
            }
        }
    }

    /// <summary>The value of a key, computed if need be; dispose the lease when done with the value.</summary>
    /// <param name="key">Names everything that the value depends on.</param>
    /// <param name="kind">A short word of the code, such as <c>pretreated</c>, for the statistics.</param>
    /// <param name="compute">Makes the value; called at most once, with <paramref name="cancellation"/>.</param>
    /// <param name="cancellation">Cancels waiting as well as computing.</param>
    /// <exception cref="InvalidOperationException">The key names a value of another type.</exception>
    public async ValueTask<ArtifactLease<T>> GetOrComputeAsync<T>(
        Fingerprint key, string kind, Func<CancellationToken, ValueTask<T>> compute, CancellationToken cancellation)
        where T : class, IArtifact
    {
        ArgumentException.ThrowIfNullOrEmpty(kind);
        ArgumentNullException.ThrowIfNull(compute);
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            Flight? flight;
            bool isOurs = false;
            KindCounters counters;
            lock (_gate)
            {
                if (_memory.TryFind(key, out CacheEntry? found))
                {
                    RefuseOtherType<T>(found);
                    _memory.Pin(found);
                    found.Kind.CountHit(found.ComputeSeconds);
                    return new ArtifactLease<T>(this, found, wasHit: true);
                }

                counters = CountersOf(kind);
                if (_flights.TryGetValue(key, out flight))
                {
                    flight.Waiting++;
                }
                else
                {
                    isOurs = true;
                    flight = new Flight();
                    _flights.Add(key, flight);
                    counters.CountMiss(_memory.ReasonOfMiss(key));
                }
            }

            CacheEntry? entry = isOurs
                ? await ComputeAsync(key, counters, compute, flight, cancellation)
                : await WaitAsync<T>(flight, cancellation);
            if (entry is not null)
            {
                return new ArtifactLease<T>(this, entry, wasHit: !isOurs);
            }
        }
    }

    /// <summary>Ends one use of a value.</summary>
    internal void Unpin(CacheEntry entry)
    {
        lock (_gate)
        {
            _memory.Unpin(entry);
        }
    }

    private async ValueTask<CacheEntry> ComputeAsync<T>(
        Fingerprint key,
        KindCounters counters,
        Func<CancellationToken, ValueTask<T>> compute,
        Flight flight,
        CancellationToken cancellation)
        where T : class, IArtifact
    {
        FlightEnd end = default;
        try
        {
            long start = _clock.GetTimestamp();
            T value = await compute(cancellation)
                ?? throw new InvalidOperationException($"The computation of {key.ToShortString()} gave null.");
            double seconds = _clock.GetElapsedTime(start).TotalSeconds;
            long sizeBytes = value.SizeBytes;
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sizeBytes);
            var entry = new CacheEntry(key, value, sizeBytes, seconds, counters);
            end = new FlightEnd(entry, null);
            return entry;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // Safe: passed on unchanged, here and to all who wait.
            end = new FlightEnd(null, ExceptionDispatchInfo.Capture(exception));
            throw;
        }
        finally
        {
            Land(key, flight, end);
        }
    }

    private void Land(Fingerprint key, Flight flight, FlightEnd end)
    {
        lock (_gate)
        {
            _flights.Remove(key);

            // Those who wait are pinned before any of them wakes up: nothing can be evicted in between.
            if (end.Entry is { } entry)
            {
                _memory.Add(entry, pins: 1 + flight.Waiting);
            }

            flight.End.SetResult(end);
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
            lock (_gate)
            {
                if (entry.Value is not T)
                {
                    _memory.Unpin(entry);
                    RefuseOtherType<T>(entry);
                }

                entry.Kind.CountHit(entry.ComputeSeconds);
            }
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

    private KindCounters CountersOf(string kind)
    {
        Debug.Assert(_gate.IsHeldByCurrentThread);
        if (_kinds.TryGetValue(kind, out KindCounters? counters))
        {
            return counters;
        }

        if (_kinds.Count >= _kindsMax)
        {
            throw new ArgumentException(
                $"'{kind}' would be one kind more than {nameof(Limits.ArtifactKindsMax)} = {_kindsMax}; a kind is a "
                + "word of the code and not a name of data.",
                nameof(kind));
        }

        counters = new KindCounters(kind);
        _kinds.Add(kind, counters);
        return counters;
    }

    private static void RefuseOtherType<T>(CacheEntry entry)
    {
        if (entry.Value is not T)
        {
            throw new InvalidOperationException(
                $"Key {entry.Key.ToShortString()} names a {entry.Value.GetType().Name}, not a {typeof(T).Name}: "
                + "a field is missing from the key.");
        }
    }
}
