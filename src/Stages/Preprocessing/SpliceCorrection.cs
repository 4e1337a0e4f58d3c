using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Preprocessing;

/// <summary>Splice correction: parts of a spectrum from different detectors are shifted until they meet.</summary>
/// <remarks>
/// <c>splice(1000, 1830 nm)</c>: the axis is cut after the last variable at or below each position. The middle part (of two
/// middle ones the upper) stays. From there outwards each part is shifted as a whole so that its variable next to
/// the joint lies on the line that fits the 10 nearest variables of its neighbour (fewer where there are fewer) by least squares.
/// A joint without variables on both sides is refused, as is a part with one variable that another one must follow. The
/// direction of the axis does not matter, steps need not be equal. Time O(np).
/// The joints of three-detector field spectrometers are 1000 and 1830 nm.
/// Stevens and Ramirez-Lopez (2014), prospectr, R package, spliceCorrection, with two joints and 10 variables.
/// </remarks>
public sealed record SpliceCorrection : IPretreatment
{
    /// <summary>The most joints of an axis.</summary>
    public const int JointsMax = 8;

    private const int LineCount = 10;

    /// <summary>One joint or more, rising, with their unit.</summary>
    public SpliceCorrection(ImmutableArray<double> joints, AxisUnit unit)
    {
        Joints = [.. joints.Select(WavelengthRanges.AsWritten).Order().Distinct()];
        Unit = unit;
        if (Joints.Length is < 1 or > JointsMax)
        {
            throw new StageException(
                FailureKind.InvalidData,
                $"splice takes 1 to {JointsMax} positions at which detectors meet, found {Joints.Length}. Example: splice(1000, 1830 nm).");
        }
    }

    /// <summary>Positions of the last variables before the joints.</summary>
    public ImmutableArray<double> Joints { get; }

    /// <summary>The unit of the positions.</summary>
    public AxisUnit Unit { get; }

    /// <inheritdoc/>
    public string Notation => $"splice({WavelengthRanges.Format(Ranges, Unit)})";

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public bool IsSampleWise => true;

    private IEnumerable<AxisRange> Ranges => Joints.Select(joint => new AxisRange(joint, joint));

    /// <inheritdoc/>
    public bool Equals(SpliceCorrection? other) => other is not null && Notation == other.Notation;

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Notation);

    /// <inheritdoc/>
    public SpectralAxis OutputAxis(SpectralAxis axis)
    {
        WavelengthRanges.RequireUnit(axis, Ranges, Unit);
        int[] limits = Limits(axis);
        for (int part = 0; part <= Joints.Length; part++)
        {
            int count = limits[part + 1] - limits[part];
            bool isFollowed = part > 0 && part < Joints.Length;
            if (count < (isFollowed || part == Middle ? 2 : 1))
            {
                throw new StageException(
                    FailureKind.InvalidData,
                    $"{Notation} leaves {count} of {axis.Count} variables {Where(part)}, too few to meet their neighbours. "
                    + "Use positions inside the spectrum, or leave this step out.");
            }
        }

        return axis;
    }

    /// <inheritdoc/>
    public IFittedPretreatment Fit(MatrixView x, MatrixView y, SpectralAxis axis) =>
        new Fitted(OutputAxis(axis), Limits(axis), Middle);

    /// <summary>The part that stays.</summary>
    private int Middle => (Joints.Length + 1) / 2;

    private string Where(int part) => part == 0
        ? $"up to {WavelengthRanges.Format([new AxisRange(Joints[0], Joints[0])], Unit)}"
        : $"after {WavelengthRanges.Format([new AxisRange(Joints[part - 1], Joints[part - 1])], Unit)}";

    /// <summary>How many variables lie at or below each joint; first 0, last all.</summary>
    private int[] Limits(SpectralAxis axis) =>
    [
        0,
        .. Joints.Select(joint => axis.Positions.Count(position => WavelengthRanges.AsWritten(position) <= joint)),
        axis.Count,
    ];

    /// <summary>One shift: which rising variables move, which of them meets the line, and the line's weights.</summary>
    private sealed record Shift(int From, int To, int Meets, int LineFrom, double[] Weights);

    private sealed class Fitted : FittedRowByRow
    {
        private readonly Shift[] _shifts;
        private readonly bool _isFalling;

        public Fitted(SpectralAxis axis, int[] limits, int middle)
            : base(axis.Count, axis.Count)
        {
            _isFalling = axis.MeanStep < 0;
            double[] positions = [.. axis.Positions];
            if (_isFalling)
            {
                Array.Reverse(positions);
            }

            var shifts = new List<Shift>();
            for (int part = middle - 1; part >= 0; part--)
            {
                int count = Math.Min(LineCount, limits[part + 2] - limits[part + 1]);
                shifts.Add(Of(positions, limits[part], limits[part + 1], limits[part + 1] - 1, limits[part + 1], count));
            }

            for (int part = middle + 1; part < limits.Length - 1; part++)
            {
                int count = Math.Min(LineCount, limits[part] - limits[part - 1]);
                shifts.Add(Of(positions, limits[part], limits[part + 1], limits[part], limits[part] - count, count));
            }

            _shifts = [.. shifts];
        }

        protected override void Treat(ReadOnlySpan<double> x, Span<double> target)
        {
            x.CopyTo(target);
            if (_isFalling)
            {
                target.Reverse();
            }

            foreach (Shift shift in _shifts)
            {
                double line = Products.Dot(shift.Weights, target.Slice(shift.LineFrom, shift.Weights.Length));
                Products.AddToAll(line - target[shift.Meets], target[shift.From..shift.To]);
            }

            if (_isFalling)
            {
                target.Reverse();
            }
        }

        /// <summary>The value of the line at a position is Σ w_m x_m with w_m = 1/c + (t − mean) (t_m − mean) / Σ (t_m − mean)².</summary>
        private static Shift Of(double[] positions, int from, int to, int meets, int lineFrom, int count)
        {
            ReadOnlySpan<double> points = positions.AsSpan(lineFrom, count);
            double mean = points[0] + (RowKernels.SumOfDifferences(points, points[0]) / count);
            double squares = RowKernels.SumOfSquares(points, mean);
            double[] weights = new double[count];
            for (int m = 0; m < count; m++)
            {
                weights[m] = (1.0 / count) + ((positions[meets] - mean) * (points[m] - mean) / squares);
            }

            return new Shift(from, to, meets, lineFrom, weights);
        }
    }
}
