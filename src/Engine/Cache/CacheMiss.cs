namespace Pipeline.Engine.Cache;

/// <summary>Why the cache had to compute a value.</summary>
public enum CacheMiss
{
    /// <summary>No value of this key was computed before, as far as the cache remembers.</summary>
    NeverComputed,

    /// <summary>The value was kept once and gave way to others.</summary>
    Evicted,

    /// <summary>The value was computed once but did not fit beside the values then in use.</summary>
    NotKept,

    /// <summary>The value's file was truncated, altered or not ours; it has been removed.</summary>
    Damaged,

    /// <summary>The value had become older than its kind may be.</summary>
    Expired,
}
