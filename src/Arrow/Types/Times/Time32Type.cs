namespace Apache.Arrow.Types;

/// <summary>The type of times of day in seconds or milliseconds.</summary>
public sealed class Time32Type : TimeType
{
    /// <summary>Counts <paramref name="unit"/>.</summary>
    public Time32Type(TimeUnit unit = TimeUnit.Millisecond)
        : base(unit)
    {
    }

    /// <summary>The type of those who name no unit: milliseconds.</summary>
    public static Time32Type Default => Millisecond;

    /// <inheritdoc/>
    public override ArrowTypeId TypeId => ArrowTypeId.Time32;

    /// <inheritdoc/>
    public override string Name => "time32";

    /// <inheritdoc/>
    public override int BitWidth => 32;

    /// <inheritdoc/>
    public override void Accept(IArrowTypeVisitor visitor) => Accept(this, visitor);
}
