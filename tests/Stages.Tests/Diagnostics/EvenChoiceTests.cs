using Pipeline.Stages.Diagnostics;
using Pipeline.Stages.Numerics.Random;
using Xunit;

namespace Pipeline.Stages.Tests.Diagnostics;

public class EvenChoiceTests
{
    [Fact]
    public void Over_FewSamples_TakesAll() => Assert.Equal([0, 1, 2], EvenChoice.Over([5, 1, 3], 3));

    [Fact]
    public void Over_ManySamples_TakesBothEndsAndEqualSteps()
    {
        // 0 to 100 in steps of 1, of which 11 are taken: every tenth rank.
        double[] values = [.. Enumerable.Range(0, 101).Select(i => (double)((i * 37) % 101))];
        int[] chosen = EvenChoice.Over(values, 11);
        Assert.Equal(chosen.Order(), chosen);
        Assert.Equal(Enumerable.Range(0, 11).Select(k => 10.0 * k), chosen.Select(i => values[i]).Order());
    }

    [Fact]
    public void Over_EqualValues_GoesByTheOrderOfSamples() => Assert.Equal([0, 4, 9], EvenChoice.Over(new double[10], 3));

    [Fact]
    public void Over_Weights_KeepsTheHeaviestQuarter()
    {
        double[] values = [.. Enumerable.Range(0, 1000).Select(i => (double)i)];
        double[] weights = new double[1000];
        (weights[3], weights[777], weights[500]) = (9, 8, 7);
        int[] chosen = EvenChoice.Over(values, 12, weights);
        Assert.Equal(12, chosen.Length);
        Assert.Equal(chosen.Distinct(), chosen);
        Assert.All((int[])[3, 500, 777, 0, 999], i => Assert.Contains(i, chosen));
    }

    [Fact]
    public void Over_OtherOrderOfRows_TakesTheSameValues()
    {
        const ulong Seed = 11;
        var random = new Pcg64(Seed);
        double[] values = [.. Enumerable.Range(0, 500).Select(_ => random.NextNormal())];
        double[] shuffled = [.. values];
        random.Shuffle(shuffled.AsSpan());
        Assert.Equal(
            EvenChoice.Over(values, 40, [.. values.Select(Math.Abs)]).Select(i => values[i]).Order(),
            EvenChoice.Over(shuffled, 40, [.. shuffled.Select(Math.Abs)]).Select(i => shuffled[i]).Order());
    }
}
