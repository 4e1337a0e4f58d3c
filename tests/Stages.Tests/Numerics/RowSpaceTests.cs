using Pipeline.Stages.Numerics;
using Pipeline.Stages.Tests.Models;
using Xunit;

namespace Pipeline.Stages.Tests.Numerics;

public sealed class RowSpaceTests
{
    /// <summary>X = L Qᵀ and QᵀQ = I to rounding, also where rows repeat, vanish, or are nearly the same but for a large offset.</summary>
    [Fact]
    public void Of_RowsOfAnyCondition_IsOrthonormalAndGivesThemBack()
    {
        (Matrix x, _) = SimulatedSpectra.Make(30, 80, 4, 1e-9, 5);
        x.Row(3).CopyTo(x.Row(11));
        x.Row(7).Clear();
        foreach (ref double value in x.Values[(20 * 80)..])
        {
            value += 100;
        }

        RowSpace space = RowSpace.Of(x.View);
        Assert.Equal(28, space.Rank);
        for (int i = 0; i < space.Rank; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                Assert.Equal(i == j ? 1 : 0, Products.Dot(space.Directions.Row(i), space.Directions.Row(j)), 1e-14);
            }
        }

        double[] row = new double[80];
        for (int i = 0; i < 30; i++)
        {
            Assert.All(space.Lower.Row(i)[Math.Min(i + 1, 30)..].ToArray(), value => Assert.Equal(0, value));
            Products.TransposedTimes(space.Directions, space.Lower.Row(i)[..space.Rank], row);
            double size = Math.Sqrt(Products.Dot(x.Row(i), x.Row(i)));
            Assert.All(Enumerable.Range(0, 80), j => Assert.Equal(x[i, j], row[j], 2e-14 * Math.Max(size, 1e-300)));
        }
    }
}
