using System.Text.Json;
using Pipeline.Engine;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Stages.Splitting;
using Pipeline.Stages.Splitting.HoldOut;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Splitting.HoldOut;

public sealed class HoldOutTests
{
    private static readonly string[] Notations = ["kennard-stone(25 %)", "spxy(25 %)", "duplex(25 %)", "random(25 %, seed 3)"];

    [Fact]
    public void Orders_Golden_AreNumpysWithTheWholeMatrixOfDistances()
    {
        JsonElement golden = Goldens.Load("hold-out/numpy.json");
        HoldOutSamples samples = Singles(golden.GetProperty("x").ToMatrix(), golden.GetProperty("y").ToDoubles());
        Assert.Equal(golden.GetProperty("kennardStone").ToIntegers(), SpreadSelection.Order(KennardStone.Distance(samples)));
        Assert.Equal(golden.GetProperty("spxy").ToIntegers(), SpreadSelection.Order(Spxy.Distance(samples)));
        Assert.Equal(
            golden.GetProperty("duplex").EnumerateArray().Select(pair => (pair[0].GetInt32(), pair[1].GetInt32() == 1)),
            SpreadSelection.Duplex(KennardStone.Distance(samples)));
    }

    [SharedTheory]
    [InlineData("mid", "euclidean_X")]
    [InlineData("tall", "tall_euclidean")]
    public void Order_SharedGolden_IsThatOfKennardStone(string data, string order)
    {
        JsonElement input = Goldens.LoadShared("golden/inputs.json").GetProperty(data);
        Matrix x = input.GetProperty("X").ToMatrix();
        Assert.Equal(
            Goldens.LoadShared("golden/kennard_stone.json").GetProperty(order).ToIntegers(),
            SpreadSelection.Order(KennardStone.Distance(Singles(x, new double[x.Rows]))));
    }

    [SharedFact]
    public void Order_SharedGolden_IsThatOfSpxy()
    {
        JsonElement input = Goldens.LoadShared("golden/inputs.json").GetProperty("mid");
        HoldOutSamples samples = Singles(input.GetProperty("X").ToMatrix(), input.GetProperty("y").ToDoubles());
        Assert.Equal(
            Goldens.LoadShared("golden/kennard_stone.json").GetProperty("spxy").ToIntegers(), SpreadSelection.Order(Spxy.Distance(samples)));
    }

    [Fact]
    public void Orders_RandomPoints_AreThoseOfTheNaiveLoops()
    {
        // Aim: bounds by the centre and distances on demand change nothing, ties (points on a grid) included.
        for (ulong seed = 0; seed < 40; seed++)
        {
            var random = new Pcg64(seed);
            int n = 4 + random.NextInt(30);
            Matrix x = Points(random, n, 3, seed % 2 == 0);
            double[] y = [.. Enumerable.Range(0, n).Select(_ => (double)random.NextInt(4))];
            HoldOutSamples samples = Singles(x, y);
            foreach (PointDistance distance in (PointDistance[])[KennardStone.Distance(samples), Spxy.Distance(samples)])
            {
                Assert.Equal(NaiveOrder(distance), SpreadSelection.Order(distance));
                Assert.Equal(NaiveDuplex(distance), SpreadSelection.Duplex(distance));
            }
        }
    }

    [Fact]
    public void IsTest_GroupsInAnyOrder_StayOnOneSideAndGiveTheShare()
    {
        for (ulong seed = 0; seed < 30; seed++)
        {
            var random = new Pcg64(seed);
            int n = 40 + random.NextInt(40);
            Matrix x = Points(random, n, 5, onGrid: false);
            double[] y = [.. Enumerable.Range(0, n).Select(_ => random.NextNormal())];
            string[] groups = [.. Enumerable.Range(0, n).Select(_ => $"g{random.NextInt(25):00}")];
            int[] order = [.. Enumerable.Range(0, n)];
            random.Shuffle(order.AsSpan());
            foreach (IHoldOut scheme in Notations.Select(Catalog.ParseHoldOut))
            {
                Dictionary<string, bool> usual = TestGroups(scheme, x, y, groups, [.. Enumerable.Range(0, n)]);
                Assert.Equal(usual.OrderBy(pair => pair.Key), TestGroups(scheme, x, y, groups, order).OrderBy(pair => pair.Key));

                // The last group taken may bring more samples than were missing.
                int tested = groups.Count(group => usual[group]);
                int largest = groups.GroupBy(group => group).Max(group => group.Count());
                Assert.InRange(tested, (n / 4.0) - largest - 1, (n / 4.0) + largest + 1);
            }
        }
    }

    [Fact]
    public void IsTest_SingleSamples_GivesTheShareExactly()
    {
        Matrix x = Points(new Pcg64(1), 41, 5, onGrid: false);
        HoldOutSamples samples = Singles(x, [.. Enumerable.Range(0, 41).Select(i => (double)i)]);
        Assert.All(Notations.Select(Catalog.ParseHoldOut), scheme => Assert.Equal(10, scheme.IsTest(samples).Count(tests => tests)));
        Assert.Equal(1, Catalog.ParseHoldOut("duplex(1 %)").IsTest(samples).Count(tests => tests));
        Assert.Equal(21, Catalog.ParseHoldOut("duplex(50 %)").IsTest(samples).Count(tests => tests) + (41 % 2));
    }

    [Fact]
    public void HoldOutSamples_Groups_AreTheirMeans()
    {
        var x = new Matrix(4, 2, [1, 2, 5, 6, 3, 4, 9, 9]);
        var samples = new HoldOutSamples(x, [0, 1, 2, 3], new Matrix(4, 1, [1, 5, 3, 7]), ["b", "a", "b", "c"]);
        Assert.Equal(3, samples.PointCount);
        Assert.Equal([5.0, 6.0], samples.Spectrum(0).ToArray());
        Assert.Equal([2.0, 3.0], samples.Spectrum(1).ToArray());
        Assert.Equal([2.0], samples.Response(1).ToArray());
        Assert.Equal(2, samples.SizeOf(1));
        Assert.Equal([1, 0, 1, 2], samples.PointOfSample.ToArray());
    }

    [Theory]
    [InlineData("kennard-stone(25%)", "kennard-stone(25 %)")]
    [InlineData("SPXY( 12.5 % )", "spxy(12.5 %)")]
    [InlineData("random(30 %)", "random(30 %, seed 0)")]
    public void Parse_CorrectText_GivesCanonicalNotation(string text, string notation)
    {
        IHoldOut scheme = Catalog.ParseHoldOut(text);
        Assert.Equal(notation, scheme.Notation);
        Assert.Equal(scheme, Catalog.ParseHoldOut(scheme.Notation));
    }

    [Theory]
    [InlineData("kennard-stone", "takes 1 argument, found none")]
    [InlineData("kennard-stone(0.25)", "expected the share of test samples in percent, found '0.25'")]
    [InlineData("duplex(60 %)", "The share of test samples is 60 %. Give more than 0 and at most 50 %")]
    [InlineData("spxy(0 %)", "Give more than 0")]
    [InlineData("kenard-stone(25 %)", "the nearest name is 'kennard-stone'")]
    public void Parse_WrongText_SaysWhatAndWhere(string text, string finding) =>
        Assert.Contains(finding, Assert.Throws<StageException>(() => Catalog.ParseHoldOut(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void IsTest_TooFewTooManyOrOneLargeGroup_AreRefusedWithWhatToDo()
    {
        var x = new Matrix(8, 1, [0, 10, 5, 7.5, 0.1, 0.1, 0.1, 0.1]);
        HoldOutSamples few = new(x, [0, 1, 2, 3], new Matrix(4, 1), ["a", "a", "b", "c"]);
        Assert.Contains("there are 3", Refusal("kennard-stone(25 %)", few), StringComparison.Ordinal);

        // The group m is the last to be taken, and it has as many samples as all others.
        HoldOutSamples large = new(x, [.. Enumerable.Range(0, 8)], new Matrix(8, 1), ["a", "b", "c", "d", "m", "m", "m", "m"]);
        Assert.Contains(
            "leaves no test sample: groups stay together, and the largest has 4 of 8",
            Refusal("kennard-stone(1 %)", large),
            StringComparison.Ordinal);

        SampleGroups groups = [.. Enumerable.Range(0, 70_000).Select(i => $"s{i}")];
        HoldOutSamples many = new(new Matrix(1, 100), new int[70_000], new Matrix(70_000, 1), groups);
        Assert.Contains("random(25 %, seed 0)", Refusal("spxy(25 %)", many), StringComparison.Ordinal);
        Assert.Equal(17_500, Catalog.ParseHoldOut("random(25 %)").IsTest(many).Count(tests => tests));
    }

    private static string Refusal(string notation, HoldOutSamples samples) =>
        Assert.Throws<StageException>(() => Catalog.ParseHoldOut(notation).IsTest(samples)).Message;

    private static HoldOutSamples Singles(Matrix x, double[] y) =>
        new(x, [.. Enumerable.Range(0, x.Rows)], new Matrix(x.Rows, 1, y), [.. Enumerable.Range(0, x.Rows).Select(i => $"s{i:000}")]);

    private static Matrix Points(Pcg64 random, int n, int p, bool onGrid)
    {
        var x = new Matrix(n, p);
        foreach (ref double value in x.Values)
        {
            value = onGrid ? random.NextInt(3) : random.NextNormal();
        }

        return x;
    }

    private static Dictionary<string, bool> TestGroups(IHoldOut scheme, Matrix x, double[] y, string[] groups, int[] order)
    {
        // Rows in another order than ids: means of groups are taken in the order of samples, which is that of ids in the product.
        int[] rows = [.. Enumerable.Range(0, order.Length).Select(i => Array.IndexOf(order, i))];
        var samples = new HoldOutSamples(x.SelectRows(order), rows, new Matrix(y.Length, 1, [.. y]), [.. groups]);
        bool[] isTest = scheme.IsTest(samples);
        int[] points = samples.PointOfSample.ToArray();
        return Enumerable.Range(0, groups.Length).GroupBy(i => groups[i]).ToDictionary(
            group => group.Key, group => group.Select(i => isTest[points[i]]).Distinct().Single());
    }

    private static List<int> NaiveOrder(PointDistance distance)
    {
        List<int> free = [.. Enumerable.Range(0, distance.Count)];
        List<int> order = NaivePair(distance, free);
        free.RemoveAll(order.Contains);
        while (free.Count > 0)
        {
            order.Add(NaiveNext(distance, order, free));
            free.Remove(order[^1]);
        }

        return order;
    }

    private static List<(int Point, bool IsTest)> NaiveDuplex(PointDistance distance)
    {
        List<int> free = [.. Enumerable.Range(0, distance.Count)];
        List<int>[] sets = [NaivePair(distance, free), []];
        free.RemoveAll(sets[0].Contains);
        sets[1] = NaivePair(distance, free);
        free.RemoveAll(sets[1].Contains);
        List<(int, bool)> turns = [.. sets[0].Select(point => (point, false)), .. sets[1].Select(point => (point, true))];
        for (int turn = 0; free.Count > 0; turn = 1 - turn)
        {
            sets[turn].Add(NaiveNext(distance, sets[turn], free));
            turns.Add((sets[turn][^1], turn == 1));
            free.Remove(sets[turn][^1]);
        }

        return turns;
    }

    private static List<int> NaivePair(PointDistance distance, List<int> free)
    {
        (int, int) best = (-1, -1);
        double longest = -1;
        foreach (int i in free)
        {
            foreach (int j in free.Where(j => j > i && distance.Between(i, j) > longest))
            {
                (best, longest) = ((i, j), distance.Between(i, j));
            }
        }

        return [best.Item1, best.Item2];
    }

    private static int NaiveNext(PointDistance distance, List<int> members, List<int> free) =>
        free.OrderByDescending(i => members.Min(m => distance.Between(i, m))).ThenBy(i => i).First();
}
