using System.Buffers;
using Pipeline.Engine;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Preprocessing;

/// <summary>Robust normal variate: each spectrum minus a percentile of its values, divided by the deviation of those up to it.</summary>
/// <remarks>
/// <c>rnv(percentile)</c>, 25 by default. With c the percentile (linear between order statistics, at rank
/// (p − 1) · percentile / 100) and s the standard deviation of the values ≤ c (divisor: their number − 1, as SNV has it),
/// x_j → (x_j − c) / s: high bands, which differ between samples for chemical reasons, have no part in level and scale.
/// A spectrum whose values up to c are all equal becomes zeros. Fewer variables than let two values lie below c are refused.
/// Time O(np) on average; p doubles borrowed.
/// Guo, Wu and Massart (1999), Analytica Chimica Acta 382, 87-103.
/// </remarks>
public sealed record RobustNormalVariate : IPretreatment
{
    /// <summary>The usual percentile.</summary>
    public const double UsualPercentile = 25;

    private const double PercentileMin = 1;
    private const double PercentileMax = 100;

    /// <summary>With one percentile from 1 to 100.</summary>
    public RobustNormalVariate(double percentile = UsualPercentile)
    {
        if (!(percentile >= PercentileMin && percentile <= PercentileMax))
        {
            throw new StageException(
                FailureKind.InvalidData,
                $"RNV takes a percentile from {PercentileMin} to {PercentileMax}, found {PretreatmentNotation.Format(percentile)}. Example: rnv(25).");
        }

        Percentile = percentile;
    }

    /// <summary>The percentile that becomes zero.</summary>
    public double Percentile { get; }

    /// <inheritdoc/>
    public string Notation => $"rnv({PretreatmentNotation.Format(Percentile)})";

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public bool IsSampleWise => true;

    /// <inheritdoc/>
    public SpectralAxis OutputAxis(SpectralAxis axis)
    {
        if (Rank(axis.Count) < 1)
        {
            throw new StageException(
                FailureKind.InvalidData,
                $"{Notation} needs two values below the percentile, hence {Math.Ceiling(100 / Percentile) + 1} variables, but the spectra have "
                + $"{axis.Count}. Use a higher percentile, or more variables.");
        }

        return axis;
    }

    /// <inheritdoc/>
    public IFittedPretreatment Fit(MatrixView x, MatrixView y, SpectralAxis axis)
    {
        OutputAxis(axis);
        return new Fitted(axis.Count, Rank(axis.Count));
    }

    private double Rank(int variables) => (variables - 1) * Percentile / 100;

    private sealed class Fitted(int columns, double rank) : FittedRowByRow(columns, columns)
    {
        protected override void Treat(ReadOnlySpan<double> x, Span<double> target)
        {
            double[] rented = ArrayPool<double>.Shared.Rent(x.Length);
            try
            {
                x.CopyTo(rented);
                double centre = PercentileOf(rented.AsSpan(0, x.Length));
                Span<double> lower = Gather(x, centre, rented);
                if (lower.IsEmpty)
                {
                    // The percentile is no number, because a value of the spectrum is none.
                    target.Fill(double.NaN);
                    return;
                }

                double mean = lower[0] + (RowKernels.SumOfDifferences(lower, lower[0]) / lower.Length);
                double squares = RowKernels.SumOfSquares(lower, mean);
                if (squares == 0)
                {
                    target.Clear();
                    return;
                }

                RowKernels.ShiftAndScale(x, centre, 1 / Math.Sqrt(squares / (lower.Length - 1)), 0, target);
            }
            finally
            {
                ArrayPool<double>.Shared.Return(rented);
            }
        }

        private double PercentileOf(Span<double> values)
        {
            int below = (int)rank;
            double value = OrderStatistic.Of(values, below);
            if (rank == below)
            {
                return value;
            }

            double next = double.PositiveInfinity;
            foreach (double other in values[(below + 1)..])
            {
                next = Math.Min(next, other);
            }

            return value + ((rank - below) * (next - value));
        }

        /// <summary>The values up to the percentile in the order of the variables.</summary>
        private static Span<double> Gather(ReadOnlySpan<double> x, double centre, Span<double> room)
        {
            int count = 0;
            foreach (double value in x)
            {
                if (value <= centre)
                {
                    room[count++] = value;
                }
            }

            return room[..count];
        }
    }
}
