using System.Collections.Immutable;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Stages.Splitting;
using Xunit;

namespace Pipeline.Stages.Tests.Splitting;

public sealed class IdenticalSpectraTests
{
    [Fact]
    public void Find_IdenticalRows_GivesTheirSets()
    {
        Matrix x = Spectra(3, 1, 3, 2, 1, 3);
        Assert.Equal(["0 2 5", "1 4"], IdenticalSpectra.Find(x.View).Select(set => string.Join(' ', set)));
    }

    [Fact]
    public void Find_RowsThatDifferInOneBit_AreNotDuplicates()
    {
        Matrix x = Spectra(1, 1);
        x[1, 7] = Math.BitIncrement(x[1, 7]);
        Assert.Empty(IdenticalSpectra.Find(x.View));
    }

    [Fact]
    public void Find_NegativeZero_EqualsZero()
    {
        var x = new Matrix(2, 3);
        x[1, 1] = -0.0;
        Assert.Single(IdenticalSpectra.Find(x.View));
    }

    [Fact]
    public void Groups_NothingDeclaredNothingIdentical_AreTheIds()
    {
        GroupedSamples groups = IdenticalSpectra.Groups(["b", "a", "c"], null, Spectra(1, 2, 3).View);
        Assert.Equal(["sample:b", "sample:a", "sample:c"], groups.Groups.ToArray());
        Assert.Empty(groups.IdenticalSets);
    }

    [Fact]
    public void Groups_Twins_TakeTheSmallestIdAndAreReported()
    {
        GroupedSamples groups = IdenticalSpectra.Groups(["d", "c", "b", "a"], null, Spectra(1, 2, 1, 2).View);
        Assert.Equal(["sample:b", "sample:a", "sample:b", "sample:a"], groups.Groups.ToArray());
        Assert.Equal(["a c", "b d"], groups.IdenticalSets.Select(set => string.Join(' ', set)));
    }

    [Fact]
    public void Groups_TwinsOfTwoDeclaredGroups_JoinBothGroups()
    {
        // s1 and s2 are one declared group, s3 and s4 another; s2 and s3 are identical, so all four belong together.
        GroupedSamples groups = IdenticalSpectra.Groups(
            ["s1", "s2", "s3", "s4", "s5"], ["B", "B", "A", "A", null], Spectra(1, 2, 2, 3, 4).View);
        Assert.Equal(["group:A", "group:A", "group:A", "group:A", "sample:s5"], groups.Groups.ToArray());
    }

    [Fact]
    public void Groups_DeclaredNameEqualsAnId_StaysApart()
    {
        GroupedSamples groups = IdenticalSpectra.Groups(["1", "2", "3"], ["3", "3", ""], Spectra(1, 2, 3).View);
        Assert.Equal(["group:3", "group:3", "sample:3"], groups.Groups.ToArray());
    }

    [Fact]
    public void Groups_ReplicateJoins_KeepsTheNameOfTheGroup()
    {
        GroupedSamples before = IdenticalSpectra.Groups(["m", "n"], ["G", "G"], Spectra(1, 2).View);
        GroupedSamples after = IdenticalSpectra.Groups(["m", "n", "a"], ["G", "G", "G"], Spectra(1, 2, 3).View);
        Assert.Equal(before.Groups[0], after.Groups[0]);
    }

    [Fact]
    public void Groups_RandomSamples_TwinsNeverStraddleAndRowOrderDoesNotMatter()
    {
        for (ulong seed = 0; seed < 60; seed++)
        {
            var random = new Pcg64(seed);
            int n = 20 + random.NextInt(30);
            int[] spectra = [.. Enumerable.Range(0, n).Select(_ => random.NextInt(40))];
            string?[] declared = [.. Enumerable.Range(0, n).Select(_ => random.NextInt(3) == 0 ? $"G{random.NextInt(6)}" : null)];
            int[] order = [.. Enumerable.Range(0, n)];
            Dictionary<string, string> first = NameOfId(order, spectra, declared);
            random.Shuffle(order.AsSpan());
            Dictionary<string, string> second = NameOfId(order, spectra, declared);

            Assert.Equal(first.OrderBy(pair => pair.Key), second.OrderBy(pair => pair.Key));
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j < i; j++)
                {
                    bool together = spectra[i] == spectra[j] || (declared[i] is not null && declared[i] == declared[j]);
                    Assert.True(!together || first[$"s{i}"] == first[$"s{j}"], $"Seed {seed}: samples {i} and {j} are apart.");
                }
            }
        }
    }

    private static Dictionary<string, string> NameOfId(int[] order, int[] spectra, string?[] declared)
    {
        ImmutableArray<string> ids = [.. order.Select(i => $"s{i}")];
        ImmutableArray<string?> groups = [.. order.Select(i => declared[i])];
        GroupedSamples found = IdenticalSpectra.Groups(ids, groups, Spectra([.. order.Select(i => spectra[i])]).View);
        return ids.Zip(found.Groups).ToDictionary(pair => pair.First, pair => pair.Second);
    }

    /// <summary>One spectrum per code; equal codes give equal spectra.</summary>
    private static Matrix Spectra(params int[] codes)
    {
        var x = new Matrix(codes.Length, 10);
        for (int i = 0; i < codes.Length; i++)
        {
            var random = new Pcg64((ulong)codes[i]);
            for (int j = 0; j < 10; j++)
            {
                x[i, j] = random.NextDouble();
            }
        }

        return x;
    }
}
