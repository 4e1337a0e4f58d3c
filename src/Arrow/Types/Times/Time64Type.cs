namespace Apache.Arrow.Types;

/// <summary>The type of times of day in microseconds or nanoseconds.</summary>
public sealed class Time64Type : TimeType
{
    /// <summary>Counts <paramref name="unit"/>.</summary>
    public Time64Type(TimeUnit unit = TimeUnit.Nanosecond)
        : base(unit)
    {
    }

    /// <summary>The type of those who name no unit: nanoseconds.</summary>
    public static Time64Type Default => Nanosecond;

    /// <inheritdoc/>
    public override ArrowTypeId TypeId => ArrowTypeId.Time64;

    /// <inheritdoc/>
    public override string Name => "time64";

    /// <inheritdoc/>
    public override int BitWidth => 64;

    /// <inheritdoc/>
    public override void Accept(IArrowTypeVisitor visitor) => Accept(this, visitor);
}
