namespace Apache.Arrow.Types;

/// <summary>The type of lengths of time.</summary>
public sealed class DurationType : TimeBasedType
{
    /// <summary>Counts seconds.</summary>
    public static readonly DurationType Second = new(TimeUnit.Second);

    /// <summary>Counts milliseconds.</summary>
    public static readonly DurationType Millisecond = new(TimeUnit.Millisecond);

    /// <summary>Counts microseconds.</summary>
    public static readonly DurationType Microsecond = new(TimeUnit.Microsecond);

    /// <summary>Counts nanoseconds.</summary>
    public static readonly DurationType Nanosecond = new(TimeUnit.Nanosecond);

    private DurationType(TimeUnit unit)
        : base(unit)
    {
    }

    /// <inheritdoc/>
    public override ArrowTypeId TypeId => ArrowTypeId.Duration;

    /// <inheritdoc/>
    public override string Name => "duration";

    /// <inheritdoc/>
    public override int BitWidth => 64;

    /// <summary>The type that counts <paramref name="unit"/>.</summary>
    public static DurationType FromTimeUnit(TimeUnit unit) => unit switch
    {
        TimeUnit.Second => Second,
        TimeUnit.Millisecond => Millisecond,
        TimeUnit.Microsecond => Microsecond,
        TimeUnit.Nanosecond => Nanosecond,
        _ => throw new ArgumentOutOfRangeException(nameof(unit)),
    };

    /// <inheritdoc/>
    public override void Accept(IArrowTypeVisitor visitor) => Accept(this, visitor);
}
