using System.Globalization;

namespace Apache.Arrow.Types;

/// <summary>The type of points in time, counted from 1970-01-01 00:00.</summary>
public sealed class TimestampType : TimeBasedType
{
    /// <summary>Milliseconds in UTC.</summary>
    public static readonly TimestampType Default = new(TimeUnit.Millisecond, "+00:00");

    /// <summary>Counts <paramref name="unit"/>; without a time zone the time is a local one, nobody says where.</summary>
    public TimestampType(TimeUnit unit = TimeUnit.Millisecond, string? timezone = default)
        : base(unit)
    {
        Timezone = timezone;
    }

    /// <summary>Counts <paramref name="unit"/> in the zone's offset without summer time.</summary>
    public TimestampType(TimeUnit unit = TimeUnit.Millisecond, TimeZoneInfo? timezone = default)
        : base(unit)
    {
        Timezone = timezone is null ? null : SpellOffset(timezone.BaseUtcOffset);
    }

    /// <inheritdoc/>
    public override ArrowTypeId TypeId => ArrowTypeId.Timestamp;

    /// <inheritdoc/>
    public override string Name => "timestamp";

    /// <inheritdoc/>
    public override int BitWidth => 64;

    /// <summary>The time zone's name or offset, or null.</summary>
    public string? Timezone { get; }

    /// <summary>True when there is a time zone.</summary>
    public bool IsTimeZoneAware => !string.IsNullOrWhiteSpace(Timezone);

    /// <inheritdoc/>
    public override void Accept(IArrowTypeVisitor visitor) => Accept(this, visitor);

    private static string SpellOffset(TimeSpan offset) =>
        (offset < TimeSpan.Zero ? "-" : "+") + offset.Duration().ToString(@"hh\:mm", CultureInfo.InvariantCulture);
}
