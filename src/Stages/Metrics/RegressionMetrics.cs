namespace Pipeline.Stages.Metrics;

/// <summary>How well predictions ŷ meet reference values y, by the definitions of the literature.</summary>
/// <remarks>
/// Never NaN for finite values: n = 1 gives SEP 0. A reference without variance gives R² 1 where the fit is exact and
/// 0 otherwise, and RPD 0. SEP or RMSE 0 with a reference that varies gives RPD or RPIQ +∞. Constant predictions give
/// slope 0 and the mean reference as intercept. Time O(n), for the interquartile range O(n log n); sums run in the
/// order of the samples. Definitions differ between programs (sign of bias, divisors), so values are comparable only
/// by these formulas. RPIQ: Bellon-Maurel et al. (2010), Trends in Analytical Chemistry 29, 1073-1081.
/// </remarks>
/// <param name="Count">Number of samples, n.</param>
/// <param name="Rmse">√(Σ(ŷ − y)² / n); RMSEC, RMSECV or RMSEP after the set it is computed on.</param>
/// <param name="Bias">Mean of ŷ − y: positive where predictions are too high.</param>
/// <param name="Sep">Standard deviation of ŷ − y around the bias, divisor n − 1.</param>
/// <param name="RSquared">1 − SSE / SST, which may be negative; not the squared correlation.</param>
/// <param name="Slope">Slope of the line y = intercept + slope · ŷ, reference on predicted.</param>
/// <param name="Intercept">Intercept of that line.</param>
/// <param name="Rpd">Standard deviation of y (divisor n − 1) divided by SEP.</param>
/// <param name="Rpiq">Interquartile range of y (linear interpolation, type 7) divided by RMSE.</param>
public readonly record struct RegressionMetrics(
    int Count,
    double Rmse,
    double Bias,
    double Sep,
    double RSquared,
    double Slope,
    double Intercept,
    double Rpd,
    double Rpiq)
{
    /// <summary>The metrics of n ≥ 1 predictions.</summary>
    public static RegressionMetrics Of(ReadOnlySpan<double> reference, ReadOnlySpan<double> predicted) =>
        Of(ReferenceSpread.Of(reference), reference, predicted);

    /// <summary>The metrics of predictions of a reference whose spread is known already.</summary>
    public static RegressionMetrics Of(
        in ReferenceSpread spread, ReadOnlySpan<double> reference, ReadOnlySpan<double> predicted)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(predicted.Length, reference.Length, nameof(predicted));
        ArgumentOutOfRangeException.ThrowIfNotEqual(spread.Count, reference.Length, nameof(spread));
        int n = reference.Length;
        double errorSum = 0;
        double squaredErrors = 0;
        double predictedSum = 0;
        for (int i = 0; i < n; i++)
        {
            double error = predicted[i] - reference[i];
            errorSum += error;
            squaredErrors += error * error;
            predictedSum += predicted[i] - predicted[0];
        }

        double bias = errorSum / n;
        double predictedMean = predicted[0] + (predictedSum / n);
        double aroundBias = 0;
        double products = 0;
        double predictedSquares = 0;
        for (int i = 0; i < n; i++)
        {
            double error = predicted[i] - reference[i] - bias;
            double deviation = predicted[i] - predictedMean;
            aroundBias += error * error;
            products += deviation * (reference[i] - spread.Mean);
            predictedSquares += deviation * deviation;
        }

        double rmse = Math.Sqrt(squaredErrors / n);
        double sep = n > 1 ? Math.Sqrt(aroundBias / (n - 1)) : 0;
        double deviationOfReference = n > 1 ? Math.Sqrt(spread.SumOfSquares / (n - 1)) : 0;
        double slope = predictedSquares > 0 ? products / predictedSquares : 0;
        return new RegressionMetrics(
            n,
            rmse,
            bias,
            sep,
            RSquaredOf(squaredErrors, spread.SumOfSquares),
            slope,
            spread.Mean - (slope * predictedMean),
            Ratio(deviationOfReference, sep),
            Ratio(spread.InterquartileRange, rmse));
    }

    /// <summary>The metrics of predictions of which only sums are known.</summary>
    public static RegressionMetrics Of(in ReferenceSpread spread, in FoldErrors errors)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(errors.Count, spread.Count, nameof(errors));
        int n = spread.Count;
        double rmse = Math.Sqrt(errors.SquaredErrors / n);
        double sep = n > 1 ? Math.Sqrt(errors.AroundBias / (n - 1)) : 0;
        double deviationOfReference = n > 1 ? Math.Sqrt(spread.SumOfSquares / (n - 1)) : 0;
        double slope = errors.PredictedSquares > 0 ? errors.Products / errors.PredictedSquares : 0;
        return new RegressionMetrics(
            n,
            rmse,
            errors.Bias,
            sep,
            RSquaredOf(errors.SquaredErrors, spread.SumOfSquares),
            slope,
            spread.Mean - (slope * errors.PredictedMean),
            Ratio(deviationOfReference, sep),
            Ratio(spread.InterquartileRange, rmse));
    }

    private static double RSquaredOf(double squaredErrors, double total)
    {
        if (total > 0)
        {
            return 1 - (squaredErrors / total);
        }

        return squaredErrors == 0 ? 1 : 0;
    }

    private static double Ratio(double spread, double error)
    {
        if (spread == 0)
        {
            return 0;
        }

        return error == 0 ? double.PositiveInfinity : spread / error;
    }
}
