using Pipeline.Stages.Models;
using Pipeline.Stages.Models.Trees.Forest;
using Pipeline.Stages.Models.Trees.Forest.Splits;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Xunit;

namespace Pipeline.Stages.Tests.Models.Trees.Forest;

/// <summary>Every split of grown trees against all splits there are, tried one by one.</summary>
public sealed class ForestSplitTests
{
    private const double GainTolerance = 1e-12;

    /// <summary>Roundings of a mean, as parts of the largest response: what no sum of deviations can do without.</summary>
    private const double MeanRoundings = 8 * 2.2e-16;

    /// <summary>
    /// Aim: each split gains as much as the best of all variables drawn in its node, to 1e-12 of it; each leaf is pure, constant or
    /// at the depth; each value is a weighted mean. Method: samples are sent down the tree, and for every node all thresholds
    /// of all its variables are tried with sums over its samples. Shapes take the ways of small and large nodes, of filtered,
    /// divided and sorted orders, of more samples than two registers of bits hold, and of ranks too many for the network.
    /// </summary>
    [Theory]
    [InlineData(120, 40, VariableShare.All, 1, "")]
    [InlineData(120, 40, VariableShare.Third, 1, "")]
    [InlineData(200, 150, VariableShare.Root, 1, "")]
    [InlineData(120, 40, VariableShare.All, 1, "ties")]
    [InlineData(120, 40, VariableShare.Root, 1, "ties")]
    [InlineData(120, 20, VariableShare.All, 1, "missing")]
    [InlineData(120, 60, VariableShare.Root, 1, "missing")]
    [InlineData(120, 20, VariableShare.All, 1, "constant")]
    [InlineData(100, 20, VariableShare.All, 2, "")]
    [InlineData(100, 40, VariableShare.Third, 3, "ties")]
    [InlineData(1300, 3, VariableShare.All, 1, "")]
    [InlineData(1300, 100, VariableShare.Root, 1, "ties")]
    [InlineData(4500, 2, VariableShare.All, 1, "")]
    [InlineData(4500, 64, VariableShare.Root, 1, "")]
    public void Grow_Forest_SplitsAsTheNaiveSearch(int n, int p, VariableShare share, int classes, string kind) =>
        Check(n, p, share, classes, kind, drawsCuts: false, trees: n > 1000 ? 1 : 2);

    [Theory]
    [InlineData(120, 40, VariableShare.All, 1, "")]
    [InlineData(120, 41, VariableShare.Third, 1, "")]
    [InlineData(120, 40, VariableShare.Root, 3, "ties")]
    [InlineData(120, 20, VariableShare.All, 2, "missing")]
    [InlineData(120, 20, VariableShare.Third, 1, "constant")]
    public void Grow_ExtraTrees_SplitsAsTheNaiveSearch(int n, int p, VariableShare share, int classes, string kind) =>
        Check(n, p, share, classes, kind, drawsCuts: true, trees: 2);

    private static void Check(int n, int p, VariableShare share, int classes, string kind, bool drawsCuts, int trees)
    {
        (Matrix x, Matrix y) = Data(n, p, classes, kind);
        var rules = new ForestRules(classes > 1 ? ResponseKind.Class : ResponseKind.Number, drawsCuts, share, 11);
        var spectra = new TreeSpectra(x, y);
        var orders = new VariableOrders(spectra, Pieces.InOrder);
        var grower = new TreeGrower(spectra, orders, rules);
        int[] all = [.. Enumerable.Range(0, n)];
        int splits = 0;
        for (int t = 0; t < trees; t++)
        {
            GrownTree tree = grower.Grow(all, t, 12);
            splits += new Naive(spectra, rules, tree, grower.Weights.ToArray()).Check(0, [.. all.Where(i => grower.Weights[i] > 0)], rules.SeedOf(t));
        }

        Assert.True(splits > trees, $"{splits} splits");
    }

    private static (Matrix X, Matrix Y) Data(int n, int p, int classes, string kind)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 3, 0.2, 310);
        var rng = new Pcg64(311);
        foreach (ref double value in x.Values)
        {
            value = kind == "ties" ? Math.Round(value, 1) : value;
            value = kind == "missing" && rng.NextInt(10) == 0 ? double.NaN : value;
            value = kind == "constant" && rng.NextInt(40) > 0 ? 1 : value;
        }

        if (classes == 1)
        {
            return (x, y);
        }

        var indicators = new Matrix(n, classes);
        for (int i = 0; i < n; i++)
        {
            indicators[i, (int)Math.Clamp((y[i, 0] - 8) / 4 * classes, 0, classes - 1)] = 1;
        }

        return (x, indicators);
    }

    private sealed class Naive(TreeSpectra spectra, ForestRules rules, GrownTree tree, int[] weights)
    {
        /// <summary>Checks a node and all below it; returns the number of splits.</summary>
        public int Check(int node, int[] places, ulong seed)
        {
            int q = spectra.Y.Columns;
            double total = places.Sum(i => (double)weights[i]);
            for (int c = 0; c < q; c++)
            {
                double mean = places.Sum(i => weights[i] * spectra.Y[i, c]) / total;
                Assert.Equal(mean, tree.Tree.Values(node)[c], 1e-12 * Math.Max(1, Math.Abs(mean)));
            }

            if (tree.Variables[node] < 0)
            {
                bool isPure = places.All(i => spectra.Y.Row(i).SequenceEqual(spectra.Y.Row(places[0])));
                Assert.True(isPure || tree.Depths[node] == 12 || AllGains(places, [.. Enumerable.Range(0, spectra.Variables)], seed).Count == 0);
                return 0;
            }

            int variable = tree.Variables[node];
            int[] left = [.. places.Where(i => GoesLeft(node, i))];
            int[] right = [.. places.Except(left)];
            Assert.NotEmpty(left);
            Assert.NotEmpty(right);
            double gain = Gain(places, left);
            double tolerance = Tolerance(gain, total);
            Assert.Equal(gain, tree.Gains[node] * (rules.ColumnsSearched(q) < q ? 2 : 1), tolerance);
            int[] drawn = Drawn(seed, places.Length);
            List<double> gains = AllGains(places, drawn, seed);

            // More are drawn where all of these are constant.
            Assert.True(drawn.Contains(variable) || gains.Count == 0);
            Assert.True(
                gains.Count == 0 || gain >= gains.Max() - tolerance,
                $"node {node} of {places.Length}: {gain:r} < {(gains.Count == 0 ? 0 : gains.Max()):r}");
            int first = Left(node);
            return 1 + Check(first, left, ForestRules.SeedOfChild(seed, left: true))
                + Check(first + 1, right, ForestRules.SeedOfChild(seed, left: false));
        }

        /// <summary>The variables drawn in a node; of two samples all that split gain the same.</summary>
        private int[] Drawn(ulong seed, int samples)
        {
            int k = rules.VariablesPerSplit(spectra.Variables);
            if (k == spectra.Variables || samples == 2)
            {
                return [.. Enumerable.Range(0, spectra.Variables)];
            }

            var variables = new NodeVariables(spectra.Variables);
            variables.Restart(seed);
            variables.DrawTo(k);
            return variables.Drawn.ToArray();
        }

        private List<double> AllGains(int[] places, int[] variables, ulong seed)
        {
            var gains = new List<double>();

            // Of large nodes, some thresholds will do: each of them costs a pass over all samples.
            int step = Math.Max(1, places.Length / 150);
            foreach (int j in variables)
            {
                double[] values = [.. places.Select(i => spectra.Value(i, j)).Where(value => !double.IsNaN(value)).Distinct().Order()];
                bool missing = places.Any(i => double.IsNaN(spectra.Value(i, j)));
                if (values.Length == 0)
                {
                    continue;
                }

                IEnumerable<double> thresholds = rules.DrawsCuts
                    ? values.Length == 1 ? [values[0]] : [values[0] + (DrawnCuts.Draw(seed, j) * (values[^1] - values[0]))]
                    : values.Where((_, at) => at % step == 0);
                foreach (double threshold in thresholds)
                {
                    foreach (bool missingGoLeft in missing ? new[] { false, true } : [false])
                    {
                        int[] left = [.. places.Where(i => double.IsNaN(spectra.Value(i, j)) ? missingGoLeft : spectra.Value(i, j) <= threshold)];
                        if (left.Length > 0 && left.Length < places.Length)
                        {
                            gains.Add(Gain(places, left));
                        }
                    }
                }
            }

            return gains;
        }

        /// <summary>What the sum of squares loses: Σ w_l w_r / W (ȳ_l - ȳ_r)².</summary>
        private double Gain(int[] places, int[] left)
        {
            double total = places.Sum(i => (double)weights[i]);
            double onLeft = left.Sum(i => (double)weights[i]);
            double gain = 0;
            for (int c = 0; c < spectra.Y.Columns; c++)
            {
                double mean = places.Sum(i => weights[i] * spectra.Y[i, c]) / total;
                double s = left.Sum(i => weights[i] * (spectra.Y[i, c] - mean));
                gain += s * s * total / (onLeft * (total - onLeft));
            }

            return gain;
        }

        /// <summary>A gain g is a squared sum of deviations over W: off by twice √(gW) times what the mean is off, and by its summing.</summary>
        private double Tolerance(double gain, double total)
        {
            double largest = spectra.Y.Values.ToArray().Max(Math.Abs);
            double summing = 2 * 2.2e-16 * total;
            return ((GainTolerance + summing) * gain) + (MeanRoundings * largest * Math.Sqrt(gain * total));
        }

        private bool GoesLeft(int node, int place)
        {
            // One step from this node: the tree itself is asked from its root for the child in which the sample ends.
            int end = tree.Tree.NodeOf(spectra.X.Row(spectra.Samples[place]), tree.Depths[node] + 1);
            Assert.InRange(end, Left(node), Left(node) + 1);
            return end == Left(node);
        }

        /// <summary>Children come in pairs, in the order in which their parents were split: depth first, left before right.</summary>
        private int Left(int node)
        {
            _lefts ??= Lefts();
            return _lefts[node];
        }

        private int[]? _lefts;

        private int[] Lefts()
        {
            int[] lefts = new int[tree.Variables.Length];
            var pending = new Stack<int>([0]);
            int next = 1;
            while (pending.TryPop(out int node))
            {
                if (tree.Variables[node] >= 0)
                {
                    lefts[node] = next;
                    pending.Push(next + 1);
                    pending.Push(next);
                    next += 2;
                }
            }

            return lefts;
        }
    }
}
