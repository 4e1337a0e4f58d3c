using System.Diagnostics;
using Xunit;

namespace Pipeline.Engine.Tests;

/// <summary>Waits for what other threads bring about, where there is no gate to wait at.</summary>
internal static class Eventually
{
    public static async Task IsTrueAsync(Func<bool> condition, string what)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(watch.Elapsed < Gate.Patience, $"not reached: {what}");
            await Task.Delay(1);
        }
    }
}
