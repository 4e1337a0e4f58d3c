using Pipeline.Stages.Numerics;
using Pipeline.Support;
using Xunit;
using MathNetMatrix = MathNet.Numerics.LinearAlgebra.Matrix<double>;

namespace Pipeline.Stages.Tests.Numerics;

/// <summary>Eigenpairs, order statistics and small systems against plain computations.</summary>
public sealed class SmallEigenTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(40)]
    public void GradedEigen_DiagonalOverManyDecades_KeepsDigitsOfTheSmallest(int r)
    {
        // S = DCD with C well conditioned: every eigenvalue is determined to its own digits.
        (Matrix x, _) = Models.SimulatedSpectra.Make(3 * r, r, 1, 1, 101);
        var s = new Matrix(r, r);
        var turned = new Matrix(r, x.Rows);
        Gram.Transpose(x.View, turned.Span);
        double[] scale = [.. Enumerable.Range(0, r).Select(i => Math.Pow(2, -i))];
        for (int i = 0; i < r; i++)
        {
            Products.Scale(scale[i], turned.Row(i));
        }

        Gram.OfRows(turned.View, s.Span);
        (double[] values, Matrix vectors) = GradedEigen.Of(s.View.ToMatrix());
        double[] singular = MathNetMatrix.Build.DenseOfRowMajor(r, x.Rows, turned.Values.ToArray()).Svd().S.ToArray();
        for (int a = 0; a < r; a++)
        {
            Assert.Equal(1, Products.Dot(vectors.Row(a), vectors.Row(a)), 1e-13);
            double expected = singular[a] * singular[a];
            Assert.Equal(expected, values[a], (1e-12 * expected) + (1e-28 * singular[0] * singular[a]));
        }
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(9, 4)]
    [InlineData(60, 25)]
    public void LeadingEigenpairs_AnySize_SolveTheEquation(int n, int count)
    {
        (Matrix x, _) = Models.SimulatedSpectra.Make(n, n + 5, 6, 1e-2, 102);
        var gram = new Matrix(n, n);
        Gram.OfRows(x.View, gram.Span);
        var tridiagonal = new Tridiagonal(gram.View.ToMatrix());
        (double[] values, Matrix vectors) = LeadingEigenpairs.Of(tridiagonal, count, 0);
        Assert.Equal(Math.Min(n, count), values.Length);
        double[] product = new double[n];
        for (int a = 0; a < values.Length; a++)
        {
            Products.Project(gram.View, vectors.Row(a), product);
            for (int i = 0; i < n; i++)
            {
                Assert.Equal(values[a] * vectors[a, i], product[i], 1e-13 * values[0]);
            }

            Assert.True(a == 0 || values[a] <= values[a - 1]);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(101)]
    public void OrderStatistic_EveryRank_EqualsTheSortedPlace(int count)
    {
        double[] values = [.. Enumerable.Range(0, count).Select(i => (double)(i * 37 % 23))];
        double[] sorted = [.. values.Order()];
        for (int rank = 0; rank < count; rank++)
        {
            Assert.Equal(sorted[rank], OrderStatistic.Of([.. values], rank));
        }
    }

    [Fact]
    public void SmallSystem_PositiveDefinite_IsSolvedAndOthersAreNot()
    {
        var a = new Matrix(3, 3, [4, 0, 0, 2, 5, 0, 1, 3, 6]);
        double[] b = [4 + 4 + 3, 2 + 10 + 9, 1 + 6 + 18];
        Assert.True(SmallSystem.TrySolve(a.Span, b));
        ModelContract.AssertClose([1, 2, 3], b, 1e-15);
        Assert.False(SmallSystem.TrySolve(new Matrix(2, 2, [1, 0, 2, 1]).Span, new double[2]));
    }
}
