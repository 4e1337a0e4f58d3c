using System.Collections.Immutable;
using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Models.Ridge;

/// <summary>Ridge regression of all folds × all λ from cross-products that the folds share.</summary>
/// <remarks>
/// <para>
/// Fewer calibration samples than variables: dual, from the centred calibration block of one Gram matrix
/// (<see cref="FoldGrams"/>). Otherwise from merged moments (<see cref="FoldMoments"/>). Either is tridiagonalised
/// once per fold and solved for every λ; the spectra themselves come in twice, as products with a few rows, for the
/// step of refinement that <see cref="RidgeDecomposition"/> takes, too, and once for the coefficients.
/// </para>
/// <para>
/// Time, m ≤ l the dimensions of a calibration set: n²p once and 4m³/3 + 2m²L + 6npL for each of K folds and L λ
/// (dual); n p² once, p² log₂ K + 4p³/3 + 2p²L + 6npL (moments). Memory: 2n² + np and m² + L(m + n + 2p) for each lane, or
/// 2Kp² in place of 2n². What a fold holds out reaches none of its bits.
/// </para>
/// </remarks>
internal static class RidgeFolds
{
    /// <summary>Bytes of shared products, of the shifted spectra and of the lanes' own memory.</summary>
    public static long SizeBytes(Folds folds, long p, long lambdas)
    {
        long n = folds.SampleCount;
        long m = FoldForms.Order(folds, p);
        int lanes = FoldForms.AreDual(folds, p) ? Math.Min(FoldLanes.Max, folds.Count) : 1;
        long lane = Tridiagonal.SizeBytes(m)
            + MatrixProducts.BorrowedBytes(lambdas + 1, Math.Max(n, p), MatrixProducts.RowBlock)
            + (sizeof(double) * (((lambdas + 1) * ((2 * m) + (2 * n) + (2 * p))) + (6 * n) + (6 * p)));
        return ScratchMatrix.SizeBytes(n, p) + FoldForms.SharedBytes(folds, p) + (lanes * lane);
    }

    /// <summary>Predicts the held-out samples of several folds with every λ.</summary>
    public static void Predict(
        SharedSpectra data,
        ImmutableArray<int> folds,
        ReadOnlySpan<double> lambdas,
        RidgeScale scale,
        FoldPredictions predictions,
        CancellationToken cancellation)
    {
        double[] penalties = lambdas.ToArray();
        if (FoldForms.AreDual(data.Folds, data.X.Columns))
        {
            PredictDual(data, folds, penalties, scale, predictions, cancellation);
        }
        else
        {
            PredictFromMoments(data, folds, penalties, scale, predictions, cancellation);
        }
    }

    private static void PredictDual(
        SharedSpectra data,
        ImmutableArray<int> folds,
        double[] lambdas,
        RidgeScale scale,
        FoldPredictions predictions,
        CancellationToken cancellation)
    {
        using FoldGrams grams = FoldGrams.Of(data, folds.Select(k => new FoldSplit(k)), cancellation);
        foreach (IGrouping<int, int> group in folds.GroupBy(k => new FoldSplit(k).ReferenceFold))
        {
            ImmutableArray<int> together = [.. group];
            using ScratchMatrix x = SharedRows.About(data, grams.Reference(new FoldSplit(together[0])));
            FoldLanes.Run(
                together,
                data.Runner,
                k =>
                {
                    var rows = new SharedRows(data, new FoldSplit(k));
                    return new DualRidgeFold(rows, x.View, grams.Gram(rows.Split)).Predict(x.View, lambdas, scale);
                },
                (k, answers) => answers.WriteTo(predictions, k),
                (k, reason) => FoldAnswers.FailAll(predictions, k, lambdas.Length, reason),
                cancellation);
        }
    }

    private static void PredictFromMoments(
        SharedSpectra data,
        ImmutableArray<int> folds,
        double[] lambdas,
        RidgeScale scale,
        FoldPredictions predictions,
        CancellationToken cancellation)
    {
        using FoldMoments moments = FoldMoments.Of(data, cancellation);
        ScratchMatrix? x = null;
        int reference = -1;
        try
        {
            moments.VisitCalibrations([.. folds.Select(k => new FoldSplit(k))], Pieces.InOrder, (split, calibration) =>
            {
                cancellation.ThrowIfCancellationRequested();
                int k = split.HeldOut;
                var rows = new SharedRows(data, new FoldSplit(k));
                if (rows.Split.ReferenceFold != reference)
                {
                    x?.Dispose();
                    reference = rows.Split.ReferenceFold;
                    x = SharedRows.About(data, moments.Fold(reference).XMeans);
                }

                new PrimalRidgeFold(rows, calibration, moments.Fold(reference).XMeans, data.Autoscales)
                    .Predict(x!.View, lambdas, scale)
                    .WriteTo(predictions, k);
            });
        }
        finally
        {
            x?.Dispose();
        }
    }
}
