using System.Collections.Immutable;
using Pipeline.Engine.Identity;
using Pipeline.Stages.Calibration.Judging;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Stages.Splitting;
using Xunit;

namespace Pipeline.Stages.Tests.Calibration.Judging;

public class RowResamplingTests
{
    private const double Sigma = 0.5;

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Judge_FewSamples_EqualsTheNaiveTwin(int groupSize)
    {
        // The twin draws the same groups, lists the samples they stand for, and computes every figure from its definition.
        Case one = Case.Make(samples: 42, candidates: 4, groupSize, seed: 5);
        const int Replicates = 130;
        ImmutableArray<RowJudgement> fast = RowResampling.Judge(one.Y, one.Predictions, one.Groups, one.Folds, Replicates, RankingLine.Rmse);
        RowJudgement[] naive = Naive(one, Replicates);
        for (int r = 0; r < naive.Length; r++)
        {
            Near(naive[r].Rmse, fast[r].Rmse);
            Near(naive[r].RSquared, fast[r].RSquared);
            Near(naive[r].Bias, fast[r].Bias);
            Assert.Equal(naive[r].PAgainstBest, fast[r].PAgainstBest);
            Assert.Equal(naive[r].RankConfidence, fast[r].RankConfidence, 12);
        }

        Assert.Equal(1, fast[0].PAgainstBest);
        Assert.Equal(1, fast.Sum(judged => judged.RankConfidence), 12);
        Assert.Contains(fast, judged => judged.RankConfidence is > 0 and < 1);
    }

    [Fact]
    public void Judge_EverySampleThrice_IsAsSureAsOfTheSamplesOnce()
    {
        // Two more equal replicates of a sample say nothing new.
        Case once = Case.Make(samples: 30, candidates: 3, groupSize: 1, seed: 8);
        Case thrice = once.Repeated(3);
        ImmutableArray<RowJudgement> first = RowResampling.Judge(once.Y, once.Predictions, once.Groups, once.Folds, 200, RankingLine.Rmse);
        ImmutableArray<RowJudgement> second = RowResampling.Judge(thrice.Y, thrice.Predictions, thrice.Groups, thrice.Folds, 200, RankingLine.Rmse);
        for (int r = 0; r < first.Length; r++)
        {
            Near(first[r].Rmse, second[r].Rmse);
            Near(first[r].RSquared, second[r].RSquared);
            Assert.Equal(first[r].PAgainstBest, second[r].PAgainstBest);
        }
    }

    [Fact]
    public void Judge_NormalErrors_IntervalsCoverTheTrueErrorAsOftenAsTheySay()
    {
        // Theory: the percentile interval of RMSE covers 95 % for many samples, and a little less for 60, as a variance of few
        // samples is skewed. 500 data sets: the standard error of the share is 0.01.
        int covered = 0;
        const int Sets = 500;
        for (int set = 0; set < Sets; set++)
        {
            Case one = Case.Make(samples: 60, candidates: 1, groupSize: 1, seed: 1000 + (ulong)set);
            RowJudgement judged = RowResampling.Judge(one.Y, one.Predictions, one.Groups, one.Folds, 400, RankingLine.Rmse)[0];
            covered += judged.Rmse.Contains(Sigma) ? 1 : 0;
        }

        Assert.InRange(covered / (double)Sets, 0.88, 0.97);
    }

    [Fact]
    public void Judge_EquallyGoodCandidates_HaveUniformP()
    {
        // Neither was chosen for being best, so p against the first is uniform: Kolmogorov's statistic below its 1 % point.
        const int Sets = 500;
        double[] p = new double[Sets];
        for (int set = 0; set < Sets; set++)
        {
            Case one = Case.Make(samples: 50, candidates: 2, groupSize: 2, seed: 9000 + (ulong)set);
            p[set] = RowResampling.Judge(one.Y, one.Predictions, one.Groups, one.Folds, 1, RankingLine.Rmse)[1].PAgainstBest;
        }

        Array.Sort(p);
        double distance = Enumerable.Range(0, Sets).Max(i => Math.Max(Math.Abs(p[i] - (i / (double)Sets)), Math.Abs(p[i] - ((i + 1) / (double)Sets))));
        Assert.True(distance < 1.63 / Math.Sqrt(Sets), $"Kolmogorov's distance {distance}");
    }

    [Fact]
    public void Judge_WorseCandidate_IsTold()
    {
        Case one = Case.Make(samples: 60, candidates: 2, groupSize: 1, seed: 3);
        ImmutableArray<double> worse = [.. one.Predictions[0].Select((value, i) => value + (i % 2 == 0 ? 0.6 : -0.6))];
        ImmutableArray<RowJudgement> judged = RowResampling.Judge(
            one.Y, [one.Predictions[0], worse], one.Groups, one.Folds, 200, RankingLine.Rmse);
        Assert.True(judged[1].PAgainstBest <= 0.01, $"{judged[1].PAgainstBest}");
        Assert.True(judged[0].RankConfidence > 0.95, $"{judged[0].RankConfidence}");
    }

    [Fact]
    public void Judge_VeryManySamples_BundlesThemAndKeepsTheWidth()
    {
        // sd of RMSE over normal errors is σ/√(2n); bundles of groups must show the same.
        Case one = Case.Make(samples: 20_000, candidates: 1, groupSize: 1, seed: 12);
        Assert.Equal(ResamplingUnits.CountMax, ResamplingUnits.Of(one.Groups, one.Folds).Count);
        RowJudgement judged = RowResampling.Judge(one.Y, one.Predictions, one.Groups, one.Folds, 500, RankingLine.Rmse)[0];
        double expected = 2 * 1.96 * Sigma / Math.Sqrt(2 * 20_000.0);
        Assert.InRange((judged.Rmse.High - judged.Rmse.Low) / expected, 0.85, 1.15);
    }

    [Fact]
    public void Judge_AnyCandidatesBeside_ResamplesAreTheSame()
    {
        // Rows share their resamples, so a row's interval does not depend on which others are kept.
        Case one = Case.Make(samples: 40, candidates: 3, groupSize: 1, seed: 4);
        RowJudgement alone = RowResampling.Judge(one.Y, [one.Predictions[1]], one.Groups, one.Folds, 300, RankingLine.Rmse)[0];
        RowJudgement beside = RowResampling.Judge(one.Y, one.Predictions, one.Groups, one.Folds, 300, RankingLine.Rmse)[1];
        Near(alone.Rmse, beside.Rmse);
    }

    private static RowJudgement[] Naive(Case one, int replicates)
    {
        int rows = one.Predictions.Count;
        int[][] members = [.. Enumerable.Range(0, one.Y.Length).GroupBy(i => one.Groups[i]).Select(group => group.ToArray())];
        double[][] rmse = [.. one.Predictions.Select(_ => new double[replicates])];
        double[][] rSquared = [.. one.Predictions.Select(_ => new double[replicates])];
        double[][] bias = [.. one.Predictions.Select(_ => new double[replicates])];
        int[] first = new int[rows];
        Pcg64 draws = Draws.For("bootstrap", one.Folds);
        for (int b = 0; b < replicates; b++)
        {
            int[] drawn = [.. Enumerable.Range(0, members.Length).SelectMany(_ => members[draws.NextInt(members.Length)])];
            double mean = drawn.Average(i => one.Y[i]);
            double total = drawn.Sum(i => (one.Y[i] - mean) * (one.Y[i] - mean));
            for (int r = 0; r < rows; r++)
            {
                ImmutableArray<double> yHat = one.Predictions[r];
                double squares = drawn.Sum(i => (yHat[i] - one.Y[i]) * (yHat[i] - one.Y[i]));
                rmse[r][b] = Math.Sqrt(squares / drawn.Length);
                rSquared[r][b] = 1 - (squares / total);
                bias[r][b] = drawn.Average(i => yHat[i] - one.Y[i]);
            }

            first[Enumerable.Range(0, rows).MinBy(r => rmse[r][b])]++;
        }

        double[][] differences =
        [
            .. one.Predictions.Select(yHat => members
                .Select(group => group.Sum(i => Square(yHat[i] - one.Y[i]) - Square(one.Predictions[0][i] - one.Y[i])))
                .ToArray()),
        ];
        int[] asLarge = new int[rows];
        Pcg64 signs = Draws.For("signs", one.Folds);
        for (int flip = 0; flip < RowResampling.FlipCount; flip++)
        {
            bool[] isNegative = new bool[members.Length];
            ulong bits = 0;
            for (int g = 0; g < members.Length; g++)
            {
                bits = g % 64 == 0 ? signs.NextUInt64() : bits >> 1;
                isNegative[g] = (bits & 1) == 1;
            }

            for (int r = 0; r < rows; r++)
            {
                double flipped = differences[r].Select((d, g) => isNegative[g] ? -d : d).Sum();
                asLarge[r] += flipped >= differences[r].Sum() - 1e-11 ? 1 : 0;
            }
        }

        return
        [
            .. Enumerable.Range(0, rows).Select(r => new RowJudgement(
                Middle(rmse[r]), Middle(rSquared[r]), Middle(bias[r]), (1 + asLarge[r]) / (1.0 + RowResampling.FlipCount), first[r] / (double)replicates)),
        ];
    }

    private static Interval Middle(double[] values)
    {
        // NumPy's quantile of type 7, written down once more.
        double[] sorted = [.. values.Order()];
        double At(double share)
        {
            double h = (sorted.Length - 1) * share;
            double low = sorted[(int)Math.Floor(h)];
            return low + ((h - Math.Floor(h)) * (sorted[(int)Math.Ceiling(h)] - low));
        }

        return new Interval(At(0.025), At(0.975));
    }

    private static double Square(double value) => value * value;

    private static void Near(Interval expected, Interval actual)
    {
        Assert.Equal(expected.Low, actual.Low, 1e-10);
        Assert.Equal(expected.High, actual.High, 1e-10);
    }

    /// <summary>References with predictions that err normally by <see cref="Sigma"/>, equal within groups but for their noise.</summary>
    private sealed record Case(double[] Y, IReadOnlyList<ImmutableArray<double>> Predictions, SampleGroups Groups, Fingerprint Folds)
    {
        public static Case Make(int samples, int candidates, int groupSize, ulong seed)
        {
            var random = new Pcg64(seed);
            double[] y = [.. Enumerable.Range(0, samples).Select(_ => 10 + (2 * random.NextNormal()))];
            ImmutableArray<double>[] predictions =
            [
                .. Enumerable.Range(0, candidates).Select(_ => y.Select(value => value + (Sigma * random.NextNormal())).ToImmutableArray()),
            ];
            Fingerprint folds = new FingerprintBuilder("test", 1).Add("seed", (long)seed).ToFingerprint();
            return new Case(y, predictions, [.. Enumerable.Range(0, samples).Select(i => $"g{i / groupSize:00000}")], folds);
        }

        public Case Repeated(int times) => new(
            [.. Y.SelectMany(value => Enumerable.Repeat(value, times))],
            [.. Predictions.Select(one => one.SelectMany(value => Enumerable.Repeat(value, times)).ToImmutableArray())],
            [.. Groups.SelectMany(group => Enumerable.Repeat(group, times))],
            Folds);
    }
}
