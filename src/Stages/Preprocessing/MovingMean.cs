using System.Globalization;
using Pipeline.Engine;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Preprocessing;

/// <summary>Moving mean: each variable becomes the mean of a window around it.</summary>
/// <remarks>
/// <c>movmean(window)</c>, in variables, odd. Edges: at the first and last (window − 1) / 2 variables the window is cut off
/// at the end of the spectrum, and the mean is that of the variables that are there; the width does not change.
/// Inside, it is Savitzky–Golay with a polynomial of degree 0 or 1. Time O(np · window).
/// </remarks>
public sealed record MovingMean : IPretreatment
{
    /// <summary>A window in variables.</summary>
    public MovingMean(int window)
    {
        if (window < 3 || window > SavitzkyGolay.WindowMax || window % 2 == 0)
        {
            throw new StageException(
                FailureKind.InvalidData,
                $"Moving mean: the window must be an odd number from 3 to {SavitzkyGolay.WindowMax}, found {window}. Example: movmean(11).");
        }

        Window = window;
    }

    /// <summary>Number of variables in the window, odd.</summary>
    public int Window { get; }

    /// <inheritdoc/>
    public string Notation => string.Create(CultureInfo.InvariantCulture, $"movmean({Window})");

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public bool IsSampleWise => true;

    /// <inheritdoc/>
    public SpectralAxis OutputAxis(SpectralAxis axis)
    {
        if (Window > axis.Count)
        {
            throw new StageException(
                FailureKind.InvalidData,
                $"{Notation} needs a window of {Window} variables, but the spectra have {axis.Count}. Use a smaller window, or more variables.");
        }

        return axis;
    }

    /// <inheritdoc/>
    public IFittedPretreatment Fit(MatrixView x, MatrixView y, SpectralAxis axis) => new Fitted(OutputAxis(axis).Count, Window);

    private sealed class Fitted : FittedRowByRow
    {
        private readonly double[] _weights;

        public Fitted(int columns, int window)
            : base(columns, columns)
        {
            _weights = new double[window];
            Array.Fill(_weights, 1.0 / window);
        }

        protected override void Treat(ReadOnlySpan<double> x, Span<double> target)
        {
            int half = _weights.Length / 2;
            RowKernels.Convolve(x, _weights, target[half..^half]);
            double left = 0;
            double right = 0;
            for (int m = 0; m < half; m++)
            {
                left += x[m];
                right += x[^(m + 1)];
            }

            for (int e = 0; e < half; e++)
            {
                left += x[e + half];
                right += x[^(e + half + 1)];
                target[e] = left / (e + half + 1);
                target[^(e + 1)] = right / (e + half + 1);
            }
        }
    }
}
