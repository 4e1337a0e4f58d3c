namespace Apache.Arrow.Types;

/// <summary>What a count of time counts.</summary>
public enum TimeUnit
{
    /// <summary>Seconds.</summary>
    Second,

    /// <summary>Thousandths of a second.</summary>
    Millisecond,

    /// <summary>Millionths of a second.</summary>
    Microsecond,

    /// <summary>Billionths of a second.</summary>
    Nanosecond,
}
