using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Support;
using Xunit;
using MathNetMatrix = MathNet.Numerics.LinearAlgebra.Matrix<double>;

namespace Pipeline.Stages.Tests.Numerics;

public sealed class DominantVectorTests
{
    [Fact]
    public void Find_RandomMatrices_IsMathNets()
    {
        var rng = new Pcg64(80);
        foreach (int q in (int[])[1, 2, 3, 5, 12, 50])
        {
            Matrix factor = ProductsTests.Random(q + 2, q, rng);
            var matrix = new Matrix(q, q);
            MatrixProducts.TransposedTimesSelf(RowSource.Of(factor.View), matrix.Span);
            double[] vector = new double[q];
            DominantVector.Find(matrix.View, vector);
            var eigen = MathNetMatrix.Build.Dense(q, q, (i, j) => matrix[i, j]).Evd();
            double[] expected = eigen.EigenVectors.Column(q - 1).ToArray();
            double sign = Math.Sign(Products.Dot(expected, vector));
            Tolerance.AssertClose([.. expected.Select(value => sign * value)], vector, 1e-11, $"q {q}");
        }
    }

    [Fact]
    public void Find_NearlyEqualEigenvalues_SeparatesThem()
    {
        // Eigenvalues 1 and 1 - 1e-6 along (3, 4)/5 and (-4, 3)/5; the vector is known to ε/1e-6.
        double[] first = [0.6, 0.8];
        double[] second = [-0.8, 0.6];
        var matrix = new Matrix(2, 2);
        for (int i = 0; i < 2; i++)
        {
            for (int j = 0; j < 2; j++)
            {
                matrix[i, j] = (first[i] * first[j]) + ((1 - 1e-6) * second[i] * second[j]);
            }
        }

        double[] vector = new double[2];
        DominantVector.Find(matrix.View, vector);
        Tolerance.AssertClose(first, [vector[0] * Math.Sign(vector[0]), vector[1] * Math.Sign(vector[0])], 1e-8, "vector");
    }

    [Fact]
    public void Find_ZerosOrEqualEigenvalues_HasUnitLength()
    {
        double[] vector = new double[3];
        DominantVector.Find(new Matrix(3, 3).View, vector);
        Assert.Equal([1, 0, 0], vector);
        var identity = new Matrix(3, 3) { [0, 0] = 1, [1, 1] = 1, [2, 2] = 1 };
        DominantVector.Find(identity.View, vector);
        Assert.Equal(1, Products.Dot(vector, vector), 1e-15);
    }
}
