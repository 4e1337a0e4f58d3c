using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Numerics;

public sealed class MomentAccumulatorTests
{
    [Theory]
    [InlineData(1, 1, 0)]
    [InlineData(2, 1, 1)]
    [InlineData(127, 22, 1)]
    [InlineData(128, 23, 1)]
    [InlineData(129, 24, 2)]
    [InlineData(700, 61, 3)]
    public void Of_AnyShape_EqualsThePlainSums(int n, int p, int q)
    {
        var rng = new Pcg64((ulong)(n + p));
        Matrix x = Shifted(n, p, rng);
        Matrix y = Shifted(n, q, rng);
        Moments moments = Moments.Of(x.View, y.View);
        Assert.Equal(n, moments.Count);
        AssertEqualsPlainSums(x, y, moments);
    }

    [Fact]
    public void Complete_SinglePrecision_EqualsTheWidenedValuesToTheBit()
    {
        var rng = new Pcg64(4);
        const int Rows = 300;
        const int Stride = 40;
        Matrix y = Shifted(Rows, 2, rng);
        float[] singles = new float[Rows * Stride];
        var widened = new Matrix(Rows, 37);
        for (int i = 0; i < Rows * Stride; i++)
        {
            singles[i] = (float)(3 + rng.NextNormal());
            if (i % Stride < 37)
            {
                widened[i / Stride, i % Stride] = singles[i];
            }
        }

        int[] folds = [.. Enumerable.Range(0, Rows).Select(i => i % 2)];
        var single = new MomentAccumulator(2, 37, 2, Pieces.InOrder);
        single.Add(folds, new SingleView(singles, Rows, 37, Stride), y.View);
        var twice = new MomentAccumulator(2, 37, 2, Pieces.InOrder);
        twice.Add(folds, widened.View, y.View);
        AssertSameBits(twice.Complete(), single.Complete(), "singles");
    }

    [Fact]
    public void Complete_RowsMadeOnTheWay_EqualsTheSameRowsInMemoryToTheBit()
    {
        var rng = new Pcg64(8);
        const int Rows = 2500;
        Matrix x = Shifted(Rows, 37, rng);
        Matrix y = Shifted(Rows, 1, rng);
        int[] folds = [.. Enumerable.Range(0, Rows).Select(_ => rng.NextInt(4) - 1)];
        var inMemory = new MomentAccumulator(3, 37, 1, Pieces.InOrder);
        inMemory.Add(folds, x.View, y.View);
        Moments[] expected = inMemory.Complete();
        foreach ((string name, PieceRunner runner) in AllRunners)
        {
            int[] times = new int[Rows];
            var made = new MomentAccumulator(3, 37, 1, runner);
            made.Add(
                folds,
                (rows, target) =>
                {
                    for (int i = 0; i < rows.Length; i++)
                    {
                        Interlocked.Increment(ref times[rows[i]]);
                        x.Row(rows[i]).CopyTo(target.Row(i));
                    }
                },
                y.View);
            AssertSameBits(expected, made.Complete(), name);

            // Each row is made once, and none that is left out.
            Assert.Equal(folds.Select(fold => fold < 0 ? 0 : 1), times);
        }
    }

    /// <summary>
    /// Aim: a fold's bits depend on its own rows in their order, and on nothing else. Method: the same rows in random
    /// chunks, with random rows of other folds between them, with rows left out, and with every runner.
    /// </summary>
    [Fact]
    public void Complete_AnyChunksAnyOrderOfFoldsAnyRunner_SameBits()
    {
        var rng = new Pcg64(5);
        const int Folds = 3;
        Matrix x = Shifted(1500, 50, rng);
        Matrix y = Shifted(1500, 1, rng);
        int[] folds = [.. Enumerable.Range(0, x.Rows).Select(_ => rng.NextInt(Folds))];
        var whole = new MomentAccumulator(Folds, 50, 1, Pieces.InOrder);
        whole.Add(folds, x.View, y.View);
        Moments[] expected = whole.Complete();
        foreach ((string name, PieceRunner runner) in AllRunners)
        {
            var chunked = new MomentAccumulator(Folds, 50, 1, runner);
            for (int start = 0; start < x.Rows;)
            {
                int count = Math.Min(1 + rng.NextInt(400), x.Rows - start);
                chunked.Add(folds.AsSpan(start, count), x.View.RowBand(start, count), y.View.RowBand(start, count));
                start += count;
            }

            AssertSameBits(expected, chunked.Complete(), name);
        }

        int[] sorted = [.. Enumerable.Range(0, x.Rows).OrderBy(i => folds[i])];
        var byFold = new MomentAccumulator(Folds, 50, 1, Pieces.InOrder);
        byFold.Add([.. sorted.Select(i => folds[i])], x.SelectRows(sorted).View, y.SelectRows(sorted).View);
        AssertSameBits(expected, byFold.Complete(), "fold after fold");

        var one = new MomentAccumulator(1, 50, 1, Pieces.InOrder);
        one.Add([.. folds.Select(fold => fold == 1 ? 0 : -1)], x.View, y.View);
        AssertSameBits([expected[1]], one.Complete(), "one fold alone");
    }

    [Fact]
    public void Complete_ConstantVariable_GivesExactZeros()
    {
        var rng = new Pcg64(6);
        Matrix x = Shifted(400, 9, rng);
        Matrix y = Shifted(400, 1, rng);
        for (int i = 0; i < x.Rows; i++)
        {
            x[i, 4] = 0.1;
        }

        Moments moments = Moments.Of(x.View, y.View);
        Assert.Equal(0.1, moments.XMeans[4]);
        Assert.All(moments.XX.Row(4).ToArray(), value => Assert.Equal(0, value));
        Assert.Equal(0, moments.XY[4, 0]);
        Assert.Equal(1, moments.Scales()[4]);
    }

    [Fact]
    public void Complete_FoldWithoutRows_SaysWhich()
    {
        var sums = new MomentAccumulator(2, 3, 1, Pieces.InOrder);
        sums.Add([0], new Matrix(1, 3).View, new Matrix(1, 1).View);
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => sums.Complete());
        Assert.Contains("Fold 2 of 2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Add_RowsAtOnceInRounds_TakesNoMoreThanAnnounced()
    {
        const int Rows = 6000;
        var rng = new Pcg64(7);
        Matrix x = Shifted(Rows, 60, rng);
        var y = new Matrix(Rows, 1);
        int[] folds = [.. Enumerable.Range(0, Rows).Select(i => i % 4)];
        var sums = new MomentAccumulator(4, 60, 1, Pieces.InOrder);
        long before = GC.GetAllocatedBytesForCurrentThread();
        sums.Add(folds, x.View, y.View);
        long bytes = GC.GetAllocatedBytesForCurrentThread() - before;

        // Lists, closures and headers of arrays are not counted; 64 KiB are far more than they take here.
        Assert.InRange(bytes, 1, MomentAccumulator.SizeBytes(4, 60, 1) + (64 * 1024));
    }

    /// <summary>Every runner, by a name for messages; the bits must not tell them apart.</summary>
    internal static (string Name, PieceRunner Runner)[] AllRunners { get; } =
    [
        ("in order", Pieces.InOrder), ("backwards", Runners.Backwards), ("2 threads", Runners.Threads(2)), ("8 threads", Runners.Threads(8)),
    ];

    internal static Matrix Shifted(int rows, int columns, Pcg64 rng)
    {
        var matrix = new Matrix(rows, columns);
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                matrix[i, j] = 100 + j + rng.NextNormal();
            }
        }

        return matrix;
    }

    internal static void AssertSameBits(Moments[] expected, Moments[] actual, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int k = 0; k < expected.Length; k++)
        {
            AssertSameBits(expected[k], actual[k], $"{what}, fold {k}");
        }
    }

    internal static void AssertSameBits(Moments expected, Moments actual, string what)
    {
        Assert.Equal(expected.Count, actual.Count);
        Tolerance.AssertSameBits(expected.XMeans, actual.XMeans, $"{what}, means of X");
        Tolerance.AssertSameBits(expected.YMeans, actual.YMeans, $"{what}, means of Y");
        Tolerance.AssertSameBits(expected.XX.Values, actual.XX.Values, $"{what}, XX");
        Tolerance.AssertSameBits(expected.XY.Values, actual.XY.Values, $"{what}, XY");
        Tolerance.AssertSameBits(expected.YY.Values, actual.YY.Values, $"{what}, YY");
    }

    /// <summary>Against loops over centred rows; 1e-13 of the largest element is a hundred roundings of sums of a few hundred terms.</summary>
    internal static void AssertEqualsPlainSums(Matrix x, Matrix y, Moments moments)
    {
        Tolerance.AssertClose(ColumnMoments.Means(x.View), moments.XMeans, 1e-14, "means of X");
        Matrix xc = Centred(x);
        Matrix yc = Centred(y);
        Tolerance.AssertClose(Product(xc, xc).View, moments.XX.View, 1e-13, "XX");
        Tolerance.AssertClose(Product(xc, yc).View, moments.XY.View, 1e-13, "XY");
        Tolerance.AssertClose(Product(yc, yc).View, moments.YY.View, 1e-13, "YY");
        for (int i = 0; i < x.Columns; i++)
        {
            for (int j = 0; j < i; j++)
            {
                Assert.Equal(moments.XX[i, j], moments.XX[j, i]);
            }
        }
    }

    private static Matrix Centred(Matrix x)
    {
        double[] means = ColumnMoments.Means(x.View);
        Matrix centred = x.View.ToMatrix();
        for (int i = 0; i < x.Rows; i++)
        {
            RowKernels.Subtract(x.Row(i), means, centred.Row(i));
        }

        return centred;
    }

    private static Matrix Product(Matrix a, Matrix b)
    {
        var product = new Matrix(a.Columns, b.Columns);
        for (int i = 0; i < a.Columns; i++)
        {
            for (int j = 0; j < b.Columns; j++)
            {
                product[i, j] = Enumerable.Range(0, a.Rows).Sum(row => a[row, i] * b[row, j]);
            }
        }

        return product;
    }
}
