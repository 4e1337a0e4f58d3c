using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Xunit;

namespace Pipeline.Stages.Tests.Numerics;

public sealed class ColumnMomentsTests
{
    [Fact]
    public void Means_ConstantColumn_IsExact()
    {
        Matrix X = ProductsTests.Random(7, 19, new Pcg64(1));
        for (int i = 0; i < 7; i++)
        {
            X[i, 3] = 0.1;
            X[i, 18] = 1.0 / 3;
        }

        double[] means = ColumnMoments.Means(X.View);
        Assert.Equal(0.1, means[3]);
        Assert.Equal(1.0 / 3, means[18]);
        for (int j = 0; j < 19; j++)
        {
            Assert.Equal(Enumerable.Range(0, 7).Average(i => X[i, j]), means[j], 1e-15);
        }

        double[] centred = new double[19];
        RowKernels.Subtract(X.Row(2), means, centred);
        Assert.Equal(Enumerable.Range(0, 19).Select(j => X[2, j] - means[j]), centred);
    }
}
