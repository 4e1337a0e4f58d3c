using MathNet.Numerics.LinearAlgebra;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Xunit;

namespace Pipeline.Stages.Tests.Numerics;

/// <summary>Properties of the decomposition, for friendly and for awkward matrices.</summary>
public sealed class SymmetricEigenTests
{
    /// <summary>Half the distance from 1 to the next double.</summary>
    private const double Unit = 1.1102230246251565e-16;

    public static TheoryData<string, int> Matrices
    {
        get
        {
            var matrices = new TheoryData<string, int>();
            foreach (string kind in
                (string[])["random", "gram", "rank one", "identity", "clusters", "graded", "backwards graded", "tridiagonal", "Wilkinson", "zero"])
            {
                foreach (int n in (int[])[1, 2, 3, 4, 9, 33, 100, 257])
                {
                    matrices.Add(kind, n);
                }
            }

            // Beyond 288 the reduction works in panels.
            matrices.Add("random", 323);
            matrices.Add("clusters", 400);
            return matrices;
        }
    }

    [Theory]
    [MemberData(nameof(Matrices))]
    public void Of_AnyMatrix_IsOrthogonalAndLeavesNoResidual(string kind, int n)
    {
        Matrix A = Make(kind, n);
        SymmetricEigen eigen = SymmetricEigen.Of(A.View.ToMatrix());
        double norm = eigen.Values.Max(Math.Abs);
        Assert.Equal(eigen.Values.OrderDescending(), eigen.Values);

        // VVᵀ = I to a few n units: rotations and reflections lose a unit each, and the losses add like a random walk.
        var square = new Matrix(n, n);
        MatrixProducts.TimesSelfTransposed(eigen.Vectors.View, square.Span);
        for (int i = 0; i < n; i++)
        {
            square[i, i] -= 1;
        }

        Assert.True(Largest(square) <= 4 * (n + 4) * Unit, $"orthogonality {Largest(square) / Unit / n} n units");

        // AVᵀ = VᵀΛ to a few n units of ‖A‖.
        var residual = new Matrix(n, n);
        MatrixProducts.Times(eigen.Vectors.View, A.View, residual.Span);
        for (int i = 0; i < n; i++)
        {
            Products.Axpy(-eigen.Values[i], eigen.Vectors.Row(i), residual.Row(i));
            Assert.True(eigen.Vectors.Row(i).ToArray().MaxBy(Math.Abs) > 0);
        }

        Assert.True(Largest(residual) <= 4 * (n + 4) * Unit * norm, $"residual {Largest(residual) / Unit / n / norm} n units");
    }

    [Theory]
    [InlineData("random", 60)]
    [InlineData("gram", 100)]
    [InlineData("clusters", 75)]
    [InlineData("random", 300)]
    public void Of_AnyMatrix_ValuesEqualTheLibrary(string kind, int n)
    {
        Matrix A = Make(kind, n);
        double[] expected =
        [
            .. Matrix<double>.Build.Dense(n, n, A.Values.ToArray()).Evd(Symmetricity.Symmetric).EigenValues.Select(value => value.Real).OrderDescending(),
        ];
        double[] found = SymmetricEigen.Of(A).Values;
        double norm = expected.Max(Math.Abs);
        Assert.All(Enumerable.Range(0, n), i => Assert.Equal(expected[i], found[i], 4 * n * Unit * norm));
    }

    [Theory]
    [InlineData(50)]
    [InlineData(330)]
    public void Of_AnyRunner_SameBits(int n)
    {
        Matrix A = Make("random", n);
        SymmetricEigen expected = SymmetricEigen.Of(A.View.ToMatrix());
        foreach (PieceRunner runner in (PieceRunner[])[Runners.Backwards, Runners.Threads(2), Runners.Threads(8)])
        {
            SymmetricEigen found = SymmetricEigen.Of(A.View.ToMatrix(), runner);
            Assert.Equal(expected.Values, found.Values);
            Assert.True(expected.Vectors.Values.SequenceEqual(found.Vectors.Values));
        }
    }

    [Theory]
    [InlineData(1e-200)]
    [InlineData(1e200)]
    public void Of_ExtremeScale_ScalesTheValuesOnly(double scale)
    {
        Matrix A = Make("random", 40);
        double[] expected = SymmetricEigen.Of(A.View.ToMatrix()).Values;
        Products.Scale(scale, A.Values);
        double[] found = SymmetricEigen.Of(A).Values;
        Assert.All(Enumerable.Range(0, 40), i => Assert.Equal(expected[i], found[i] / scale, 200 * Unit * expected[0]));
    }

    [Fact]
    public void Of_GradedMatrix_KeepsTheDigitsOfSmallValues()
    {
        // The reduction begins with the last row, so it is the large elements that must stand at the end.
        Matrix A = Make("backwards graded", 12);
        double[] values = SymmetricEigen.Of(A).Values;
        Assert.All(Enumerable.Range(0, 12), i => Assert.InRange(values[i], 0.9 * Math.Pow(10, -2 * i), 1.1 * Math.Pow(10, -2 * i)));
    }

    [Fact]
    public void Of_NotFinite_IsRefused()
    {
        Matrix A = Make("random", 5);
        A[3, 1] = double.NaN;
        Assert.Contains("row 3", Assert.Throws<ArgumentException>(() => SymmetricEigen.Of(A)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_Empty_IsEmpty() => Assert.Empty(SymmetricEigen.Of(new Matrix(0, 0)).Values);

    [Theory]
    [InlineData(3)]
    [InlineData(50)]
    [InlineData(51)]
    [InlineData(300)]
    public void FormQ_EqualsQAppliedVectorByVector(int n)
    {
        var tridiagonal = new Tridiagonal(Make("random", n));
        var formed = new Matrix(n, n);
        tridiagonal.FormQ(formed.Span);
        var applied = new Matrix(n, n);
        for (int i = 0; i < n; i++)
        {
            applied[i, i] = 1;
        }

        tridiagonal.ApplyQ(applied.Span);
        Assert.All(Enumerable.Range(0, n * n), at => Assert.Equal(applied.Values[at], formed.Values[at], 2 * n * Unit));
    }

    private static double Largest(Matrix matrix) => matrix.Values.ToArray().Max(Math.Abs);

    private static Matrix Make(string kind, int n)
    {
        var rng = new Pcg64((ulong)n);
        var A = new Matrix(n, n);
        switch (kind)
        {
            case "gram":
                MatrixProducts.TimesSelfTransposed(ProductsTests.Random(n, (n / 3) + 1, rng).View, A.Span);
                return A;
            case "rank one":
                MatrixProducts.TimesSelfTransposed(ProductsTests.Random(n, 1, rng).View, A.Span);
                return A;
            case "clusters":
                return WithValues(n, i => i % 3 == 0 ? 1 : i % 3 == 1 ? 1 + (1e-15 * i) : 1e-8, rng);
            case "zero":
                return A;
        }

        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                A[i, j] = kind switch
                {
                    "random" => rng.NextNormal(),
                    "identity" => i == j ? 1 : 0,
                    "graded" => Math.Pow(10, -(i + j) % 300) * (i == j ? 1 : 0.05),
                    "backwards graded" => Math.Pow(10, -(n - 1 - i + n - 1 - j) % 300) * (i == j ? 1 : 0.05),
                    "tridiagonal" => i == j ? 2 : i == j + 1 ? -1 : 0,
                    _ => i == j ? Math.Abs(i - (n / 2)) : i == j + 1 ? 1 : 0,
                };
                A[j, i] = A[i, j];
            }
        }

        return A;
    }

    /// <summary>Chosen eigenvalues in a random basis.</summary>
    private static Matrix WithValues(int n, Func<int, double> value, Pcg64 rng)
    {
        Matrix basis = ProductsTests.Random(n, n, rng);
        for (int i = 0; i < n; i++)
        {
            for (int pass = 0; pass < 2; pass++)
            {
                for (int k = 0; k < i; k++)
                {
                    Products.Axpy(-Products.Dot(basis.Row(i), basis.Row(k)), basis.Row(k), basis.Row(i));
                }
            }

            Products.Scale(1 / Math.Sqrt(Products.Dot(basis.Row(i), basis.Row(i))), basis.Row(i));
        }

        Matrix scaled = basis.View.ToMatrix();
        for (int i = 0; i < n; i++)
        {
            Products.Scale(value(i), scaled.Row(i));
        }

        var A = new Matrix(n, n);
        MatrixProducts.AddTransposedTimesLower(basis.View, scaled.View, A.Span, ProductSum.Set);
        MatrixProducts.Mirror(A.Span);
        return A;
    }
}
