using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Numerics;

public sealed class RowTilesTests
{
    private const int Width = RowTiles<double, DoubleElement>.Width;

    /// <summary>Every width of tile, every remainder of eight and of four rows, against plain loops over the same numbers.</summary>
    [Fact]
    public void ProjectAndAccumulate_AnyShape_EqualPlainLoops()
    {
        var rng = new Pcg64(70);
        foreach (int p in (int[])[1, 3, 7, 8, 9, 16, 21, 40, 131])
        {
            for (int rows = 1; rows <= 4; rows++)
            {
                for (int count = 1; count <= Width; count++)
                {
                    Check(rng, p, rows, count, hasOther: false);
                    if (count > 1)
                    {
                        Check(rng, p, rows, count, hasOther: true);
                    }
                }
            }
        }
    }

    /// <summary>The bits of a vector do not depend on those beside it.</summary>
    [Fact]
    public void Project_AloneOrBesideOthers_HasTheSameBits()
    {
        var rng = new Pcg64(71);
        const int P = 53;
        Matrix x = ProductsTests.Random(4, P, rng);
        double[] shift = Padded(ProductsTests.Random(1, P, rng).Row(0));
        Matrix vectors = Vectors(5, P, rng);
        double[] together = new double[4 * Width];
        double[] alone = new double[4 * Width];
        var rows = new TileRows<double>(x.Stored, 0, 4, new double[TileRows<double>.TailLength]);
        RowTiles<double, DoubleElement>.Project(rows, shift, new TileVectors(vectors.Values, vectors.Columns, [0, 1, 2, 3, 4]), together);
        for (int m = 0; m < 5; m++)
        {
            RowTiles<double, DoubleElement>.Project(rows, shift, new TileVectors(vectors.Values, vectors.Columns, [m]), alone);
            for (int r = 0; r < 4; r++)
            {
                Assert.Equal(BitConverter.DoubleToInt64Bits(together[(r * Width) + m]), BitConverter.DoubleToInt64Bits(alone[r * Width]));
            }
        }
    }

    private static void Check(Pcg64 rng, int p, int height, int count, bool hasOther)
    {
        Matrix x = ProductsTests.Random(height, p, rng);
        float[] singles = [.. x.Values.ToArray().Select(value => (float)value)];
        for (int i = 0; i < singles.Length; i++)
        {
            x.Values[i] = singles[i];
        }

        Matrix shifts = ProductsTests.Random(2, p, rng);
        double[] shift = Padded(shifts.Row(0));
        double[] other = hasOther ? Padded(shifts.Row(1)) : [];
        Matrix vectors = Vectors(6, p, rng);
        int[] numbers = [5, 1, 3, 0, 4];
        Matrix factors = ProductsTests.Random(4, Width, rng);
        for (int r = height; r < 4; r++)
        {
            factors.Row(r).Clear();
        }

        double[] products = new double[4 * Width];
        Matrix sums = vectors.View.ToMatrix();
        Run(x.Stored, shift, other, vectors, numbers.AsSpan(0, count), factors, products, sums);
        for (int m = 0; m < count; m++)
        {
            Span<double> reference = shifts.Row(hasOther && m == count - 1 ? 1 : 0);
            double[] expected = vectors.Row(numbers[m])[..p].ToArray();
            for (int r = 0; r < height; r++)
            {
                double product = 0;
                for (int j = 0; j < p; j++)
                {
                    product += (x[r, j] - reference[j]) * vectors[numbers[m], j];
                    expected[j] += factors[r, m] * (x[r, j] - reference[j]);
                }

                // Products of numbers of order 1, in another order.
                Assert.Equal(product, products[(r * Width) + m], 1e-14 * p);
            }

            for (int j = 0; j < p; j++)
            {
                Assert.Equal(expected[j], sums[numbers[m], j], 1e-14);
            }

            Assert.All(sums.Row(numbers[m])[p..].ToArray(), value => Assert.Equal(0, value));
        }

        double[] single = new double[4 * Width];
        Matrix singleSums = vectors.View.ToMatrix();
        var rows = new TileRows<float>(new StoredRows<float>(height, p, singles), 0, height, new float[TileRows<float>.TailLength]);
        RowTiles<float, SingleElement>.Project(rows, shift, new TileVectors(vectors.Values, vectors.Columns, numbers.AsSpan(0, count), other), single);
        RowTiles<float, SingleElement>.Accumulate(
            rows, shift, factors.Values, new TileVectors(singleSums.Values, vectors.Columns, numbers.AsSpan(0, count), other));
        Tolerance.AssertSameBits(sums.Values, singleSums.Values, "singles");
    }

    private static void Run(
        StoredRows<double> source,
        double[] shift,
        double[] other,
        Matrix vectors,
        ReadOnlySpan<int> numbers,
        Matrix factors,
        double[] products,
        Matrix sums)
    {
        var rows = new TileRows<double>(source, 0, source.Rows, new double[TileRows<double>.TailLength]);
        RowTiles<double, DoubleElement>.Project(rows, shift, new TileVectors(vectors.Values, vectors.Columns, numbers, other), products);
        RowTiles<double, DoubleElement>.Accumulate(
            rows, shift, factors.Values, new TileVectors(sums.Values, vectors.Columns, numbers, other));
    }

    private static Matrix Vectors(int count, int p, Pcg64 rng)
    {
        Matrix plain = ProductsTests.Random(count, p, rng);
        var padded = new Matrix(count, RowKernels.PaddedLength(p));
        for (int i = 0; i < count; i++)
        {
            plain.Row(i).CopyTo(padded.Row(i));
        }

        return padded;
    }

    private static double[] Padded(ReadOnlySpan<double> values)
    {
        double[] padded = new double[RowKernels.PaddedLength(values.Length)];
        values.CopyTo(padded);
        return padded;
    }
}
