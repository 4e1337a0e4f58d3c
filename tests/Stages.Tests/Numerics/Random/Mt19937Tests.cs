using System.Text.Json;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Numerics.Random;

public sealed class Mt19937Tests
{
    [Fact]
    public void Draws_OfThreeSeeds_AreNumpys()
    {
        foreach (JsonElement golden in Goldens.Load("networks/sklearn.json").GetProperty("streams").EnumerateArray())
        {
            uint seed = golden.GetProperty("seed").GetUInt32();
            var random = new Mt19937(seed);
            Assert.All(golden.GetProperty("bits").EnumerateArray(), bits => Assert.Equal(bits.GetUInt32(), random.NextUInt32()));
            random.Seed(seed);
            double[] uniform = [.. Enumerable.Range(0, 400).Select(_ => random.NextUniform(-0.3, 0.7))];
            double[] some = [uniform[0], uniform[1], uniform[2], uniform[398], uniform[399]];
            Assert.Equal(golden.GetProperty("uniform").ToDoubles(), some);
            Assert.Equal(golden.GetProperty("permutation").ToIntegers(), random.Permutation(23));
            Assert.Equal(golden.GetProperty("then").GetDouble(), random.NextDouble());

            // The split: the first 15 % of a permutation judge.
            int[] order = new Mt19937(seed).Permutation(41);
            Assert.Equal(golden.GetProperty("judging").ToIntegers(), order[..7]);
            Assert.Equal(golden.GetProperty("learning").ToIntegers(), order[7..]);
        }
    }

    [Fact]
    public void NextUpTo_Zero_DrawsNothing()
    {
        var random = new Mt19937(7);
        Assert.Equal(0U, random.NextUpTo(0));
        Assert.Equal(new Mt19937(7).NextUInt32(), random.NextUInt32());
        Assert.All(Enumerable.Range(0, 100), _ => Assert.InRange(random.NextUpTo(5), 0U, 5U));
    }
}
