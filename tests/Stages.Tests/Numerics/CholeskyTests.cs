using MathNet.Numerics.LinearAlgebra;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Packed;
using Pipeline.Stages.Numerics.Random;
using Xunit;

namespace Pipeline.Stages.Tests.Numerics;

public sealed class CholeskyTests
{
    public static TheoryData<int> Orders => [1, 2, 7, 8, 23, 24, 25, 31, 48, 49, 71, 72, 73, 100, 150, 301];

    [Theory]
    [MemberData(nameof(Orders))]
    public void TryFactorise_PositiveDefinite_EqualsTheLibrary(int n)
    {
        Matrix A = PositiveDefinite(n, 31);
        Matrix L = A.View.ToMatrix();
        Assert.True(Cholesky.TryFactorise(L.Span, out int pivot));
        Assert.Equal(n, pivot);
        Matrix<double> expected = Matrix<double>.Build.Dense(n, n, A.Values.ToArray()).Cholesky().Factor;

        // The condition is about 100, so L is known to about 100 n units in the last place of its largest element.
        double scale = expected.Enumerate().Max(Math.Abs);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                Assert.Equal(expected[i, j], L[i, j], 1e-14 * n * scale);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void TryFactorise_AnyBodyRunnerAndStride_SameBits(int n)
    {
        Matrix A = PositiveDefinite(n, 32);
        double[] expected = LowerOf(A, n, TileBody.Best, Pieces.InOrder);
        foreach (TileBody body in (TileBody[])[TileBody.Wide, TileBody.Half, TileBody.Portable])
        {
            Assert.Equal(expected, LowerOf(A, n + 3, body, Runners.Threads(2)));
        }

        Assert.Equal(expected, LowerOf(A, n, TileBody.Best, Runners.Backwards));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(130)]
    public void Solve_ManyRightHandSides_LeavesNoResidual(int m)
    {
        foreach (int n in (int[])[1, 7, 24, 25, 73, 150, 301])
        {
            Matrix A = PositiveDefinite(n, 33);
            Matrix B = ProductsTests.Random(n, m, new Pcg64(34));
            Matrix L = A.View.ToMatrix();
            Assert.True(Cholesky.TryFactorise(L.Span, out _));
            Matrix X = B.View.ToMatrix();
            Cholesky.Solve(L.View, X.Span);
            double solution = X.Values.ToArray().Max(Math.Abs);
            double norm = Enumerable.Range(0, n).Max(i => A.Row(i).ToArray().Sum(Math.Abs));
            MatrixProducts.Times(A.View, X.View, B.Span, ProductSum.Subtract);

                // Backward stable: the residual is some n units in the last place of ‖A‖‖X‖, whatever the condition.
            Assert.All(B.Values.ToArray(), rest => Assert.Equal(0, rest, 2.2e-16 * (n + 8) * norm * solution));
        }
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void Solve_OneVector_EqualsTheColumn(int n)
    {
        Matrix L = PositiveDefinite(n, 35);
        Assert.True(Cholesky.TryFactorise(L.Span, out _));
        Matrix column = ProductsTests.Random(n, 1, new Pcg64(36));
        double[] vector = column.Values.ToArray();
        Cholesky.Solve(L.View, column.Span);
        Cholesky.Solve(L.View, vector.AsSpan());

        // The condition is about 100; both are backward stable.
        double scale = column.Values.ToArray().Max(Math.Abs);
        Assert.All(vector.Zip(column.Values.ToArray()), pair => Assert.Equal(pair.Second, pair.First, 1e-14 * (n + 8) * scale));
    }

    [Theory]
    [InlineData(5, 0)]
    [InlineData(60, 0)]
    [InlineData(60, 23)]
    [InlineData(60, 24)]
    [InlineData(60, 47)]
    [InlineData(60, 59)]
    public void TryFactorise_NotPositive_NamesTheFirstPivot(int n, int bad)
    {
        Matrix A = PositiveDefinite(n, 35);
        foreach (double value in (double[])[-1, 0, double.NaN])
        {
            Matrix L = A.View.ToMatrix();
            L[bad, bad] = value;
            Assert.False(Cholesky.TryFactorise(L.Span, out int pivot));
            Assert.Equal(bad, pivot);
        }
    }

    [Fact]
    public void TryFactorise_Empty_Succeeds()
    {
        Assert.True(Cholesky.TryFactorise(new Matrix(0, 0).Span, out int pivot));
        Assert.Equal(0, pivot);
    }

    private static double[] LowerOf(Matrix A, int stride, TileBody body, PieceRunner runner)
    {
        var L = new MatrixSpan(new double[A.Rows * stride], A.Rows, A.Rows, stride);
        A.View.CopyTo(L);
        Assert.True(Cholesky.TryFactorise(L, out _, runner, body));
        var lower = new List<double>();
        for (int i = 0; i < A.Rows; i++)
        {
            lower.AddRange(L.Row(i)[..(i + 1)]);
        }

        return [.. lower];
    }

    /// <summary>XᵀX / n of 3n random rows: a condition of about 10.</summary>
    private static Matrix PositiveDefinite(int n, ulong seed)
    {
        Matrix X = ProductsTests.Random(3 * n, n, new Pcg64(seed));
        var A = new Matrix(n, n);
        MatrixProducts.TransposedTimesSelf(X.View, A.Span);
        Products.Scale(1.0 / n, A.Values);
        return A;
    }
}
