using System.Net;
using Pipeline.Host.Configuration;
using Pipeline.Host.Http;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Host.Tests.Http;

public class ClientRatesTests
{
    private static readonly IPAddress One = IPAddress.Parse("192.0.2.1");
    private static readonly IPAddress Other = IPAddress.Parse("192.0.2.2");

    [Fact]
    public void MayAsk_TwoSecondsWorthAtOnceAndThenTheRate()
    {
        var clock = new ManualTimeProvider();
        var rates = new ClientRates(new HttpOptions { RequestsPerSecondMax = 10 }, clock);
        Assert.Equal(20, Asked(rates, One, 100));
        Assert.Equal(20, Asked(rates, Other, 100));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(10, Asked(rates, One, 100));
        clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(20, Asked(rates, One, 100));
    }

    [Fact]
    public void MayAsk_MoreClientsThanBuckets_ShareOneUntilOthersAreFull()
    {
        var clock = new ManualTimeProvider();
        var rates = new ClientRates(new HttpOptions { RequestsPerSecondMax = 10, Limits = HttpLimits.Default with { ClientsMax = 2 } }, clock);
        Assert.True(rates.MayAsk(One));
        Assert.True(rates.MayAsk(Other));
        Assert.Equal(20, Enumerable.Range(3, 100).Count(i => rates.MayAsk(IPAddress.Parse($"192.0.2.{i}"))));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(20, Asked(rates, IPAddress.Parse("192.0.2.200"), 100));
    }

    private static int Asked(ClientRates rates, IPAddress client, int times) => Enumerable.Range(0, times).Count(_ => rates.MayAsk(client));
}
