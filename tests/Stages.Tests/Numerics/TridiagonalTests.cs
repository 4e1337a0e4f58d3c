using MathNet.Numerics.LinearAlgebra;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Xunit;

namespace Pipeline.Stages.Tests.Numerics;

public sealed class TridiagonalTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(12)]
    [InlineData(17)]
    [InlineData(60)]
    [InlineData(131)]
    public void Constructor_SymmetricMatrix_RebuildsIt(int n)
    {
        Matrix A = Symmetric(n, 11);
        var tridiagonal = new Tridiagonal(A.View.ToMatrix());
        var columns = new Matrix(n, n);
        for (int i = 0; i < n; i++)
        {
            columns[i, i] = 1;
        }

        // Row i becomes Qᵀe(i), then T of it, then Q of that: column i of A.
        tridiagonal.ApplyQTransposed(columns.Span);
        for (int i = 0; i < n; i++)
        {
            Span<double> row = columns.Row(i);
            Assert.Equal(1, Products.Dot(row, row), 1e-13);
            Times(tridiagonal, row.ToArray(), row);
        }

        tridiagonal.ApplyQ(columns.Span);
        double scale = A.Values.ToArray().Max(Math.Abs) * n;
        for (int i = 0; i < A.Values.Length; i++)
        {
            Assert.Equal(A.Values[i], columns.Values[i], 1e-15 * scale);
        }
    }

    [Fact]
    public void TrySolve_ManyShifts_EqualsCholesky()
    {
        Matrix root = ProductsTests.Random(40, 60, new Pcg64(12));
        var A = new Matrix(40, 40);
        Gram.OfRows(root.View, A.Span);
        var tridiagonal = new Tridiagonal(A.View.ToMatrix());
        double[] b = ProductsTests.Random(1, 40, new Pcg64(13)).Values.ToArray();
        foreach (double lambda in (double[])[1e-6, 1e-2, 1, 1e4])
        {
            Vector<double> expected = (Matrix<double>.Build.Dense(40, 40, A.Values.ToArray())
                + (lambda * Matrix<double>.Build.DenseIdentity(40))).Cholesky().Solve(Vector<double>.Build.Dense(b));
            var z = new Matrix(1, 40, [.. b]);
            tridiagonal.ApplyQTransposed(z.Span);
            Assert.True(tridiagonal.TrySolve(lambda, z.Row(0), z.Row(0)));
            tridiagonal.ApplyQ(z.Span);
            double largest = expected.AbsoluteMaximum();
            Assert.All(Enumerable.Range(0, 40), i => Assert.Equal(expected[i], z[0, i], 1e-11 * largest));
        }
    }

    [Fact]
    public void TrySolve_SingularShift_SaysSo()
    {
        Matrix root = ProductsTests.Random(20, 3, new Pcg64(14));
        var A = new Matrix(20, 20);
        Gram.OfRows(root.View, A.Span);
        var tridiagonal = new Tridiagonal(A);
        Assert.False(tridiagonal.TrySolve(0, new double[20], new double[20]));
        Assert.True(tridiagonal.TrySolve(1e-6, new double[20], new double[20]));
    }

    [Fact]
    public void Constructor_DiagonalMatrix_NeedsNoReflection()
    {
        var A = new Matrix(6, 6);
        for (int i = 0; i < 6; i++)
        {
            A[i, i] = i + 1;
        }

        var tridiagonal = new Tridiagonal(A);
        Assert.Equal([1, 2, 3, 4, 5, 6], tridiagonal.Diagonal.ToArray());
        Assert.Equal(new double[5], tridiagonal.OffDiagonal.ToArray());
    }

    private static Matrix Symmetric(int n, ulong seed)
    {
        Matrix root = ProductsTests.Random(n, n, new Pcg64(seed));
        var A = new Matrix(n, n);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                A[i, j] = root[i, j] + root[j, i];
            }
        }

        return A;
    }

    private static void Times(Tridiagonal T, double[] x, Span<double> target)
    {
        for (int i = 0; i < x.Length; i++)
        {
            target[i] = T.Diagonal[i] * x[i];
            target[i] += i > 0 ? T.OffDiagonal[i - 1] * x[i - 1] : 0;
            target[i] += i < x.Length - 1 ? T.OffDiagonal[i] * x[i + 1] : 0;
        }
    }
}
