using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Selection;

/// <summary>The variables on ranges that somebody has named; the same in every fold.</summary>
/// <remarks>
/// <c>ranges(1900-1950, 2080-2130 nm)</c>. Ends belong to a range; a single position takes the nearest variable within
/// half a step of the axis. The unit must be the axis's own; nothing is converted.
/// </remarks>
public sealed class FixedRanges : ISubset, IEquatable<FixedRanges>
{
    private readonly ImmutableArray<AxisRange> _ranges;
    private readonly AxisUnit _unit;

    /// <summary>One or more ranges of one unit.</summary>
    public FixedRanges(ImmutableArray<AxisRange> ranges, AxisUnit unit)
    {
        if (ranges.IsDefaultOrEmpty)
        {
            throw new StageException(
                FailureKind.InvalidData,
                "A choice by ranges needs at least one range, found none. Example: ranges(1900-1950 nm).");
        }

        // Limits are what their text says: two choices of one notation are one choice.
        _ranges = [.. ranges.Select(Rounded).Distinct().OrderBy(range => range.From).ThenBy(range => range.To)];
        _unit = unit;
    }

    /// <inheritdoc/>
    public string Notation => $"ranges({WavelengthRanges.Format(_ranges, _unit)})";

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public bool UsesImportance => false;

    /// <summary>Ranges from a text such as <c>1900-1950, 2080-2130 nm</c>.</summary>
    public static FixedRanges Parse(string text)
    {
        ImmutableArray<AxisRange> ranges = WavelengthRanges.Read(text, out AxisUnit unit);
        return new FixedRanges(ranges, unit);
    }

    /// <inheritdoc/>
    public int VariablesMax(SpectralAxis axis) => WavelengthRanges.Variables(axis, _ranges, _unit).Length;

    /// <inheritdoc/>
    public int[] Select(MatrixView x, MatrixView y, SpectralAxis axis, ReadOnlySpan<double> importance) =>
        WavelengthRanges.Variables(axis, _ranges, _unit);

    /// <inheritdoc/>
    public bool Equals(FixedRanges? other) => other is not null && Notation == other.Notation;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as FixedRanges);

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Notation);

    private static AxisRange Rounded(AxisRange range) =>
        new(WavelengthRanges.AsWritten(range.From), WavelengthRanges.AsWritten(range.To));
}
