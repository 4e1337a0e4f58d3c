using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Metrics;

/// <summary>Means and centred products of references y and predictions ŷ of some samples: all that metrics need beside quartiles.</summary>
/// <remarks>
/// Of a linear model they follow from the moments of the samples, so that no sample is looked at again: the mean of ŷ is
/// b₀ + x̄ᵀb, Σ (ŷ - mean)² is bᵀXXb and Σ (ŷ - mean)(y - ȳ) is XYᵀb. The error then is a difference of these: of its
/// digits as many are lost as 1 - R² has zeros. Sums of several folds are merged.
/// </remarks>
/// <param name="Count">Number of samples, n.</param>
/// <param name="ReferenceMean">Mean of y.</param>
/// <param name="PredictedMean">Mean of ŷ.</param>
/// <param name="ReferenceSquares">Σ (y - mean)².</param>
/// <param name="PredictedSquares">Σ (ŷ - mean)².</param>
/// <param name="Products">Σ (y - mean)(ŷ - mean).</param>
public readonly record struct PredictionSums(
    long Count,
    double ReferenceMean,
    double PredictedMean,
    double ReferenceSquares,
    double PredictedSquares,
    double Products)
{
    /// <summary>Mean of ŷ - y.</summary>
    public double Bias => PredictedMean - ReferenceMean;

    /// <summary>Σ (ŷ - y - bias)².</summary>
    public double SquaresAroundBias => Math.Max(0, PredictedSquares - (2 * Products) + ReferenceSquares);

    /// <summary>Σ (ŷ - y)².</summary>
    public double SquaredErrors => SquaresAroundBias + (Count * Bias * Bias);

    /// <summary>The sums of linear models on samples of which the moments are known. Time 2p² for each.</summary>
    /// <param name="samples">Moments of the samples that are predicted.</param>
    /// <param name="response">Which response is predicted.</param>
    /// <param name="coefficients">Models × p.</param>
    /// <param name="intercepts">The intercept of each model.</param>
    public static PredictionSums[] Of(
        Moments samples, int response, MatrixView coefficients, ReadOnlySpan<double> intercepts)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(coefficients.Columns, samples.XMeans.Length, nameof(coefficients));
        ArgumentOutOfRangeException.ThrowIfNotEqual(intercepts.Length, coefficients.Rows, nameof(intercepts));
        double[] covariance = new double[coefficients.Columns];
        samples.XY.View.CopyColumn(response, covariance);
        using var products = new ScratchMatrix(coefficients.Rows, coefficients.Columns);
        MatrixProducts.Times(coefficients, samples.XX.View, products.Span);
        var sums = new PredictionSums[coefficients.Rows];
        for (int m = 0; m < sums.Length; m++)
        {
            ReadOnlySpan<double> b = coefficients.Row(m);
            sums[m] = new PredictionSums(
                samples.Count,
                samples.YMeans[response],
                intercepts[m] + Numerics.Products.Dot(samples.XMeans, b),
                samples.YY[response, response],
                Math.Max(0, Numerics.Products.Dot(products.View.Row(m), b)),
                Numerics.Products.Dot(covariance, b));
        }

        return sums;
    }

    /// <summary>The sums of all samples of both.</summary>
    public static PredictionSums Merge(in PredictionSums first, in PredictionSums second)
    {
        double n = first.Count + second.Count;
        double share = second.Count / n;
        double weight = first.Count * share;
        double dy = second.ReferenceMean - first.ReferenceMean;
        double dp = second.PredictedMean - first.PredictedMean;
        return new PredictionSums(
            first.Count + second.Count,
            first.ReferenceMean + (share * dy),
            first.PredictedMean + (share * dp),
            first.ReferenceSquares + second.ReferenceSquares + (weight * dy * dy),
            first.PredictedSquares + second.PredictedSquares + (weight * dp * dp),
            first.Products + second.Products + (weight * dy * dp));
    }

    /// <summary>The sums of all samples of several folds, merged in their order.</summary>
    public static PredictionSums Merge(ReadOnlySpan<PredictionSums> folds)
    {
        PredictionSums all = folds[0];
        foreach (PredictionSums fold in folds[1..])
        {
            all = Merge(all, fold);
        }

        return all;
    }
}
