using System.Collections.Immutable;
using Pipeline.Engine.Identity;
using Pipeline.Engine.State;
using Pipeline.Host.Runs;
using Pipeline.Stages.Calibration;

namespace Pipeline.Host.Cli.Explain;

/// <summary>What a key names.</summary>
internal enum KeyKind
{
    /// <summary>A run of a study.</summary>
    Run,

    /// <summary>A unit.</summary>
    Unit,

    /// <summary>A candidate of a unit.</summary>
    Candidate,
}

/// <summary>What is known of a key.</summary>
/// <param name="Key">The whole key.</param>
/// <param name="Kind">What it names.</param>
/// <param name="Description">What the unit is; null for a run, and where the unit has not ended yet.</param>
/// <param name="Place">The candidate's place in its unit, or null.</param>
/// <param name="Uses">The runs that have it, the oldest first.</param>
/// <param name="Result">The result of the unit, or null.</param>
/// <param name="Disputed">Digests of other results of the unit, which should not exist.</param>
internal sealed record FoundKey(
    Fingerprint Key,
    KeyKind Kind,
    UnitDescription? Description,
    (int Subset, int Setting)? Place,
    ImmutableArray<RunUse> Uses,
    RecordedResult? Result,
    ImmutableArray<Fingerprint> Disputed)
{
    /// <summary>Of what a null's units have a setting for each.</summary>
    private const string PermutationSetting = "permutation";

    /// <summary>The unit that it names or belongs to, or null for a run.</summary>
    public Fingerprint? UnitKey => Uses.Select(use => use.Unit?.Key).FirstOrDefault();

    /// <summary>What the key is made of, or null where it is not known.</summary>
    public FingerprintBuilder? Fields => Place is var (subset, setting) ? Description?.CandidateFields(subset, setting) : Description?.UnitFields();

    /// <summary>The runs' words on the samples; null where none can be read.</summary>
    public RunAbout? About => Uses.Select(use => use.About).LastOrDefault(about => about is not null);

    /// <summary>What its search is to the study, where that is not the study's own; else null.</summary>
    public string? Role => Description is { } unit ? About?.RoleOf(unit.Samples) : null;

    /// <summary>Whether it is of the study's permutation null.</summary>
    public bool IsOfNull => Description is { Settings: [{ Name: PermutationSetting }, ..] };

    /// <summary>Whether it is of a search with another division of the study's samples.</summary>
    public bool IsOfRepeat => Description is { } unit && Role is null && About is { } about && unit.Folds.ToString() != about.Folds;

    /// <summary>Whether it is of the study's own search, whose rows stand in the leaderboard.</summary>
    public bool IsOfOwnSearch => Role is null && !IsOfNull && !IsOfRepeat;

    /// <summary>The candidate's row in the results; null for all else, and where the results are gone.</summary>
    public BoardRow? Row { get; init; }

    /// <summary>Units of the latest run that has it which begin with the same pretreated spectra, itself among them; 0 where that is not known.</summary>
    public int ChainUnitCount { get; init; }

    /// <summary>The fields of the study that have made it.</summary>
    public ImmutableArray<StudyField> Origin => StudyOrigin.Of(this);

    /// <summary>What it is, in a line.</summary>
    public string Title
    {
        get
        {
            if (Kind == KeyKind.Run)
            {
                return $"run of {Uses[^1].Run.Study}";
            }

            if (Description is not { } unit)
            {
                return "unit that has not ended, or of another version of the program";
            }

            return Place is var (subset, setting)
                ? $"candidate: {unit.Chain} | {unit.Subsets[subset].Notation} | {unit.Family.Notation} | {unit.Settings[setting].Text}"
                : $"unit: {unit.Chain} | {unit.Family.Notation} | {unit.Candidates.Length} candidates";
        }
    }
}

/// <summary>A run that has a unit.</summary>
/// <param name="Run">The run.</param>
/// <param name="Unit">What the unit is to it; null where the run itself was asked for.</param>
/// <param name="About">What the run is about, or null where that cannot be read.</param>
internal sealed record RunUse(RecordedRun Run, RecordedUnit? Unit, RunAbout? About)
{
    /// <summary>Whether a result was there before the run was begun last.</summary>
    public bool IsKept(RecordedResult result) => Unit?.State == UnitState.Done && result.Time < Run.Begun;
}
