using System.Buffers;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Preprocessing.Baselines;

/// <summary>Baseline by asymmetrically reweighted penalised least squares: weights follow from the noise below the curve.</summary>
/// <remarks>
/// <c>arpls(λ)</c>, λ = 100000 by default. z is Whittaker's smooth curve with penalty λ on second differences. From
/// weights of 1 on: of the residuals d = x − z those below 0 have mean m and standard deviation s (divisor: their
/// number − 1), and w_j = 1 / (1 + exp(2 (d_j − (2s − m)) / s)). It ends where |w − w'| &lt; 0.001 |w|, where fewer than two
/// residuals are negative or s is 0, or after 50 rounds; x → x − z. Fewer than 3 variables are refused.
/// Time about 30 rounds of 60 np operations; 8p doubles borrowed.
/// Baek, Park, Ahn and Choo (2015), Analyst 140, 250-257.
/// </remarks>
public sealed record ReweightedLeastSquares : IPretreatment
{
    /// <summary>The usual penalty.</summary>
    public const double UsualPenalty = 1e5;

    private const int RoundsMax = 50;
    private const double ChangeMin = 1e-3;
    private const double SecondsPerVariable = 1.4e-6;

    /// <summary>A penalty λ from 1 to 10⁹.</summary>
    public ReweightedLeastSquares(double penalty = UsualPenalty) =>
        Penalty = WhittakerSmoother.Checked(penalty, "arpls", "arpls(100000)");

    /// <summary>λ: the larger, the stiffer the curve.</summary>
    public double Penalty { get; }

    /// <inheritdoc/>
    public string Notation => $"arpls({PretreatmentNotation.Format(Penalty)})";

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public bool IsSampleWise => true;

    /// <inheritdoc/>
    public double SecondsPerSpectrum(int variables) => SecondsPerVariable * variables;

    /// <inheritdoc/>
    public SpectralAxis OutputAxis(SpectralAxis axis) => BaselineAxis.Checked(this, axis);

    /// <inheritdoc/>
    public IFittedPretreatment Fit(MatrixView x, MatrixView y, SpectralAxis axis) => new Fitted(OutputAxis(axis).Count, Penalty);

    private sealed class Fitted(int columns, double penalty) : FittedRowByRow(columns, columns)
    {
        protected override void Treat(ReadOnlySpan<double> x, Span<double> target)
        {
            using var smoother = new WhittakerSmoother(x.Length, penalty);
            double[] rented = ArrayPool<double>.Shared.Rent(2 * x.Length);
            try
            {
                smoother.Weights.Fill(1);
                for (int round = 0; round < RoundsMax; round++)
                {
                    smoother.Solve(x);
                    RowKernels.Subtract(x, smoother.Curve, target);
                    if (!Reweight(target, smoother.Weights, rented.AsSpan(0, x.Length), rented.AsSpan(x.Length, x.Length)))
                    {
                        break;
                    }
                }
            }
            finally
            {
                ArrayPool<double>.Shared.Return(rented);
            }
        }

        /// <summary>New weights from residuals; false where the curve is done.</summary>
        private static bool Reweight(ReadOnlySpan<double> d, Span<double> w, Span<double> distance, Span<double> power)
        {
            (double mean, double deviation) = Below(d, distance);
            if (deviation == 0)
            {
                return false;
            }

            // 1 / (1 + eᵘ), with e of a number at or below 0 on either side.
            for (int j = 0; j < d.Length; j++)
            {
                distance[j] = Math.Abs(Exponent(d[j], mean, deviation));
            }

            Exponential.OfNegative(1, distance, power);
            double change = 0;
            double size = 0;
            for (int j = 0; j < d.Length; j++)
            {
                double weight = (Exponent(d[j], mean, deviation) > 0 ? power[j] : 1) / (1 + power[j]);
                change += (w[j] - weight) * (w[j] - weight);
                size += w[j] * w[j];
                w[j] = weight;
            }

            return change >= ChangeMin * ChangeMin * size;
        }

        private static double Exponent(double residual, double mean, double deviation) =>
            2 * (residual - ((2 * deviation) - mean)) / deviation;

        /// <summary>Mean and standard deviation of the residuals below 0; a deviation of 0 where there are fewer than two.</summary>
        private static (double Mean, double Deviation) Below(ReadOnlySpan<double> d, Span<double> room)
        {
            int count = 0;
            foreach (double value in d)
            {
                if (value < 0)
                {
                    room[count++] = value;
                }
            }

            if (count < 2)
            {
                return (0, 0);
            }

            ReadOnlySpan<double> below = room[..count];
            double mean = below[0] + (RowKernels.SumOfDifferences(below, below[0]) / count);
            return (mean, Math.Sqrt(RowKernels.SumOfSquares(below, mean) / (count - 1)));
        }
    }
}
