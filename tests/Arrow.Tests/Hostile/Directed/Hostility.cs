using Xunit;

namespace Pipeline.Arrow.Tests.Hostile.Directed;

/// <summary>What directed cases share with the mutated ones: the probe that judges them.</summary>
internal static class Hostility
{
    /// <summary>Reads in all ways, each of which must end as expected and leave nothing behind.</summary>
    public static void Expect(string outcome, byte[] bytes, bool isFile = false)
    {
        // Four indices take every way of reading.
        for (int index = 0; index < 4; index++)
        {
            Verdict verdict = HostileProbe.Judge(bytes, isFile, index);
            Assert.True(verdict.Failure is null, verdict.Failure);
            Assert.True(outcome == verdict.First!.Outcome.ToString(), $"{verdict.First.Outcome}: {verdict.First.Message}");
        }
    }
}
