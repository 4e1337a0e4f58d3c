namespace Pipeline.Engine.Supervision;

/// <summary>When a supervised body is run again.</summary>
/// <param name="RebuildsMax">The most counted rebuilds within <paramref name="Window"/>; one more failure is thrown.</param>
/// <param name="Window">How long a rebuild counts.</param>
/// <param name="Patience">The longest silence of a body that has work.</param>
/// <param name="Grace">How long a body that stalls may take to heed the stop before it is left behind.</param>
public sealed record RebuildPolicy(int RebuildsMax, TimeSpan Window, TimeSpan Patience, TimeSpan Grace)
{
    /// <summary>What a failure calls for; by default every one is a counted rebuild.</summary>
    public Func<Exception, RebuildVerdict> Judge { get; init; } = _ => RebuildVerdict.Counted;

    /// <summary>The policy of the limits.</summary>
    public static RebuildPolicy Of(Limits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        return new RebuildPolicy(
            limits.RebuildsMax,
            TimeSpan.FromMinutes(limits.RebuildWindowMinutes),
            limits.PatienceFor(0),
            TimeSpan.FromSeconds(limits.StallGraceSecondsMax));
    }

    /// <summary>How long to wait before a rebuild: nothing before the first, then a little more each time up to 1 s.</summary>
    internal static TimeSpan DelayBefore(int rebuildsInWindow) =>
        rebuildsInWindow == 0
            ? TimeSpan.Zero
            : TimeSpan.FromMilliseconds(Math.Min(1000, 100 * Math.Pow(2, rebuildsInWindow)));
}

/// <summary>What a failure of a supervised body calls for.</summary>
public enum RebuildVerdict
{
    /// <summary>Run it again, as long as that has not happened too often.</summary>
    Counted,

    /// <summary>Run it again: something else bounds how often this can happen.</summary>
    Uncounted,

    /// <summary>Throw it to the caller.</summary>
    GiveUp,
}
