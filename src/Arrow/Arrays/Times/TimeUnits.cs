using Apache.Arrow.Types;

namespace Apache.Arrow;

/// <summary>Counts of a unit of time from and to ticks of 100 ns.</summary>
internal static class TimeUnits
{
    /// <summary>The ticks of a count; what is shorter than a tick is cut.</summary>
    internal static long ToTicks(this TimeUnit unit, long count) => unit switch
    {
        TimeUnit.Second => checked(count * TimeSpan.TicksPerSecond),
        TimeUnit.Millisecond => checked(count * TimeSpan.TicksPerMillisecond),
        TimeUnit.Microsecond => checked(count * TimeSpan.TicksPerMicrosecond),
        _ => count / TimeSpan.NanosecondsPerTick,
    };

    /// <summary>The count of ticks; what is shorter than the unit is cut.</summary>
    internal static long FromTicks(this TimeUnit unit, long ticks) => unit switch
    {
        TimeUnit.Second => ticks / TimeSpan.TicksPerSecond,
        TimeUnit.Millisecond => ticks / TimeSpan.TicksPerMillisecond,
        TimeUnit.Microsecond => ticks / TimeSpan.TicksPerMicrosecond,
        _ => checked(ticks * TimeSpan.NanosecondsPerTick),
    };
}
