using Pipeline.Stages.Numerics;
using Pipeline.Stages.Selection.Selectors;
using Xunit;

namespace Pipeline.Stages.Tests.Selection.Selectors;

public sealed class CompetitiveSamplingTests
{
    [Theory]
    [InlineData(40, 30, 12, 1)]
    [InlineData(20, 60, 12, 1)]
    [InlineData(30, 25, 8, 3)]
    public void Select_ManySeeds_EqualsNipalsInPlainLoops(int n, int p, int runs, int q)
    {
        for (ulong seed = 1; seed <= 10; seed++)
        {
            (Matrix x, Matrix y) = SelectorData.Make(n, p, seed, q);
            int[] expected = NaiveSelectors.Sampling(x, y, SelectorData.InnerFolds(x, y, seed), runs, 6, seed);
            int[] actual = new CompetitiveSampling(runs, 6, seed).Select(x.View, y.View, SelectorData.Axis(p), []);
            Assert.True(expected.SequenceEqual(actual), $"Seed {seed}: expected {string.Join(' ', expected)}, found {string.Join(' ', actual)}.");
        }
    }

    [Theory]
    [InlineData(700, 50)]
    [InlineData(100, 2)]
    [InlineData(3, 10)]
    [InlineData(2151, 100)]
    public void RetainedCount_AnyRun_FallsAsPublished(int p, int runs)
    {
        var selector = new CompetitiveSampling(runs, 10, 42);

        // r = a exp(-k i), a = (p/2)^(1/(N-1)), k = ln(p/2)/(N-1), i from 1 to N.
        double a = Math.Pow(p / 2.0, 1.0 / (runs - 1));
        double k = Math.Log(p / 2.0) / (runs - 1);
        int[] counts = [.. Enumerable.Range(0, runs).Select(run => selector.RetainedCount(p, run))];
        Assert.Equal(p, counts[0]);
        Assert.Equal(2, counts[^1]);
        for (int run = 0; run < runs; run++)
        {
            Assert.Equal(p * a * Math.Exp(-k * (run + 1)), counts[run], 0.5 + 1e-9);
            Assert.True(run == 0 || counts[run] <= counts[run - 1]);
        }
    }

    [Fact]
    public void Select_BandsOfTheResponse_AreFound()
    {
        (Matrix x, Matrix y) = SelectorData.Make(120, 100, 3);
        int[] chosen = new CompetitiveSampling(50, 10, 42).Select(x.View, y.View, SelectorData.Axis(100), []);
        Assert.InRange(chosen.Length, 2, 60);

        // Bands lie around variables 15, 40, 65 and 90; the first and third make the response, and most choices are theirs.
        int ofBands = chosen.Count(j => Math.Abs(j - 15) <= 8 || Math.Abs(j - 65) <= 8);
        Assert.True(ofBands >= 0.6 * chosen.Length, string.Join(' ', chosen));
    }

    [Fact]
    public void Select_OtherSeed_DrawsOtherwise()
    {
        (Matrix x, Matrix y) = SelectorData.Make(60, 80, 9);
        string[] choices =
        [
            .. Enumerable.Range(0, 6).Select(seed => string.Join(
                ' ', new CompetitiveSampling(30, 10, (ulong)seed).Select(x.View, y.View, SelectorData.Axis(80), []))),
        ];
        Assert.True(choices.Distinct().Count() > 1);
    }

    [Fact]
    public void Select_VariableWithoutVariance_IsNeverDrawn()
    {
        (Matrix x, Matrix y) = SelectorData.Make(40, 30, 11);
        for (int i = 0; i < 40; i++)
        {
            x[i, 7] = 0.1;
            x[i, 29] = 0.1;
        }

        for (ulong seed = 1; seed <= 20; seed++)
        {
            int[] chosen = new CompetitiveSampling(3, 6, seed).Select(x.View, y.View, SelectorData.Axis(30), []);
            Assert.DoesNotContain(7, chosen);
            Assert.DoesNotContain(29, chosen);
        }
    }
}
