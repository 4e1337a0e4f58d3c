using System.Globalization;
using Pipeline.Engine;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Preprocessing;

/// <summary>Interpolation: spectra on a new axis of equal steps.</summary>
/// <remarks>
/// <c>interpolate(1100-2400 nm; 2)</c>: positions from the lower end on, a step apart, up to the upper end; linear between the
/// two neighbours, or after <c>interpolate(1100-2400 nm; 2; cubic)</c> the cubic through the four nearest variables (at the
/// ends of the spectrum the outermost four), written as a weighted sum of them, so that old positions keep their values
/// exactly. The new axis rises whichever way the old one runs. Nothing is extrapolated: an axis that does not reach so far is
/// refused. Old steps need not be equal. Time O(np'); memory 2p' or 4p' doubles.
/// Lagrange's form of the interpolating polynomial: Davis (1975), Interpolation and Approximation, 2.5.
/// </remarks>
public sealed record Interpolation : IPretreatment
{
    /// <summary>The most variables of the new axis.</summary>
    public const int VariablesMax = 100_000;

    private const double Slack = 1e-9;

    /// <summary>A range with its unit, a step, and whether cubics run through four variables.</summary>
    public Interpolation(AxisRange range, AxisUnit unit, double step, bool isCubic)
    {
        Range = new AxisRange(WavelengthRanges.AsWritten(range.From), WavelengthRanges.AsWritten(range.To));
        Unit = unit;
        Step = step;
        IsCubic = isCubic;
        double steps = (Range.To - Range.From) / step;
        if (!(step > 0) || !(steps >= 1) || steps >= VariablesMax)
        {
            throw new StageException(
                FailureKind.InvalidData,
                $"interpolate needs a step above 0 that leaves 2 to {VariablesMax} variables, found {PretreatmentNotation.Format(step)} on "
                + $"{WavelengthRanges.Format([Range], unit)}. Example: interpolate(1100-2400 nm; 2).");
        }
    }

    /// <summary>The new axis from end to end.</summary>
    public AxisRange Range { get; }

    /// <summary>The unit of range and step.</summary>
    public AxisUnit Unit { get; }

    /// <summary>The step of the new axis.</summary>
    public double Step { get; }

    /// <summary>Whether a cubic is taken, not a line.</summary>
    public bool IsCubic { get; }

    /// <inheritdoc/>
    public string Notation => string.Create(
        CultureInfo.InvariantCulture,
        $"interpolate({WavelengthRanges.Format([Range], Unit)}; {PretreatmentNotation.Format(Step)}{(IsCubic ? "; cubic" : "")})");

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public bool IsSampleWise => true;

    private int PointCount => IsCubic ? 4 : 2;

    /// <inheritdoc/>
    public SpectralAxis OutputAxis(SpectralAxis axis)
    {
        WavelengthRanges.RequireUnit(axis, [Range], Unit);
        if (axis.Count < PointCount)
        {
            throw new StageException(
                FailureKind.InvalidData,
                $"{Notation} needs at least {PointCount} variables, but the spectra have {axis.Count}. Use more variables, or leave this step out.");
        }

        double low = Math.Min(axis.Positions[0], axis.Positions[^1]);
        double high = Math.Max(axis.Positions[0], axis.Positions[^1]);
        double[] positions = Positions();
        if (positions[0] < low - (Slack * Step) || positions[^1] > high + (Slack * Step))
        {
            throw new StageException(
                FailureKind.InvalidData,
                $"{Notation} leaves the spectra, which have variables on {WavelengthRanges.Format([new AxisRange(low, high)], Unit)}. "
                + "Nothing is extrapolated: Use a range on them.");
        }

        return new SpectralAxis([.. positions], Unit);
    }

    /// <inheritdoc/>
    public IFittedPretreatment Fit(MatrixView x, MatrixView y, SpectralAxis axis) =>
        new Fitted(axis, OutputAxis(axis), PointCount);

    private double[] Positions()
    {
        int steps = (int)(((Range.To - Range.From) / Step) + Slack);
        double[] positions = new double[steps + 1];
        for (int k = 0; k < positions.Length; k++)
        {
            positions[k] = Range.From + (k * Step);
        }

        return positions;
    }

    private sealed class Fitted : FittedRowByRow
    {
        private readonly int _points;
        private readonly int[] _starts;
        private readonly double[] _weights;

        public Fitted(SpectralAxis axis, SpectralAxis target, int points)
            : base(axis.Count, target.Count)
        {
            _points = points;
            _starts = new int[target.Count];
            _weights = new double[target.Count * points];
            double[] old = [.. axis.Positions];
            bool isFalling = axis.MeanStep < 0;
            if (isFalling)
            {
                Array.Reverse(old);
            }

            for (int k = 0; k < target.Count; k++)
            {
                double position = Math.Clamp(target.Positions[k], old[0], old[^1]);
                int place = Array.BinarySearch(old, position);
                int left = place >= 0 ? place : ~place - 1;
                int start = Math.Clamp(left - ((points / 2) - 1), 0, old.Length - points);
                Span<double> weights = _weights.AsSpan(k * points, points);
                Lagrange(old.AsSpan(start, points), position, weights);
                _starts[k] = isFalling ? old.Length - points - start : start;
                if (isFalling)
                {
                    weights.Reverse();
                }
            }
        }

        protected override void Treat(ReadOnlySpan<double> x, Span<double> target)
        {
            for (int k = 0; k < target.Length; k++)
            {
                double sum = 0;
                for (int m = 0; m < _points; m++)
                {
                    sum += _weights[(k * _points) + m] * x[_starts[k] + m];
                }

                target[k] = sum;
            }
        }

        /// <summary>What each of some points weighs in the value of their polynomial at a position.</summary>
        private static void Lagrange(ReadOnlySpan<double> points, double position, Span<double> weights)
        {
            for (int k = 0; k < points.Length; k++)
            {
                weights[k] = 1;
                for (int m = 0; m < points.Length; m++)
                {
                    weights[k] *= m == k ? 1 : (position - points[m]) / (points[k] - points[m]);
                }
            }
        }
    }
}
