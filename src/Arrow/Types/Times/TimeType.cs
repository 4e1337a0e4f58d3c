namespace Apache.Arrow.Types;

/// <summary>A type of times of day, counted from midnight.</summary>
public abstract class TimeType : TimeBasedType
{
    /// <summary>Seconds in 32 bits.</summary>
    public static readonly Time32Type Second = new(TimeUnit.Second);

    /// <summary>Milliseconds in 32 bits.</summary>
    public static readonly Time32Type Millisecond = new(TimeUnit.Millisecond);

    /// <summary>Microseconds in 64 bits.</summary>
    public static readonly Time64Type Microsecond = new(TimeUnit.Microsecond);

    /// <summary>Nanoseconds in 64 bits.</summary>
    public static readonly Time64Type Nanosecond = new(TimeUnit.Nanosecond);

    /// <summary>Makes a type that counts <paramref name="unit"/>.</summary>
    protected TimeType(TimeUnit unit)
        : base(unit)
    {
    }

    /// <summary>The type that counts <paramref name="unit"/>, in as many bits as it needs.</summary>
    public static TimeType FromTimeUnit(TimeUnit unit) => unit switch
    {
        TimeUnit.Second => Second,
        TimeUnit.Millisecond => Millisecond,
        TimeUnit.Microsecond => Microsecond,
        TimeUnit.Nanosecond => Nanosecond,
        _ => throw new ArgumentOutOfRangeException(nameof(unit)),
    };
}
