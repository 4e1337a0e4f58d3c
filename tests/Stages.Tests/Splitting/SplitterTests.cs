using FsCheck;
using FsCheck.Fluent;
using Pipeline.Engine;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Stages.Splitting;
using Xunit;

namespace Pipeline.Stages.Tests.Splitting;

public sealed class SplitterTests
{
    private static readonly string[] Notations = ["random(2, seed 0)", "random(5, seed 7)", "hash(2, seed 0)", "hash(3, seed 18446744073709551615)"];

    [Fact]
    public void Split_AnyGroups_EverySampleInOneFoldAndGroupsTogether() =>
        Check(groups =>
        {
            foreach (ISplitter splitter in Notations.Select(Catalog.ParseSplitter))
            {
                Folds folds = splitter.Split(groups);
                int[] seen = new int[groups.Count];
                for (int k = 0; k < folds.Count; k++)
                {
                    foreach (int i in folds.HeldOut(k))
                    {
                        seen[i]++;
                    }
                }

                int[] fold = folds.FoldOfSample.ToArray();
                bool together = Enumerable.Range(0, groups.Count)
                    .GroupBy(i => groups[i])
                    .All(group => group.Select(i => fold[i]).Distinct().Count() == 1);
                if (!together || seen.Any(times => times != 1))
                {
                    return false;
                }
            }

            return true;
        });

    [Fact]
    public void Split_ShuffledRows_GivesTheSameMembershipPerGroup() =>
        Check(groups =>
        {
            string[] shuffled = [.. groups];
            new Pcg64((ulong)groups.Count).Shuffle(shuffled.AsSpan());
            return Notations.Select(Catalog.ParseSplitter)
                .All(splitter => !Membership(splitter, groups).Except(Membership(splitter, [.. shuffled])).Any());
        });

    [Fact]
    public void RandomFolds_AnyGroups_FoldSizesInGroupsDifferByAtMostOne() =>
        Check(groups =>
        {
            int[] sizes = [.. Membership(new RandomFolds(5, 3), groups).GroupBy(pair => pair.Value).Select(fold => fold.Count())];
            return sizes.Length == 5 && sizes.Max() - sizes.Min() <= 1;
        });

    [Fact]
    public void HashFolds_SamplesComeAndGo_OthersKeepTheirFold() =>
        Check(groups =>
        {
            var splitter = new HashFolds(2, 4);
            Dictionary<string, int> before = Membership(splitter, groups);
            Dictionary<string, int> after = Membership(splitter, [.. groups.Skip(groups.Count / 3), "a new one", "another", "third"]);
            return after.All(pair => !before.TryGetValue(pair.Key, out int fold) || fold == pair.Value);
        });

    [Fact]
    public void RandomFolds_DifferentSeeds_GiveDifferentFolds()
    {
        SampleGroups groups = [.. Enumerable.Range(0, 40).Select(i => $"s{i}")];
        Assert.NotEqual(Membership(new RandomFolds(4, 0), groups), Membership(new RandomFolds(4, 1), groups));
        Assert.Equal(Membership(new RandomFolds(4, 1), groups), Membership(new RandomFolds(4, 1), groups));
    }

    [Fact]
    public void Split_KnownGroups_GivesThePinnedFolds()
    {
        // Membership is part of every key: it must never change without a version step.
        SampleGroups groups = [.. Enumerable.Range(0, 12).Select(i => $"s{i}")];
        Assert.Equal("221202100110", string.Concat(new RandomFolds(3, 0).Split(groups).FoldOfSample.ToArray()));
        Assert.Equal("121110220102", string.Concat(new HashFolds(3, 0).Split(groups).FoldOfSample.ToArray()));
    }

    [Fact]
    public void RandomFolds_FewerGroupsThanFolds_AsksForFewerFolds()
    {
        StageException error = Assert.Throws<StageException>(() => new RandomFolds(5, 0).Split(["a", "b", "a", "c", "c"]));
        Assert.Contains("Ask for fewer folds", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void HashFolds_EmptyFold_AsksForFewerFolds()
    {
        StageException error = Assert.Throws<StageException>(() => new HashFolds(50, 0).Split(["a", "b", "c"]));
        Assert.Contains("Ask for fewer folds", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void GivenFolds_NumericLabels_AreOrderedByNumber()
    {
        Folds folds = new GivenFolds("fold", ["10", "2", "1", "2"]).Split(["a", "b", "c", "d"]);
        Assert.Equal([2, 1, 0, 1], folds.FoldOfSample.ToArray());
    }

    [Fact]
    public void GivenFolds_TextLabels_AreOrderedOrdinally()
    {
        Folds folds = new GivenFolds("set", ["b", "a", "10", "a"]).Split(["1", "2", "3", "4"]);
        Assert.Equal([2, 1, 0, 1], folds.FoldOfSample.ToArray());
    }

    [Fact]
    public void GivenFolds_StraddlingGroup_IsNamedWithItsFolds()
    {
        var splitter = new GivenFolds("set", ["a", "b", "b", "a"]);
        StageException error = Assert.Throws<StageException>(() => splitter.Split(["x", "x", "y", "z"]));
        Assert.Contains("x (folds a, b)", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("y (", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("random(10, seed 0)", "random(10, seed 0)")]
    [InlineData("random(5)", "random(5, seed 0)")]
    [InlineData("Hash(8, 3)", "hash(8, seed 3)")]
    public void ParseSplitter_CorrectText_GivesCanonicalNotation(string text, string notation)
    {
        ISplitter splitter = Catalog.ParseSplitter(text);
        Assert.Equal(notation, splitter.Notation);
        Assert.Equal(splitter, Catalog.ParseSplitter(splitter.Notation));
    }

    [Theory]
    [InlineData("random(1)", "at least 2 folds, found 1")]
    [InlineData("random(ten)", "expected a whole number as the number of folds, found 'ten'")]
    [InlineData("random(5, seed -1)", "character 11: expected a whole number from 0 on as the seed, found 'seed -1'")]
    [InlineData("randm(5)", "nearest name is 'random'")]
    public void ParseSplitter_WrongText_SaysWhatAndWhere(string text, string finding)
    {
        StageException error = Assert.Throws<StageException>(() => Catalog.ParseSplitter(text));
        Assert.Contains(finding, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("random(10, seed 0)", "random(5, seed 1)")]
    [InlineData("hash(4, seed 18446744073709551615)", "hash(5, seed 0)")]
    public void Outer_Scheme_IsOfTheSameKindWithASeedOfItsOwn(string inner, string outer) =>
        Assert.Equal(outer, Catalog.ParseSplitter(inner).Outer(5).Notation);

    [Fact]
    public void Outer_HashFolds_LeaveNoInnerFoldEmpty()
    {
        // With one seed for both, inner fold k of 5 would be outer fold k of 5.
        SampleGroups groups = [.. Enumerable.Range(0, 200).Select(i => $"s{i}")];
        ISplitter inner = Catalog.ParseSplitter("hash(5, seed 3)");
        Folds outer = inner.Outer(5).Split(groups);
        for (int k = 0; k < outer.Count; k++)
        {
            Assert.Equal(5, inner.Split([.. outer.Calibration(k).Select(i => groups[i])]).Count);
        }
    }

    [Fact]
    public void Outer_GivenFolds_AreHeldOutWhole()
    {
        var given = new GivenFolds("day", ["3", "1", "2", "1", "10", "2"]);
        Assert.Equal([2, 0, 1, 0, 3, 1], given.Outer(5).Split(["a", "b", "c", "d", "e", "f"]).FoldOfSample.ToArray());
        Assert.Equal([0, 0, 1, 0, 1, 1], given.Outer(2).Split(["a", "b", "c", "d", "e", "f"]).FoldOfSample.ToArray());
    }

    private static Dictionary<string, int> Membership(ISplitter splitter, SampleGroups groups)
    {
        int[] fold = splitter.Split(groups).FoldOfSample.ToArray();
        return Enumerable.Range(0, groups.Count).GroupBy(i => groups[i]).ToDictionary(group => group.Key, group => fold[group.First()]);
    }

    /// <summary>Checks lists of 30 to 90 samples in many small groups; a failure prints its seed.</summary>
    private static void Check(Func<SampleGroups, bool> property)
    {
        Gen<int[]> codes = Gen.Choose(30, 90).SelectMany(n => Gen.ArrayOf(Gen.Choose(0, 60), n));
        Prop.ForAll(
                codes.ToArbitrary(),
                values =>
                {
                    SampleGroups groups = [.. values.Select(value => $"g{value}")];
                    return property(groups);
                })
            .Check(Config.QuickThrowOnFailure.WithMaxTest(100));
    }
}
