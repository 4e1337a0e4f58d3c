using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Splitting;
using Pipeline.Stages.Tests.Models;
using Pipeline.Stages.Tests.Numerics;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.CrossProducts;

public sealed class FoldGramsTests
{
    [Fact]
    public void Of_EachSplit_IsTheProductAboutItsReference()
    {
        SharedSpectra data = Data(31, 75, 4, Pieces.InOrder);
        using FoldGrams grams = FoldGrams.Of(data, Splits, CancellationToken.None);
        foreach (FoldSplit split in Splits)
        {
            double[] reference = ColumnMoments.Means(data.X.SelectRows(data.Folds.HeldOut(split.ReferenceFold)).View);
            Tolerance.AssertSameBits(reference, grams.Reference(split), $"{split}, reference");
            Matrix expected = Product(data.X, reference);

            // Sums of 75 products in two orders.
            Tolerance.AssertClose(expected.View, grams.Gram(split), 1e-13, $"{split}");
        }
    }

    [Fact]
    public void Of_HeldOutRowsSpoilt_KeepsTheProductsOfTheOthers()
    {
        SharedSpectra data = Data(31, 75, 4, Pieces.InOrder);
        using FoldGrams before = FoldGrams.Of(data, Splits, CancellationToken.None);
        foreach (FoldSplit split in Splits)
        {
            Matrix spoilt = data.X.View.ToMatrix();
            int[] kept = [.. Enumerable.Range(0, 31).Where(i => split.Calibrates(data.Folds.FoldOfSample[i]))];
            foreach (int i in Enumerable.Range(0, 31).Except(kept))
            {
                spoilt.Row(i).Fill(1e6 + i);
            }

            using FoldGrams after = FoldGrams.Of(
                new SharedSpectra(spoilt, data.Y, data.Folds, false, Pieces.InOrder), Splits, CancellationToken.None);
            foreach (int i in kept)
            {
                foreach (int j in kept)
                {
                    Assert.Equal(before.Gram(split)[i, j], after.Gram(split)[i, j]);
                }
            }
        }
    }

    [Fact]
    public void Of_AnyRunner_HasTheSameBits()
    {
        using FoldGrams expected = FoldGrams.Of(Data(90, 700, 4, Pieces.InOrder), Splits, CancellationToken.None);
        foreach (PieceRunner runner in (PieceRunner[])[Runners.Backwards, Runners.Threads(2), Runners.Threads(8)])
        {
            using FoldGrams actual = FoldGrams.Of(Data(90, 700, 4, runner), Splits, CancellationToken.None);
            Tolerance.AssertSameBits(
                expected.Gram(Splits[0]).ToMatrix().Values, actual.Gram(Splits[0]).ToMatrix().Values, "runner");
        }
    }

    [Fact]
    public void Sum_OfBlocks_IsTheWhole()
    {
        SharedSpectra data = Data(40, 700, 4, Pieces.InOrder);
        using FoldGrams whole = FoldGrams.Of(data, Splits, CancellationToken.None);
        FoldGrams[] odd = FoldGrams.Blocks(data, Splits, [0..100, 100..333, 333..700], CancellationToken.None);
        FoldGrams[] even = FoldGrams.Blocks(data, Splits, [0..256, 256..512, 512..700], CancellationToken.None);
        using FoldGrams ofOdd = FoldGrams.Sum(odd);
        using FoldGrams ofEven = FoldGrams.Sum(even);
        foreach (FoldSplit split in Splits)
        {
            // 700 products summed in another order.
            Tolerance.AssertClose(whole.Gram(split), ofOdd.Gram(split), 1e-13, $"{split}");
            Tolerance.AssertSameBits(whole.Gram(split).ToMatrix().Values, ofEven.Gram(split).ToMatrix().Values, $"{split}");
            Tolerance.AssertSameBits(whole.Reference(split), ofOdd.Reference(split), $"{split}, reference");
        }

        using FoldGrams union = FoldGrams.Sum([odd[0], odd[2]]);
        SharedSpectra some = data.Columns([.. Enumerable.Range(0, 100), .. Enumerable.Range(333, 367)]);
        using FoldGrams expected = FoldGrams.Of(some, Splits, CancellationToken.None);
        Tolerance.AssertClose(expected.Gram(Splits[1]), union.Gram(Splits[1]), 1e-13, "union");
        Array.ForEach([.. odd, .. even], block => block.Dispose());
    }

    private static readonly FoldSplit[] Splits = [new(0), new(1), new(2), new(3), new(0, 1), new(2, 1)];

    private static SharedSpectra Data(int n, int p, int folds, PieceRunner runner)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 6, 1e-2, 60);
        return new SharedSpectra(x, y, new Folds([.. Enumerable.Range(0, n).Select(i => i % folds)], folds), false, runner);
    }

    private static Matrix Product(Matrix x, double[] reference)
    {
        var product = new Matrix(x.Rows, x.Rows);
        for (int i = 0; i < x.Rows; i++)
        {
            for (int k = 0; k < x.Rows; k++)
            {
                for (int j = 0; j < x.Columns; j++)
                {
                    product[i, k] += (x[i, j] - reference[j]) * (x[k, j] - reference[j]);
                }
            }
        }

        return product;
    }
}
