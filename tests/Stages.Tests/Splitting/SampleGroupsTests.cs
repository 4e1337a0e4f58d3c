using System.Collections.Immutable;
using Pipeline.Engine.Identity;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Stages.Splitting;
using Xunit;

namespace Pipeline.Stages.Tests.Splitting;

public sealed class SampleGroupsTests
{
    private const int Cases = 200;

    [Fact]
    public void Of_RandomSets_NamesAndNumbersAreThoseOfListsOfNames()
    {
        // Method: random ids, declared groups and joined samples; the twin makes a name for every sample and sorts names.
        for (ulong seed = 0; seed < Cases; seed++)
        {
            (ImmutableArray<string> ids, ImmutableArray<string?> declared, int[] roots) = Joined(seed);
            var groups = SampleGroups.Of(ids, declared, roots);
            string[] names = Names(ids, declared, roots);
            string[] ordered = [.. names.Distinct().Order(StringComparer.Ordinal)];

            Assert.Equal(names, groups);
            Assert.Equal(names, Enumerable.Range(0, groups.Count).Select(i => groups[i]));
            Assert.Equal(ordered, Enumerable.Range(0, groups.GroupCount).Select(groups.Name));
            Assert.Equal(names.Select(name => Array.IndexOf(ordered, name)), groups.OfSample);
            Assert.Equal(names.Select(name => names.Distinct().ToList().IndexOf(name)), groups.ByFirstSample());
            AssertSame([.. names], groups);
        }
    }

    [Fact]
    public void Of_SomeSamples_KeepTheirNames()
    {
        for (ulong seed = 0; seed < Cases; seed++)
        {
            (ImmutableArray<string> ids, ImmutableArray<string?> declared, int[] roots) = Joined(seed);
            var random = new Pcg64(seed + Cases);
            int[] some = [.. Enumerable.Range(0, ids.Length).Where(_ => random.NextInt(2) == 0)];
            random.Shuffle(some.AsSpan());
            string[] names = Names(ids, declared, roots);
            AssertSame([.. some.Select(i => names[i])], SampleGroups.Of(ids, declared, roots).Of(some));
        }
    }

    [Fact]
    public void Key_OfGroups_IsThatOfTheirNames()
    {
        (ImmutableArray<string> ids, ImmutableArray<string?> declared, int[] roots) = Joined(3);
        Assert.Equal(
            new FingerprintBuilder("test", 1).Add("groups", Names(ids, declared, roots)).ToFingerprint(),
            new FingerprintBuilder("test", 1).Add("groups", SampleGroups.Of(ids, declared, roots)).ToFingerprint());
    }

    private static void AssertSame(SampleGroups expected, SampleGroups found)
    {
        Assert.Equal<string>(expected, found);
        Assert.Equal(expected.GroupCount, found.GroupCount);
        Assert.Equal(expected.OfSample.ToArray(), found.OfSample.ToArray());
    }

    private static (ImmutableArray<string> Ids, ImmutableArray<string?> Declared, int[] Roots) Joined(ulong seed)
    {
        var random = new Pcg64(seed);
        int n = 5 + random.NextInt(40);
        int[] order = [.. Enumerable.Range(0, n)];
        random.Shuffle(order.AsSpan());
        string?[] declared = [.. Enumerable.Range(0, n).Select(_ => random.NextInt(3) == 0 ? $"G{random.NextInt(8)}" : random.NextInt(2) == 0 ? "" : null)];
        int[] parent = [.. Enumerable.Range(0, n)];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < i; j++)
            {
                if (random.NextInt(n) == 0 || (!string.IsNullOrEmpty(declared[i]) && declared[i] == declared[j]))
                {
                    IdenticalSpectra.Join(parent, i, j);
                }
            }
        }

        // Half of the cases have ids that do not rise.
        return (
            [.. order.Select((place, i) => $"s{(seed % 2 == 0 ? i : place):00}")],
            [.. declared],
            [.. Enumerable.Range(0, n).Select(i => IdenticalSpectra.Root(parent, i))]);
    }

    private static string[] Names(ImmutableArray<string> ids, ImmutableArray<string?> declared, int[] roots)
    {
        string NameOf(int root)
        {
            int[] members = [.. Enumerable.Range(0, roots.Length).Where(i => roots[i] == root)];
            string? group = members.Select(i => declared[i]).Where(name => !string.IsNullOrEmpty(name)).Order(StringComparer.Ordinal).FirstOrDefault();
            return group is not null ? "group:" + group : "sample:" + members.Select(i => ids[i]).Order(StringComparer.Ordinal).First();
        }

        return [.. roots.Select(NameOf)];
    }
}
