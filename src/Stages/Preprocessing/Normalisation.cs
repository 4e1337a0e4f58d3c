using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Preprocessing;

/// <summary>Normalisation: each spectrum divided by its own size.</summary>
/// <remarks>
/// <c>norm(area)</c> divides by Σ|x_j|, <c>norm(vector)</c> by √Σx_j², <c>norm(max)</c> by the largest |x_j|, so that
/// this size becomes 1 and no spectrum is turned over. A spectrum of zeros stays as it is. Time O(np), no memory.
/// </remarks>
/// <param name="Size">What counts as the size of a spectrum.</param>
public sealed record Normalisation(SpectrumSize Size) : IPretreatment
{
    /// <inheritdoc/>
    public string Notation => $"norm({Size.ToString().ToLowerInvariant()})";

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public bool IsSampleWise => true;

    /// <inheritdoc/>
    public SpectralAxis OutputAxis(SpectralAxis axis) => axis;

    /// <inheritdoc/>
    public IFittedPretreatment Fit(MatrixView x, MatrixView y, SpectralAxis axis) => new Fitted(axis.Count, Size);

    private sealed class Fitted(int columns, SpectrumSize size) : FittedRowByRow(columns, columns)
    {
        protected override void Treat(ReadOnlySpan<double> x, Span<double> target)
        {
            double length = size switch
            {
                SpectrumSize.Area => Area(x),
                SpectrumSize.Vector => Math.Sqrt(RowKernels.SumOfSquares(x, 0)),
                _ => Largest(x),
            };
            if (length == 0)
            {
                target.Clear();
                return;
            }

            RowKernels.ShiftAndScale(x, 0, 1 / length, 0, target);
        }

        private static double Area(ReadOnlySpan<double> x)
        {
            double sum = 0;
            foreach (double value in x)
            {
                sum += Math.Abs(value);
            }

            return sum;
        }

        private static double Largest(ReadOnlySpan<double> x)
        {
            double largest = 0;
            foreach (double value in x)
            {
                largest = Math.Max(largest, Math.Abs(value));
            }

            return largest;
        }
    }
}

/// <summary>What counts as the size of a spectrum.</summary>
public enum SpectrumSize
{
    /// <summary>The sum of absolute values.</summary>
    Area,

    /// <summary>The square root of the sum of squares.</summary>
    Vector,

    /// <summary>The largest absolute value.</summary>
    Max,
}
