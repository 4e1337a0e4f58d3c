using Xunit;

namespace Pipeline.Engine.Tests;

public sealed class LimitsTests
{
    [Fact]
    public void Validate_DefaultAndTiny_Pass()
    {
        Assert.Same(Limits.Default, Limits.Default.Validate());
        Assert.Same(Limits.Tiny, Limits.Tiny.Validate());
    }

    [Fact]
    public void Validate_SeveralImpossibleLimits_NamesThemAll()
    {
        Limits limits = Limits.Tiny with { StepItemsMax = 1, BudgetBytesMax = 0, CacheBytesMax = -1 };
        ArgumentException refused = Assert.Throws<ArgumentException>(() => limits.Validate());
        Assert.Contains("StepItemsMax is 1, the least is 2", refused.Message, StringComparison.Ordinal);
        Assert.Contains("BudgetBytesMax is 0", refused.Message, StringComparison.Ordinal);
        Assert.Contains("CacheBytesMax is -1", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_ImpossibleDiskTier_NamesEveryLimit()
    {
        Limits limits = Limits.Tiny with { CacheDiskBytesMax = -1, DiskFreeBytesMin = -1, SpillsWaitingMax = 0, SpillBytesMax = -1 };
        ArgumentException refused = Assert.Throws<ArgumentException>(() => limits.Validate());
        string[] names = [nameof(Limits.CacheDiskBytesMax), nameof(Limits.DiskFreeBytesMin), nameof(Limits.SpillsWaitingMax), nameof(Limits.SpillBytesMax)];
        Assert.All(names, name => Assert.Contains(name, refused.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Validate_BudgetAndCacheBeyondMemory_NamesBoth()
    {
        Limits limits = Limits.Default with { BudgetBytesMax = 3L << 30, CacheBytesMax = 2L << 30 };
        ArgumentException refused = Assert.Throws<ArgumentException>(() => limits.Validate(4L << 30));
        Assert.Contains("BudgetBytesMax (3 GiB)", refused.Message, StringComparison.Ordinal);
        Assert.Contains("CacheBytesMax (2 GiB)", refused.Message, StringComparison.Ordinal);
        limits.Validate(5L << 30);
    }

    [Fact]
    public void Validate_SumThatOverflows_IsRefused() =>
        Assert.Throws<ArgumentException>(
            () => (Limits.Default with { BudgetBytesMax = long.MaxValue, CacheBytesMax = 1 }).Validate());

    [Theory]
    [InlineData(0, "0 bytes")]
    [InlineData(1023, "1023 bytes")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(1L << 30, "1 GiB")]
    [InlineData(long.MaxValue, "8 EiB")]
    public void Of_Bytes_ReadsAsPeopleWrite(long bytes, string text) => Assert.Equal(text, ByteSize.Format(bytes));

    [Theory]
    [InlineData(0, 60)]
    [InlineData(3, 60)]
    [InlineData(10, 200)]
    [InlineData(double.NaN, 2_592_000)]
    [InlineData(double.PositiveInfinity, 2_592_000)]
    public void PatienceFor_PredictedSeconds_IsAMultipleAndNeverLessThanTheLeast(double predictedSeconds, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), new Limits().PatienceFor(predictedSeconds));

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(1e12)]
    public void Validate_ImpossiblePatience_IsRefusedByName(double seconds) =>
        Assert.Contains(
            nameof(Limits.StallSecondsMin),
            Assert.Throws<ArgumentException>(() => new Limits { StallSecondsMin = seconds }.Validate()).Message,
            StringComparison.Ordinal);
}
