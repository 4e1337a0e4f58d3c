using System.Collections.Immutable;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Diagnostics;

/// <summary>Some spectra of a study as a fitted chain leaves them, before any choice of variables, to be looked at.</summary>
/// <param name="Spectra">One spectrum for each row.</param>
/// <param name="Axis">Their axis.</param>
/// <param name="Mean">The mean of the rows.</param>
public sealed record PretreatedExcerpt(Matrix Spectra, SpectralAxis Axis, ImmutableArray<double> Mean)
{
    /// <summary>Treats some spectra.</summary>
    /// <param name="candidate">Whose chain it is.</param>
    /// <param name="fitted">The candidate as fitted.</param>
    /// <param name="measured">The axis of the spectra as measured.</param>
    /// <param name="raw">Spectra as measured, at least one.</param>
    public static PretreatedExcerpt Of(Candidate candidate, FittedCandidate fitted, SpectralAxis measured, Matrix raw)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        ArgumentNullException.ThrowIfNull(fitted);
        ArgumentNullException.ThrowIfNull(raw);
        SpectralAxis axis = candidate.Chain.OutputAxis(measured);
        var treated = new Matrix(raw.Rows, axis.Count);
        fitted.Pretreatment.Apply(raw.View, treated.Span);
        return new PretreatedExcerpt(treated, axis, [.. ColumnMoments.Means(treated.View)]);
    }

    /// <summary>The spectra of some samples as measured, read one by one where they stay on the disk.</summary>
    /// <exception cref="Engine.StageException">The disk refuses.</exception>
    public static Matrix Rows(CalibrationSet set, ReadOnlySpan<int> samples)
    {
        ArgumentNullException.ThrowIfNull(set);
        return set.OnDisk is { } disk ? disk.SelectRows(samples) : set.X.SelectRows(samples);
    }
}
