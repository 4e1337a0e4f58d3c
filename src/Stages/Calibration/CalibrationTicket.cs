using Pipeline.Engine;
using Pipeline.Engine.Cache;
using Pipeline.Stages.Calibration.OnDisk;
using Pipeline.Stages.Models;

namespace Pipeline.Stages.Calibration;

/// <summary>One unit on its way through the five blocks; each block adds what it is named for.</summary>
/// <remarks>
/// The numbers lie in artifacts, which the ticket pins while it needs them. Disposed once, at the end of its way,
/// by the pipeline. Touched by one block at a time.
/// </remarks>
public sealed class CalibrationTicket : IDisposable
{
    /// <summary>A ticket for one unit.</summary>
    public CalibrationTicket(CalibrationUnit unit)
    {
        Unit = unit;
    }

    /// <summary>What is to be computed.</summary>
    public CalibrationUnit Unit { get; }

    /// <summary>Added by Ingest: the samples.</summary>
    public ArtifactLease<CalibrationSet>? Samples { get; set; }

    /// <summary>Added by Pretreat: spectra after the sample-wise part of the chain.</summary>
    public ArtifactLease<PretreatedSpectra>? Pretreated { get; set; }

    /// <summary>Added by Pretreat where spectra stay on the disk: the moments of the chain, in place of its spectra.</summary>
    public ArtifactLease<SharedMoments>? Moments { get; set; }

    /// <summary>Added by Split: the folds.</summary>
    public ArtifactLease<FoldPlan>? Folds { get; set; }

    /// <summary>Added by Train: the cells of the unit.</summary>
    public CellTable? Cells { get; set; }

    /// <summary>Added by Train: how long it took.</summary>
    public double TrainSeconds { get; set; }

    /// <summary>Added by Train where what is remembered could not be written.</summary>
    public StageException? Refused { get; set; }

    /// <summary>Gives the pretreated spectra, or their moments, back to the cache.</summary>
    public void ReleasePretreated()
    {
        Pretreated?.Dispose();
        Pretreated = null;
        Moments?.Dispose();
        Moments = null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ReleasePretreated();
        Folds?.Dispose();
        Samples?.Dispose();
    }
}
