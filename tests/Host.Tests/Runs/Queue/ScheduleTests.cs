using System.Globalization;
using Pipeline.Host.Runs.Queue;
using Xunit;

namespace Pipeline.Host.Tests.Runs.Queue;

public class ScheduleTests
{
    // Europe's rule, made here so that no machine's tables matter: an hour forward on the last Sunday of March at 02:00, back in October at 03:00.
    private static readonly TimeZoneInfo Zone = TimeZoneInfo.CreateCustomTimeZone(
        "test",
        TimeSpan.FromHours(1),
        "test",
        "winter",
        "summer",
        [
            TimeZoneInfo.AdjustmentRule.CreateAdjustmentRule(
                DateTime.MinValue.Date,
                DateTime.MaxValue.Date,
                TimeSpan.FromHours(1),
                TimeZoneInfo.TransitionTime.CreateFloatingDateRule(new DateTime(1, 1, 1, 2, 0, 0), 3, 5, DayOfWeek.Sunday),
                TimeZoneInfo.TransitionTime.CreateFloatingDateRule(new DateTime(1, 1, 1, 3, 0, 0), 10, 5, DayOfWeek.Sunday)),
        ]);

    [Theory]
    [InlineData("every 6 h", "2026-01-10T00:00+01:00", "2026-01-10T06:00+01:00")]
    [InlineData("daily 02:30", "2026-01-10T02:29+01:00", "2026-01-10T02:30+01:00")]
    [InlineData("daily 02:30", "2026-01-10T02:30+01:00", "2026-01-11T02:30+01:00")]
    [InlineData("daily 00:00", "2026-01-10T23:59+01:00", "2026-01-11T00:00+01:00")]
    [InlineData("weekly Mon 02:30", "2026-01-10T12:00+01:00", "2026-01-12T02:30+01:00")]
    [InlineData("weekly mon 02:30", "2026-01-12T02:30+01:00", "2026-01-19T02:30+01:00")]
    [InlineData("daily 02:30", "2026-03-28T12:00+01:00", "2026-03-29T03:00+02:00")] // 02:30 does not exist.
    [InlineData("daily 02:30", "2026-03-29T03:00+02:00", "2026-03-30T02:30+02:00")]
    [InlineData("daily 02:30", "2026-10-24T12:00+02:00", "2026-10-25T02:30+02:00")] // 02:30 occurs twice: the first.
    [InlineData("daily 02:30", "2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00")]
    [InlineData("daily 02:30", "2026-10-25T02:10+01:00", "2026-10-26T02:30+01:00")] // Between the two.
    public void Next_IsTheFirstTimeAfterAnInstant(string text, string after, string expected) =>
        Assert.Equal(At(expected), Schedule.Parse(text, out _)!.Next(At(after), Zone));

    [Theory]
    [InlineData("every 6 h", "2026-01-10T06:00+01:00", "2026-01-10T06:01+01:00", "2026-01-10T12:00+01:00")]
    [InlineData("every 6 h", "2026-01-10T06:00+01:00", "2026-01-13T05:00+01:00", "2026-01-13T06:00+01:00")]
    [InlineData("daily 02:30", "2026-01-10T02:30+01:00", "2026-01-13T05:00+01:00", "2026-01-14T02:30+01:00")]
    public void NextAfterDue_TimesThatWereMissed_CountOnce(string text, string due, string now, string expected) =>
        Assert.Equal(At(expected), Schedule.Parse(text, out _)!.NextAfterDue(At(due), At(now), Zone));

    [Theory]
    [InlineData("")]
    [InlineData("every")]
    [InlineData("every 6")]
    [InlineData("every 31 d")]
    [InlineData("daily 2:30")]
    [InlineData("daily 02:30:00")]
    [InlineData("daily")]
    [InlineData("weekly 02:30")]
    [InlineData("weekly Monday 02:30")]
    [InlineData("monthly 1 02:30")]
    public void Parse_Anything_IsRefusedWithReason(string text)
    {
        Assert.Null(Schedule.Parse(text, out string wrong));
        Assert.NotEmpty(wrong);
    }

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
