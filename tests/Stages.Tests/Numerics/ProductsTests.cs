using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Xunit;

namespace Pipeline.Stages.Tests.Numerics;

public sealed class ProductsTests
{
    public static TheoryData<int, int> Shapes
    {
        get
        {
            var shapes = new TheoryData<int, int>();
            foreach (int p in (int[])[1, 3, 7, 8, 9, 15, 16, 17, 23, 24, 25, 31, 33, 64, 100, 519])
            {
                foreach (int n in (int[])[1, 3, 4, 6, 9])
                {
                    shapes.Add(n, p);
                }
            }

            return shapes;
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void EveryKernel_AnyShape_EqualsTheScalarOrderToTheBit(int n, int p)
    {
        var rng = new Pcg64((ulong)((n * 1000) + p));
        Matrix X = Random(n, p, rng);
        double[] r = Random(1, p, rng).Values.ToArray();
        double[] v = Random(1, n, rng).Values.ToArray();

        double[] t = new double[n];
        Products.Project(X.View, r, t);
        double[] expectedT = [.. Enumerable.Range(0, n).Select(i => ScalarLanes.Dot(X.Row(i), r))];
        Assert.Equal(expectedT, t);
        Assert.Equal(expectedT, Enumerable.Range(0, n).Select(i => Products.Dot(X.Row(i), r)));

        double[] s = new double[p];
        Products.TransposedTimes(X.View, v, s);
        Assert.Equal(RowByRow(X, v), s);

        double[] fusedT = new double[n];
        Products.ProjectAndAccumulate(X.View, r, fusedT, s);
        Assert.Equal(expectedT, fusedT);
        Assert.Equal(RowByRow(X, expectedT), s);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void EveryKernel_OtherStrideAndAlignment_SameBits(int n, int p)
    {
        var rng = new Pcg64((ulong)((n * 1000) + p));
        Matrix X = Random(n, p, rng);
        double[] r = Random(1, p, rng).Values.ToArray();
        double[] t = new double[n];
        double[] s = new double[p];
        Products.ProjectAndAccumulate(X.View, r, t, s);
        for (int offset = 1; offset < 4; offset++)
        {
            double[] wide = new double[(n * (p + offset)) + offset];
            Array.Fill(wide, double.NaN);
            var moved = new MatrixSpan(wide.AsSpan(offset), n, p, p + offset);
            X.View.CopyTo(moved);
            double[] movedR = [.. new double[offset], .. r];
            double[] movedT = new double[n];
            double[] movedS = new double[p + offset];
            Products.ProjectAndAccumulate(moved.View, movedR.AsSpan(offset), movedT, movedS.AsSpan(offset));
            Assert.Equal(t, movedT);
            Assert.Equal(s, movedS[offset..]);
        }
    }

    [Fact]
    public void Dot_LongVectors_AgreesWithPlainSum()
    {
        var rng = new Pcg64(3);
        double[] x = Random(1, 5001, rng).Values.ToArray();
        double[] y = Random(1, 5001, rng).Values.ToArray();
        double plain = x.Zip(y, (a, b) => a * b).Sum();
        double scale = x.Zip(y, (a, b) => Math.Abs(a * b)).Sum();
        Assert.Equal(plain, Products.Dot(x, y), 1e-14 * scale);
    }

    [Fact]
    public void Axpy_AnyLength_IsOneFusedStepPerElement()
    {
        var rng = new Pcg64(4);
        for (int p = 0; p < 40; p++)
        {
            double[] x = Random(1, p, rng).Values.ToArray();
            double[] y = Random(1, p, rng).Values.ToArray();
            double[] expected = [.. x.Zip(y, (a, b) => Math.FusedMultiplyAdd(0.3, a, b))];
            Products.Axpy(0.3, x, y);
            Assert.Equal(expected, y);
        }
    }

    [Fact]
    public void Project_WrongLength_SaysWhatItExpected()
    {
        var X = new Matrix(2, 3);
        ArgumentException error = Assert.Throws<ArgumentException>(() => Products.Project(X.View, new double[2], new double[2]));
        Assert.Contains("Expected 3 values, found 2", error.Message, StringComparison.Ordinal);
    }

    internal static Matrix Random(int rows, int columns, Pcg64 rng)
    {
        var matrix = new Matrix(rows, columns);
        foreach (ref double value in matrix.Values)
        {
            value = rng.NextNormal();
        }

        return matrix;
    }

    private static double[] RowByRow(Matrix X, double[] v)
    {
        double[] s = new double[X.Columns];
        for (int i = 0; i < X.Rows; i++)
        {
            for (int j = 0; j < s.Length; j++)
            {
                s[j] = Math.FusedMultiplyAdd(v[i], X[i, j], s[j]);
            }
        }

        return s;
    }
}
