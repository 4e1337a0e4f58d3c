using Pipeline.Engine;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Preprocessing;

/// <summary>Crop: only the variables on one range of the axis remain.</summary>
/// <remarks>
/// <c>crop(1100-2400 nm)</c>, ends included, in the unit of the spectra. Steps after it see nothing of the rest; whoever wants
/// derivatives or SNV of the whole spectrum crops last, or names a subset. One range, so that neighbours stay neighbours:
/// windows never run over a hole, and ranges in results are true. A range without variables is refused. Time O(np').
/// </remarks>
public sealed record Crop : IPretreatment
{
    /// <summary>A range of more than one position with its unit.</summary>
    public Crop(AxisRange range, AxisUnit unit)
    {
        // Limits are what their text says: two crops of one notation are one crop.
        Range = new AxisRange(WavelengthRanges.AsWritten(range.From), WavelengthRanges.AsWritten(range.To));
        Unit = unit;
        if (Range.From >= Range.To)
        {
            throw new StageException(
                FailureKind.InvalidData,
                $"crop keeps one range, found the single position {WavelengthRanges.Format([Range], unit)}. Example: crop(1100-2400 nm).");
        }
    }

    /// <summary>What remains.</summary>
    public AxisRange Range { get; }

    /// <summary>The unit of the range.</summary>
    public AxisUnit Unit { get; }

    /// <inheritdoc/>
    public string Notation => $"crop({WavelengthRanges.Format([Range], Unit)})";

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public bool IsSampleWise => true;

    /// <summary>Whether a later crop to another range leaves the same as that crop alone.</summary>
    public bool Contains(Crop other) => Unit == other.Unit && Range.From <= other.Range.From && Range.To >= other.Range.To;

    /// <inheritdoc/>
    public SpectralAxis OutputAxis(SpectralAxis axis) => axis.Select(Variables(axis));

    /// <inheritdoc/>
    public IFittedPretreatment Fit(MatrixView x, MatrixView y, SpectralAxis axis)
    {
        int[] variables = Variables(axis);
        return new Fitted(axis.Count, variables[0], variables.Length);
    }

    private int[] Variables(SpectralAxis axis) => WavelengthRanges.Variables(axis, [Range], Unit);

    private sealed class Fitted(int columns, int start, int width) : FittedRowByRow(columns, width)
    {
        private readonly int _width = width;

        protected override void Treat(ReadOnlySpan<double> x, Span<double> target) => x.Slice(start, _width).CopyTo(target);
    }
}
