using Xunit;

namespace Pipeline.Engine.Tests;

public sealed class SideBySideTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 4)]
    [InlineData(100, 1)]
    [InlineData(100, 4)]
    public async Task Run_AnyThreads_GivesTheResultsInTheOrderOfTheItems(int count, int threads)
    {
        int[] items = [.. Enumerable.Range(0, count)];
        Assert.Equal(items.Select(i => i * i), await SideBySide.RunAsync(items, threads, i => i * i));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Run_OneFails_EndsWithItsExceptionAndBeginsNoFurther(int threads)
    {
        int begun = 0;
        int[] items = [.. Enumerable.Range(0, 1000)];
        InvalidOperationException failed = await Assert.ThrowsAsync<InvalidOperationException>(() => SideBySide.RunAsync(items, threads, i =>
        {
            Interlocked.Increment(ref begun);
            return i < threads ? throw new InvalidOperationException("here") : i;
        }));
        Assert.Equal("here", failed.Message);
        Assert.InRange(begun, 1, threads);
    }
}
