using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Numerics;

public sealed class SymmetricProductsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(9)]
    [InlineData(16)]
    [InlineData(37)]
    [InlineData(103)]
    public void Times_AnySize_ReadsTheUpperHalfAlone(int p)
    {
        var rng = new Pcg64((ulong)p);
        Matrix upper = ProductsTests.Random(p, p, rng);
        Matrix whole = upper.View.ToMatrix();
        SymmetricProducts.Mirror(whole.Span);
        for (int i = 0; i < p; i++)
        {
            for (int j = 0; j < i; j++)
            {
                Assert.Equal(upper[j, i], whole[i, j]);
                upper[i, j] = double.NaN;
            }
        }

        double[] r = ProductsTests.Random(1, p, rng).Values.ToArray();
        double[] expected = new double[p];
        double[] actual = new double[p];
        Products.Project(whole.View, r, expected);
        SymmetricProducts.Times(upper.View, r, actual);

        // Sums of at most 103 terms of order one in another order.
        Tolerance.AssertClose(expected, actual, 1e-14, "product");
    }
}
