using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Xunit;

namespace Pipeline.Stages.Tests.Numerics;

public sealed class GramTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 5)]
    [InlineData(4, 8)]
    [InlineData(7, 511)]
    [InlineData(9, 513)]
    [InlineData(53, 1100)]
    [InlineData(103, 20)]
    public void OfRows_AnyShape_EqualsTheScalarOrderToTheBit(int m, int l)
    {
        Matrix A = ProductsTests.Random(m, l, new Pcg64(7));
        var G = new Matrix(m, m);
        G.Values.Fill(double.NaN);
        Gram.OfRows(A.View, G.Span);
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < m; j++)
            {
                Assert.Equal(ScalarLanes.BlockedDot(A.Row(Math.Max(i, j)), A.Row(Math.Min(i, j))), G[i, j]);
            }
        }
    }

    [Fact]
    public void OfRows_OtherStride_SameBits()
    {
        Matrix A = ProductsTests.Random(13, 29, new Pcg64(8));
        var G = new Matrix(13, 13);
        var moved = new Matrix(13, 13);
        double[] wide = new double[(13 * 32) + 1];
        var span = new MatrixSpan(wide.AsSpan(1), 13, 29, 32);
        A.View.CopyTo(span);
        Gram.OfRows(A.View, G.Span);
        Gram.OfRows(span.View, moved.Span);
        Assert.Equal(G.Values.ToArray(), moved.Values.ToArray());
    }

    [Fact]
    public void Transpose_AnyShape_ExchangesRowsAndColumns()
    {
        Matrix X = ProductsTests.Random(37, 21, new Pcg64(9));
        var transposed = new Matrix(21, 37);
        Gram.Transpose(X.View, transposed.Span);
        Assert.All(Enumerable.Range(0, 37 * 21), k => Assert.Equal(X[k / 21, k % 21], transposed[k % 21, k / 21]));
    }
}
