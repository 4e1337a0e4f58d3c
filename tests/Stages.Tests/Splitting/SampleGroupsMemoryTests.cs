using System.Collections.Immutable;
using Pipeline.Stages.Splitting;
using Xunit;

namespace Pipeline.Stages.Tests.Splitting;

[Collection("measures the heap")]
public sealed class SampleGroupsMemoryTests
{
    [Fact]
    public void Of_SamplesThatBelongToNoOther_TakesTwelveBytesEachAtMost()
    {
        // Eight, and lists that grew; a name for each would take 60 and more.
        const int Count = 1_000_000;
        ImmutableArray<string> ids = [.. Enumerable.Range(0, Count).Select(i => $"S{i:0000000}")];
        int[] roots = [.. Enumerable.Range(0, Count)];
        long before = LiveHeap.Bytes();
        var groups = SampleGroups.Of(ids, declared: null, roots);
        long bytes = LiveHeap.Bytes() - before;
        Assert.InRange(bytes, 0, 12L * Count);
        Assert.Equal("sample:S0999999", groups[Count - 1]);
        Assert.Equal(Count, groups.GroupCount);
        GC.KeepAlive(roots);
    }
}
