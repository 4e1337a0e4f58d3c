using Apache.Arrow;
using Apache.Arrow.Types;
using Xunit;

namespace Pipeline.Arrow.Tests.Arrays;

/// <summary>Dates, times of day and spans at their ends.</summary>
public sealed class TimesTests
{
    private static readonly DateOnly[] Dates =
        [DateOnly.MinValue, new(1582, 10, 15), new(1969, 12, 31), new(1970, 1, 1), new(2024, 2, 29), DateOnly.MaxValue];

    [Fact]
    public void Dates_FirstToLast_CountDaysFrom1970()
    {
        Date32Array days = new Date32Array.Builder().AppendRange(Dates).AppendNull().Build();
        Date64Array milliseconds = new Date64Array.Builder().AppendRange(Dates).AppendNull().Build();

        Assert.Equal(new[] { -719_162, -141_427, -1, 0, 19_782, 2_932_896, 0 }, days.Values.ToArray());
        Assert.Equal(days.Values.ToArray().Select(day => 86_400_000L * day), milliseconds.Values.ToArray());
        for (int i = 0; i < Dates.Length; i++)
        {
            DateTime midnight = Dates[i].ToDateTime(TimeOnly.MinValue);
            Assert.Equal((Dates[i], midnight), (days.GetDateOnly(i), days.GetDateTime(i)));
            Assert.Equal((Dates[i], midnight), (milliseconds.GetDateOnly(i), milliseconds.GetDateTime(i)));
            Assert.Equal(new DateTimeOffset(midnight, TimeSpan.Zero), days.GetDateTimeOffset(i));
            Assert.Equal(new DateTimeOffset(midnight, TimeSpan.Zero), milliseconds.GetDateTimeOffset(i));
        }

        Assert.Null(days.GetDateOnly(Dates.Length));
        Assert.Null(milliseconds.GetDateTimeOffset(Dates.Length));
    }

    [Fact]
    public void Append_PointsInTime_TakesTheDayOfTheClockOrOfUtc()
    {
        var local = new DateTime(1969, 12, 31, 23, 30, 0, DateTimeKind.Unspecified);
        var west = new DateTimeOffset(local, TimeSpan.FromHours(-5));

        Assert.Equal(new[] { -1, 0 }, new Date32Array.Builder().Append(local).Append(west).Build().Values.ToArray());
        Assert.Equal(new[] { -86_400_000L, 0 }, new Date64Array.Builder().Append(local).Append(west).Build().Values.ToArray());
        Assert.Equal(
            new[] { 0, -1 }, new Date32Array.Builder().Append(local).Append(west).Swap(0, 1).Build().Values.ToArray());
    }

    [Fact]
    public void Times32_BothUnits_CutToTheUnit()
    {
        var late = new TimeOnly(23, 59, 59, 999, 999);
        Time32Array seconds = new Time32Array.Builder(TimeUnit.Second).Append(late).AppendNull().Append(7).Build();
        Time32Array milliseconds = new Time32Array.Builder().Append(late).AppendNull().Append(7_500).Build();

        Assert.Equal((86_399, 86_399_000), (seconds.GetSeconds(0), seconds.GetMilliSeconds(0)));
        Assert.Equal((86_399, 86_399_999), (milliseconds.GetSeconds(0), milliseconds.GetMilliSeconds(0)));
        Assert.Equal((null, null, null), (seconds.GetSeconds(1), milliseconds.GetMilliSeconds(1), seconds.GetTime(1)));
        Assert.Equal((new TimeOnly(0, 0, 7), new TimeOnly(0, 0, 7, 500)), (seconds.GetTime(2), milliseconds.GetTime(2)));
        Assert.ThrowsAny<Exception>(() => new Time32Array.Builder(TimeUnit.Nanosecond));
    }

    [Fact]
    public void Times64_BothUnits_CutToTheUnit()
    {
        TimeOnly late = TimeOnly.MaxValue;
        Time64Array micro = new Time64Array.Builder(TimeUnit.Microsecond).Append(late).AppendNull().Append(7L).Build();
        Time64Array nano = new Time64Array.Builder().Append(late).AppendNull().Append(7_099L).Build();

        Assert.Equal((86_399_999_999L, 86_399_999_999_000L), (micro.GetMicroSeconds(0), micro.GetNanoSeconds(0)));
        Assert.Equal((86_399_999_999L, 86_399_999_999_900L), (nano.GetMicroSeconds(0), nano.GetNanoSeconds(0)));
        Assert.Equal((null, null, null), (micro.GetMicroSeconds(1), nano.GetNanoSeconds(1), nano.GetTime(1)));
        Assert.Equal((new TimeOnly(70), new TimeOnly(70)), (micro.GetTime(2), nano.GetTime(2)));
        Assert.ThrowsAny<Exception>(() => new Time64Array.Builder(TimeUnit.Second));
    }

    [Fact]
    public void Spans_EveryUnit_CutToTheUnit()
    {
        TimeSpan span = -new TimeSpan(3, 2, 1, 0, 123, 456);

        Assert.Equal(new long?[] { -266_460, null }, Counts(TimeUnit.Second));
        Assert.Equal(new long?[] { -266_460_123, null }, Counts(TimeUnit.Millisecond));
        Assert.Equal(new long?[] { -266_460_123_456, null }, Counts(TimeUnit.Microsecond));
        Assert.Equal(new long?[] { -266_460_123_456_000, null }, Counts(TimeUnit.Nanosecond));

        IEnumerable<long?> Counts(TimeUnit unit) =>
            new DurationArray.Builder(DurationType.FromTimeUnit(unit)).Append(span).Append((TimeSpan?)null).Build();
    }
}
