using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Stages.Splitting;
using Pipeline.Stages.Splitting.Ordered;
using Xunit;

namespace Pipeline.Stages.Tests.Splitting.Ordered;

public sealed class OrderedFoldsTests
{
    [Theory]
    [InlineData("venetian(3; by y)")]
    [InlineData("venetian(4)")]
    [InlineData("contiguous(3; by y)")]
    [InlineData("contiguous(4)")]
    [InlineData("loo")]
    public void Split_AnyGroupsInAnyOrder_HoldsEachSampleOutOnceAndKeepsGroupsTogether(string notation)
    {
        for (ulong seed = 0; seed < 40; seed++)
        {
            var random = new Pcg64(seed);
            int n = 20 + random.NextInt(40);
            string[] groups = [.. Enumerable.Range(0, n).Select(_ => $"g{random.NextInt(30)}")];
            double[] values = [.. Enumerable.Range(0, n).Select(_ => Math.Floor(20 * random.NextDouble()))];
            Folds folds = Split(notation, groups, values);
            int[] fold = folds.FoldOfSample.ToArray();
            Assert.Equal(n, Enumerable.Range(0, folds.Count).Sum(k => folds.HeldOut(k).Length));
            Assert.All(Enumerable.Range(0, n).GroupBy(i => groups[i]), group => Assert.Single(group.Select(i => fold[i]).Distinct()));

            int[] order = [.. Enumerable.Range(0, n)];
            random.Shuffle(order.AsSpan());
            int[] shuffled = Split(notation, [.. order.Select(i => groups[i])], [.. order.Select(i => values[i])]).FoldOfSample.ToArray();
            Assert.Equal(order.Select(i => fold[i]), shuffled);
        }
    }

    [Fact]
    public void Venetian_ByNumber_TakesEveryThirdOfTheOrder()
    {
        string[] ids = ["a", "b", "c", "d", "e", "f", "g"];
        double[] values = [7, 5, 3, 1, 2, 4, 6];
        Assert.Equal([0, 1, 2, 0, 1, 0, 2], Split("venetian(3; by y)", ids, values).FoldOfSample.ToArray());
        Assert.Equal([0, 1, 2, 0, 1, 2, 0], Split("venetian(3)", ids, []).FoldOfSample.ToArray());
    }

    [Fact]
    public void Contiguous_ByNumber_CutsTheOrderIntoRuns()
    {
        string[] ids = ["a", "b", "c", "d", "e", "f", "g"];
        double[] values = [7, 5, 3, 1, 2, 4, 6];
        Assert.Equal([2, 1, 0, 0, 0, 1, 2], Split("contiguous(3; by y)", ids, values).FoldOfSample.ToArray());
        Assert.Equal([0, 0, 0, 1, 1, 2, 2], Split("contiguous(3)", ids, []).FoldOfSample.ToArray());
    }

    [Fact]
    public void Split_GroupsOfSeveral_StandAtTheirMeanPlace()
    {
        // Group p has places 0 and 5, so it stands between q (1, 2) and r (3, 4).
        string[] groups = ["p", "q", "q", "r", "r", "p"];
        Assert.Equal([1, 0, 0, 2, 2, 1], Split("contiguous(3; by y)", groups, [0, 1, 2, 3, 4, 5]).FoldOfSample.ToArray());
    }

    [Fact]
    public void LeaveOneOut_Groups_AreLeftOutWhole()
    {
        Folds folds = new LeaveOneOut().Split(["b", "a", "b", "c"]);
        Assert.Equal(3, folds.Count);
        Assert.Equal([1, 0, 1, 2], folds.FoldOfSample.ToArray());
    }

    [Fact]
    public void LeaveOneOut_VeryManyGroups_AreRefusedWithTheLimitAndTheRemedy()
    {
        StageException refused = Assert.Throws<StageException>(
            () => new LeaveOneOut().Split([.. Enumerable.Range(0, LeaveOneOut.GroupsMax + 1).Select(i => $"s{i}")]));
        Assert.Contains("10001 samples", refused.Message, StringComparison.Ordinal);
        Assert.Contains("random(10, seed 0)", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("venetian(5)")]
    [InlineData("contiguous(5; by y)")]
    public void Split_FewerGroupsThanFolds_AsksForFewer(string notation)
    {
        StageException refused = Assert.Throws<StageException>(() => Split(notation, ["a", "b", "a", "c"], [1, 2, 3, 4]));
        Assert.Contains("there are 3", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Ask for fewer folds", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("venetian(10)", "venetian(10)")]
    [InlineData("Venetian(10, by fat)", "venetian(10; by fat)")]
    [InlineData("contiguous(4;by measured, twice)", "contiguous(4; by measured, twice)")]
    [InlineData("loo", "loo")]
    public void Parse_CorrectText_GivesCanonicalNotation(string text, string notation)
    {
        ISplitter splitter = Catalog.ParseSplitter(text);
        Assert.Equal(notation, splitter.Notation);
        Assert.Equal(splitter, Catalog.ParseSplitter(splitter.Notation));
    }

    [Theory]
    [InlineData("venetian", "takes 1 to 2 arguments, found none")]
    [InlineData("venetian(1)", "at least 2 folds, found 1")]
    [InlineData("venetian(5; fat)", "expected 'by' and the name of a column after the number of folds, found 'fat'")]
    [InlineData("contiguous(5; by )", "found 'by'")]
    [InlineData("loo(5)", "takes 0 arguments")]
    public void Parse_WrongText_SaysWhat(string text, string finding) =>
        Assert.Contains(finding, Assert.Throws<StageException>(() => Catalog.ParseSplitter(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Outer_Scheme_IsOfTheSameKindAndOrder()
    {
        ISplitter bound = ((IOrderedFolds)Catalog.ParseSplitter("venetian(10; by fat)")).With([0, 1, 2, 3]);
        Assert.Equal("venetian(2; by fat)", bound.Outer(2).Notation);
        Assert.Equal([0, 1, 0, 1], bound.Outer(2).Split(["d", "c", "b", "a"]).FoldOfSample.ToArray());
        Assert.Equal("contiguous(5)", Catalog.ParseSplitter("contiguous(10)").Outer(5).Notation);
        Assert.Equal("random(5, seed 0)", Catalog.ParseSplitter("loo").Outer(5).Notation);
    }

    [Fact]
    public void Places_Columns_GoByNumberTimeOrText()
    {
        Assert.Equal([1.0, 0.0, 2.0, 1.0], SamplePlaces.OfTexts("c", ["9", "-1e2", "10", "9.0"]).AsEnumerable());
        Assert.Equal([1.0, 0.0, 2.0], SamplePlaces.OfTexts("c", ["2024-03-01 14:30", "2024-03-01", "2024-12-24"]).AsEnumerable());
        Assert.Equal([1.0, 0.0, 0.0], SamplePlaces.OfTexts("c", ["b", "B", "B"]).AsEnumerable());
    }

    [Fact]
    public void Places_DatesOfAnotherForm_AreRefusedByColumnAndText()
    {
        StageException refused = Assert.Throws<StageException>(() => SamplePlaces.OfTexts("day", ["2024-03-01", "1.3.2024"]));
        Assert.Contains("Column 'day'", refused.Message, StringComparison.Ordinal);
        Assert.Contains("found '1.3.2024'", refused.Message, StringComparison.Ordinal);
        Assert.Contains("yyyy-MM-dd", refused.Message, StringComparison.Ordinal);
    }

    private static Folds Split(string notation, string[] groups, double[] values)
    {
        ISplitter splitter = Catalog.ParseSplitter(notation);
        ImmutableArray<double> places = splitter is IOrderedFolds { By: not null } ? SamplePlaces.OfNumbers(values) : [];
        return (splitter is IOrderedFolds ordered ? ordered.With(places) : splitter).Split([.. groups]);
    }
}
