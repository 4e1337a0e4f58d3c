using Pipeline.Engine.Cache.Keys;
using Pipeline.Engine.Identity;

namespace Pipeline.Engine.Cache.Memory;

/// <summary>A value in the memory tier with its users.</summary>
/// <remarks>
/// Users and uses are one number, changed by single atomic steps: 24 bits of users, above them the uses, and the sign
/// once the entry is dead. Only an entry without users can die, and a dead one gets no users: that is what makes a hit
/// without a lock safe.
/// </remarks>
internal sealed class CacheEntry(
    Fingerprint key, IArtifact value, long sizeBytes, double computeSeconds, long madeAt, KindAccount kind)
    : KeyedEntry(key, sizeBytes, computeSeconds)
{
    private const int PinBits = 24;
    private const long PinMask = (1L << PinBits) - 1;
    private const long OneUse = 1L << PinBits;
    private const long Dead = long.MinValue;

    // Written by atomic steps only.
    private long _state;

    // Set by the constructor.
    public KindAccount Kind { get; } = kind;

    /// <summary>When the value was computed, in timestamps of the cache's clock.</summary>
    public long MadeAt { get; } = madeAt;

    /// <summary>The value; null once the entry is dead, so that whoever still sees the entry does not hold the value.</summary>
    public IArtifact? Value { get; private set; } = value;

    /// <summary>Whether the bytes count as kept; otherwise the value leaves with its last user. Set before the entry is found.</summary>
    public bool IsKept { get; set; }

    /// <summary>Whether the table knows the entry no more; guarded by the cache's lock.</summary>
    public bool IsDetached { get; set; }

    /// <summary>Callers that use the value now.</summary>
    public int Pins => (int)(Interlocked.Read(ref _state) & PinMask);

    public bool IsDead => Interlocked.Read(ref _state) < 0;

    /// <summary>Gives the entry its first users, each of whom counts as a use.</summary>
    public void Start(int pins) => _state = (pins * OneUse) + pins;

    /// <summary>One user and one use more, unless the entry is dead.</summary>
    public bool TryPin(out bool isFirst, out long uses)
    {
        long state = Interlocked.Add(ref _state, OneUse + 1);
        isFirst = (state & PinMask) == 1;
        uses = state >> PinBits;
        return state >= 0;
    }

    /// <summary>One more user, who is not a use, of an entry that has users already.</summary>
    public void PinAgain() => Interlocked.Increment(ref _state);

    /// <summary>One user less; tells whether it was the last.</summary>
    public bool Unpin() => (Interlocked.Decrement(ref _state) & PinMask) == 0;

    /// <summary>Ends the entry, unless somebody uses it; with the cache's lock.</summary>
    public bool TryKill()
    {
        long state = Interlocked.Read(ref _state);
        if (state < 0 || (state & PinMask) != 0 || Interlocked.CompareExchange(ref _state, Dead, state) != state)
        {
            return false;
        }

        Value = null;
        return true;
    }
}
