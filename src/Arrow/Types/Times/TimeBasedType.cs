namespace Apache.Arrow.Types;

/// <summary>A type that counts units of time.</summary>
public abstract class TimeBasedType : FixedWidthType
{
    /// <summary>Makes a type that counts <paramref name="unit"/>.</summary>
    protected TimeBasedType(TimeUnit unit)
    {
        Unit = unit;
    }

    /// <summary>What is counted.</summary>
    public TimeUnit Unit { get; }
}
