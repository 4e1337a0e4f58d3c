using Pipeline.Stages.Models.Trees;
using Pipeline.Stages.Models.Trees.Boosting;
using Pipeline.Stages.Models.Trees.Boosting.Growth;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Xunit;

namespace Pipeline.Stages.Tests.Models.Trees.Boosting.Growth;

public sealed class TreeGrowthTests
{
    /// <summary>
    /// Aim: a large child's sums by subtraction are its sums. Method: trees with every node's sums kept, with those of large nodes, and
    /// with none; all arrays of the trees are equal.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Advance_SumsBySubtraction_GiveTheSameTrees(bool hasCurvatures)
    {
        const int N = 500;
        const int P = 300;
        var rng = new Pcg64(111);
        var x = new Matrix(N, P);
        foreach (ref double value in x.Values)
        {
            value = rng.NextDouble() < 0.1 ? double.NaN : rng.NextNormal();
        }

        double[] gradients = [.. Enumerable.Range(0, N).Select(i => rng.NextNormal() + (double.IsNaN(x[i, 7]) ? 0.5 : x[i, 7]))];
        double[] curvatures = [.. Enumerable.Range(0, N).Select(_ => 0.25 * rng.NextDouble())];
        BinnedSpectra spectra = BinnedSpectra.Of(x.Stored, [[.. Enumerable.Range(0, N)]], Pieces.InOrder)[0];
        double[][] trees = [.. new[] { 0, 100, int.MaxValue }.Select(keptMin =>
        {
            using var growth = new TreeGrowth(spectra, new BoostingRules(0.5, 31, 5, 0), hasCurvatures, keptMin);
            double[] sums = new double[N];
            double[] gains = new double[P];
            var grown = new List<DecisionTree>();
            for (int tree = 0; tree < 3; tree++)
            {
                bool goesOn = growth.Begin(gradients, curvatures);
                while (goesOn)
                {
                    for (int chunk = growth.ChunkCount - 1; chunk >= 0; chunk--)
                    {
                        growth.Search(chunk);
                    }

                    goesOn = growth.Advance();
                }

                grown.Add(growth.Finish(sums, gains));
            }

            Assert.Equal(61, grown[0].NodeCount);
            return DecisionTree.Save(grown).SelectMany(array => array.Values.Values.ToArray()).Concat(sums).Concat(gains).ToArray();
        })];
        Assert.Equal(trees[0], trees[1]);
        Assert.Equal(trees[0], trees[2]);
    }

    [Fact]
    public void Pack_AnySamples_SumsAreExactInAnyOrder()
    {
        var rng = new Pcg64(112);
        foreach (int n in (int[])[1, 2, 3, 1000, 1023, 1024, 65536])
        {
            var layout = new FixedPoint(n);
            double[] gradients = [.. Enumerable.Range(0, n).Select(_ => -7 - (1e-3 * rng.NextDouble()))];
            long[] words = new long[n];
            double scale = layout.Pack(gradients, words);
            long sum = words.Sum();
            Assert.Equal(n, layout.Count(sum));
            Assert.Equal(words.Sum(word => layout.Gradient(word)), layout.Gradient(sum));
            Assert.Equal(gradients.Sum(), layout.Gradient(sum) / scale, 8e-8 * n);
            Assert.Equal(sum, words[(n / 2)..].Sum() + words[..(n / 2)].Sum());
        }
    }

    [Fact]
    public void Find_FewValues_CutsHalfWay()
    {
        double[] edges = new double[BinEdges.BinsMax];
        Assert.Equal(2, BinEdges.Find([1, 1, 2, 2, 2, 5], edges));
        Assert.Equal([1.5, 3.5], edges[..2]);
        Assert.Equal(0, BinEdges.Find([], edges));
        Assert.Equal(0, BinEdges.Find([4, 4], edges));
        Assert.Equal(1, BinEdges.Find([1e308, 1.7e308], edges));
        Assert.Equal(double.MaxValue, edges[0]);
        Assert.Equal(254, BinEdges.Find([.. Enumerable.Range(0, 255).Select(i => (double)i)], edges));
        Assert.Equal(253.5, edges[253]);
    }

    [Fact]
    public void Find_ManyValues_CutsAtQuantiles()
    {
        double[] edges = new double[BinEdges.BinsMax];
        Assert.Equal(254, BinEdges.Find([.. Enumerable.Range(0, 256).Select(i => (double)i)], edges));

        // All inner quantiles k/255 of 256 values are values themselves, but for the rounding of their positions, which is NumPy's.
        Assert.Equal(14.5, edges[14]);
        Assert.Equal(72, Enumerable.Range(1, 254).Count(k => edges[k - 1] != k));
        Assert.All(Enumerable.Range(1, 254), k => Assert.InRange(edges[k - 1], k - 0.5, k + 0.5));
        double[] halfTies = [.. Enumerable.Repeat(0.0, 1000), .. Enumerable.Range(1, 1000).Select(i => (double)i)];
        int count = BinEdges.Find(halfTies, edges);
        Assert.Equal(0, edges[0]);
        Assert.InRange(count, 126, 129);
        Assert.Equal(count, edges[..count].Distinct().Count());
    }
}
