using System.Collections.Immutable;
using Pipeline.Engine.Identity;
using Pipeline.Engine.Planning;
using Pipeline.Stages.Models;
using Pipeline.Stages.Preprocessing;
using Pipeline.Stages.Selection;

namespace Pipeline.Stages.Calibration;

/// <summary>What one unit of a study computes: every candidate of one chain and one family.</summary>
/// <param name="Work">The unit as the engine sees it.</param>
/// <param name="Chain">The pretreatment chain.</param>
/// <param name="PretreatedKey">Key of the spectra after the sample-wise part of the chain.</param>
/// <param name="Family">The family.</param>
/// <param name="Subsets">The variable subsets.</param>
/// <param name="Settings">The settings, some of the family's.</param>
/// <param name="Candidates">The candidates with their place in the unit's cell table.</param>
/// <param name="Description">What the keys of the unit and its candidates are made of.</param>
/// <param name="CellBytes">Bytes of the cell table, the part of the unit's memory that outlives its computation.</param>
public sealed record CalibrationUnit(
    WorkUnit Work,
    PretreatmentChain Chain,
    Fingerprint PretreatedKey,
    ICandidateFamily Family,
    ImmutableArray<ISubset> Subsets,
    ImmutableArray<ModelSetting> Settings,
    ImmutableArray<PlacedCandidate> Candidates,
    UnitDescription Description,
    long CellBytes)
{
    /// <summary>Values predicted per sample, q: 1, or the number of classes.</summary>
    public int OutputCount { get; init; } = 1;
}

/// <summary>A candidate and its place in a cell table.</summary>
/// <param name="Candidate">The candidate.</param>
/// <param name="SubsetIndex">0-based subset of the unit.</param>
/// <param name="SettingIndex">0-based setting of the unit.</param>
public sealed record PlacedCandidate(Candidate Candidate, int SubsetIndex, int SettingIndex);
