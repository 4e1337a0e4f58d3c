using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Metrics;

/// <summary>All that metrics need to know of the predictions of one fold: sums, in place of the predictions themselves.</summary>
/// <remarks>
/// Squares and products are about the fold's own means. Memory 7 numbers for any number of samples; two folds are put
/// together exactly as if their samples had been taken together, up to rounding.
/// </remarks>
/// <param name="Count">Samples of the fold.</param>
/// <param name="PredictedMean">Mean of ŷ.</param>
/// <param name="ReferenceMean">Mean of y.</param>
/// <param name="PredictedSquares">Σ (ŷ − mean ŷ)².</param>
/// <param name="ReferenceSquares">Σ (y − mean y)².</param>
/// <param name="Products">Σ (ŷ − mean ŷ)(y − mean y).</param>
/// <param name="AroundBias">Σ (ŷ − y − bias)², never below 0.</param>
public readonly record struct FoldErrors(
    long Count,
    double PredictedMean,
    double ReferenceMean,
    double PredictedSquares,
    double ReferenceSquares,
    double Products,
    double AroundBias)
{
    /// <summary>Mean of ŷ − y.</summary>
    public double Bias => PredictedMean - ReferenceMean;

    /// <summary>Σ (ŷ − y)².</summary>
    public double SquaredErrors => AroundBias + (Count * Bias * Bias);

    /// <summary>The errors of a line through the variables on samples of which only the moments are known. Time p².</summary>
    /// <remarks>
    /// Squared errors come from bᵀ(XX b − 2 XY) + YY, in which the digits of YY cancel: errors below 1e-7 of the spread of
    /// y are not told apart from none.
    /// </remarks>
    /// <param name="moments">Moments of the samples with one response.</param>
    /// <param name="coefficients">b, p values.</param>
    /// <param name="intercept">The intercept.</param>
    public static FoldErrors Of(Moments moments, ReadOnlySpan<double> coefficients, double intercept)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(coefficients.Length, moments.XMeans.Length);
        int p = coefficients.Length;
        double[] products = new double[p];
        double[] xy = new double[p];
        moments.XY.View.CopyColumn(0, xy);
        Numerics.Products.Project(moments.XX.View, coefficients, products);
        double bXXb = Numerics.Products.Dot(coefficients, products);
        double bXY = Numerics.Products.Dot(coefficients, xy);
        double yy = moments.YY[0, 0];

        // What a fit leaves is the small difference of these, so they are subtracted variable by variable.
        Numerics.Products.Axpy(-1, xy, products);
        double around = Numerics.Products.Dot(coefficients, products) - bXY + yy;
        return new FoldErrors(
            moments.Count,
            intercept + Numerics.Products.Dot(moments.XMeans, coefficients),
            moments.YMeans[0],
            Math.Max(0, bXXb),
            yy,
            bXY,
            Math.Max(0, around));
    }

    /// <summary>The errors of both folds.</summary>
    public static FoldErrors Merge(in FoldErrors first, in FoldErrors second)
    {
        long count = first.Count + second.Count;
        double share = second.Count / (double)count;
        double weight = first.Count * share;
        double predicted = second.PredictedMean - first.PredictedMean;
        double reference = second.ReferenceMean - first.ReferenceMean;
        double bias = predicted - reference;
        return new FoldErrors(
            count,
            Math.FusedMultiplyAdd(share, predicted, first.PredictedMean),
            Math.FusedMultiplyAdd(share, reference, first.ReferenceMean),
            first.PredictedSquares + second.PredictedSquares + (weight * predicted * predicted),
            first.ReferenceSquares + second.ReferenceSquares + (weight * reference * reference),
            first.Products + second.Products + (weight * predicted * reference),
            first.AroundBias + second.AroundBias + (weight * bias * bias));
    }
}
