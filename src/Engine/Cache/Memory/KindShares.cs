using System.Diagnostics;

namespace Pipeline.Engine.Cache.Memory;

/// <summary>How the memory is split between kinds: the bytes that each kind keeps against the others.</summary>
/// <remarks>
/// Invariants: the protected bytes of all kinds together are at most 7/8 of the capacity; each is at least 0.
/// Guarded by the cache's lock.
/// <para>
/// At first nothing is protected and all kinds compete value by value. A miss of a value that was evicted a short while
/// ago, less than the capacity in evicted bytes, is evidence that its kind holds too little: with more bytes it would
/// have been a hit. The kind's protected bytes then rise by the size of the value times its seconds per byte against
/// the mean of such misses, at most by 1/64 of the capacity; where the 7/8 are exceeded, all other kinds give in
/// proportion to what they have. The last eighth stays contested, so that a new kind can show that it is used again.
/// A value that comes back from disk counts like one computed again: its file may vanish at any moment.
/// A kind whose values are asked for once gives no evidence and protects nothing, however dear its values are.
/// What a kind does not need any more it loses to the first other kind with evidence; without one nobody misses it.
/// </para>
/// The evidence of recently evicted keys, and a target moved by each, is ARC: Megiddo and Modha (2003), USENIX FAST,
/// 115-130, section III; theirs are two lists of pages of one size and cost, ours are kinds weighted by seconds per byte.
/// </remarks>
internal sealed class KindShares(long capacityBytes)
{
    private const int StepsPerCapacity = 64;
    private const double NewestWeight = 1.0 / 8;

    private readonly long _protectedBytesMax = capacityBytes - (capacityBytes / 8);
    private readonly List<KindAccount> _kinds = [];
    private double _meanWorth;

    public IReadOnlyList<KindAccount> Kinds => _kinds;

    public void Add(KindAccount kind) => _kinds.Add(kind);

    /// <summary>Takes the miss of a recently evicted value as evidence for its kind.</summary>
    public void CountLoss(KindAccount kind, LostValue lost, long evictedBytes)
    {
        if (lost.Reason != CacheMiss.Evicted || evictedBytes - lost.LostBytes > capacityBytes || lost.ComputeSeconds <= 0)
        {
            return;
        }

        double worth = lost.ComputeSeconds / lost.SizeBytes;
        _meanWorth = _meanWorth == 0 ? worth : _meanWorth + ((worth - _meanWorth) * NewestWeight);
        double bound = Math.Max(1, capacityBytes / StepsPerCapacity);
        long step = (long)Math.Clamp(lost.SizeBytes * worth / _meanWorth, 1, bound);
        kind.ProtectedBytes = Math.Min(kind.ProtectedBytes + step, _protectedBytesMax);

        long others = _kinds.Sum(other => ReferenceEquals(other, kind) ? 0 : other.ProtectedBytes);
        long excess = kind.ProtectedBytes + others - _protectedBytesMax;
        if (excess > 0)
        {
            foreach (KindAccount other in _kinds.Where(other => !ReferenceEquals(other, kind)))
            {
                // Rounded up, so that the sum comes down by the whole excess.
                long gives = (long)Math.Ceiling((double)excess * other.ProtectedBytes / others);
                other.ProtectedBytes -= Math.Min(gives, other.ProtectedBytes);
            }
        }

        Debug.Assert(_kinds.Sum(each => each.ProtectedBytes) <= _protectedBytesMax);
    }
}
