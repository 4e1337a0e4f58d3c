using System.Globalization;
using System.Text.RegularExpressions;
using Pipeline.Host.Configuration;

namespace Pipeline.Host.Runs.Queue;

/// <summary>When a study runs by the clock: <c>every 6 h</c>, <c>daily 02:30</c>, <c>weekly Mon 02:30</c>.</summary>
/// <remarks>
/// Times of day are local. A time that a change of the clocks leaves out is the first instant after the gap; one that occurs
/// twice counts once, the first time.
/// </remarks>
public sealed partial record Schedule
{
    /// <summary>What can be written, for messages.</summary>
    public const string Forms = "'every 6 h' (1 min to 30 d), 'daily 02:30' or 'weekly Mon 02:30'";

    private static readonly TimeSpan EveryMin = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan EveryMax = TimeSpan.FromDays(30);
    private static readonly string[] Days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

    private readonly TimeSpan? _every;
    private readonly TimeOnly _time;
    private readonly DayOfWeek? _day;

    private Schedule(string text, TimeSpan? every, TimeOnly time, DayOfWeek? day)
    {
        Text = text;
        _every = every;
        _time = time;
        _day = day;
    }

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <summary>Reads a schedule, or gives null with what is wrong.</summary>
    public static Schedule? Parse(string text, out string wrong)
    {
        ArgumentNullException.ThrowIfNull(text);
        wrong = "";
        string[] parts = text.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        switch (parts)
        {
            case ["every", .. var rest]:
                if (!DurationText.TryParse(string.Join(' ', rest), out TimeSpan every))
                {
                    wrong = $"'{string.Join(' ', rest)}' is no duration such as '6 h'";
                    return null;
                }

                if (every < EveryMin || every > EveryMax)
                {
                    wrong = "the duration must be 1 min to 30 d";
                    return null;
                }

                return new Schedule(text, every, default, null);
            case ["daily", var time]:
                return TimeOf(time, out wrong) is { } daily ? new Schedule(text, null, daily, null) : null;
            case ["weekly", var day, var time]:
                int number = Array.FindIndex(Days, one => string.Equals(one, day, StringComparison.OrdinalIgnoreCase));
                if (number < 0)
                {
                    wrong = $"'{day}' is no day of {string.Join(", ", Days)}";
                    return null;
                }

                return TimeOf(time, out wrong) is { } weekly ? new Schedule(text, null, weekly, (DayOfWeek)number) : null;
            default:
                wrong = "it begins with none of 'every', 'daily', 'weekly', or has other parts";
                return null;
        }
    }

    /// <summary>The first time after an instant.</summary>
    public DateTimeOffset Next(DateTimeOffset after, TimeZoneInfo zone)
    {
        ArgumentNullException.ThrowIfNull(zone);
        if (_every is { } every)
        {
            return after + every;
        }

        // A day earlier than the instant's own, since the first valid instant of a day may lie in the next one.
        DateOnly date = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(after, zone).DateTime).AddDays(-1);
        while (true)
        {
            if ((_day is null || date.DayOfWeek == _day) && InstantOf(date.ToDateTime(_time), zone) is var instant && instant > after)
            {
                return instant;
            }

            date = date.AddDays(1);
        }
    }

    /// <summary>The time after a due one at a moment when that is past: times that were missed count once.</summary>
    public DateTimeOffset NextAfterDue(DateTimeOffset due, DateTimeOffset now, TimeZoneInfo zone)
    {
        if (_every is not { } every)
        {
            return Next(now, zone);
        }

        long missed = Math.Max(0, (now - due).Ticks / every.Ticks);
        return due + (every * (missed + 1));
    }

    /// <inheritdoc/>
    public override string ToString() => Text;

    private static DateTimeOffset InstantOf(DateTime local, TimeZoneInfo zone)
    {
        while (zone.IsInvalidTime(local))
        {
            local = local.AddMinutes(1);
        }

        TimeSpan offset = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local);
        return new DateTimeOffset(local, offset);
    }

    private static TimeOnly? TimeOf(string text, out string wrong)
    {
        wrong = "";
        if (TimeOfDay().IsMatch(text) && TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out TimeOnly time))
        {
            return time;
        }

        wrong = $"'{text}' is no time such as '02:30', 00:00 to 23:59";
        return null;
    }

    [GeneratedRegex(@"^[0-9]{2}:[0-9]{2}\z")]
    private static partial Regex TimeOfDay();
}
