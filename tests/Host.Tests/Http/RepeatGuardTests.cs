using Pipeline.Host.Http;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Host.Tests.Http;

public class RepeatGuardTests
{
    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public void MaySay_OncePerKeyAndMinute()
    {
        var guard = new RepeatGuard(10, _clock);
        Assert.True(guard.MaySay("a"));
        Assert.False(guard.MaySay("a"));
        Assert.True(guard.MaySay("b"));
        _clock.Advance(TimeSpan.FromSeconds(59));
        Assert.False(guard.MaySay("a"));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(guard.MaySay("a"));
    }

    [Fact]
    public void MaySay_MoreKeysThanAreRemembered_StaysSilentUntilSomeAreOld()
    {
        var guard = new RepeatGuard(2, _clock);
        Assert.True(guard.MaySay("a"));
        Assert.True(guard.MaySay("b"));
        Assert.False(guard.MaySay("c"));
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.True(guard.MaySay("c"));
    }
}
