namespace Apache.Arrow.Types;

/// <summary>A type of dates, counted from 1970-01-01.</summary>
public abstract class DateType : FixedWidthType
{
    /// <summary>What is counted.</summary>
    public abstract DateUnit Unit { get; }
}
