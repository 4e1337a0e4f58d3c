using Pipeline.Engine.Cache.Memory;

namespace Pipeline.Engine.Cache;

/// <summary>A cached value in use: it stays in memory until this is disposed.</summary>
/// <remarks>Any thread may dispose it, several times and at once; the value itself is immutable.</remarks>
public sealed class ArtifactLease<T> : IDisposable
    where T : class, IArtifact
{
    // Set by the constructor.
    private readonly ArtifactCache _cache;

    // Taken out by the first disposal.
    private CacheEntry? _entry;

    internal ArtifactLease(ArtifactCache cache, CacheEntry entry, bool wasHit)
    {
        _cache = cache;
        _entry = entry;
        WasHit = wasHit;
    }

    /// <summary>The value; not to be used after disposal.</summary>
    public T Value
    {
        get
        {
            CacheEntry? entry = Volatile.Read(ref _entry);
            ObjectDisposedException.ThrowIf(entry is null, this);
            return (T)entry.Value!;
        }
    }

    /// <summary>Whether the value was there, or computed by another caller meanwhile.</summary>
    public bool WasHit { get; }

    /// <summary>Ends the use; again is harmless.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _entry, null) is { } entry)
        {
            _cache.Unpin(entry);
        }
    }
}
