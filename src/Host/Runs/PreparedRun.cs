using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Engine.Identity;
using Pipeline.Engine.Planning;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Calibration.Judging;
using Pipeline.Stages.Spectra.Readers;

namespace Pipeline.Host.Runs;

/// <summary>A search that is read, bound and planned, but not run.</summary>
/// <param name="Request">What was asked.</param>
/// <param name="DataDigest">SHA-256 of the data file; the key of the spectra where they stay on the disk.</param>
/// <param name="Report">What the reader found and guessed.</param>
/// <param name="Bound">The study with its samples.</param>
/// <param name="Test">Test samples with known response, or null.</param>
/// <param name="Plan">The units of the search.</param>
/// <param name="Limits">The limits of the run, what the samples themselves take already subtracted.</param>
public sealed record PreparedRun(
    SearchRequest Request,
    Fingerprint DataDigest,
    ReadingReport Report,
    BoundStudy Bound,
    TestSet? Test,
    StudyPlan Plan,
    Limits Limits)
{
    /// <summary>The sets that the study has chosen before the search; null where it has not.</summary>
    public HoldOutSets? HoldOut { get; init; }

    /// <summary>The searches beside it by which it is judged.</summary>
    public required JudgingPlan Judging { get; init; }

    /// <summary>What each unit of all searches computes: the study's own first, then those by which it is judged.</summary>
    public IEnumerable<CalibrationUnit> Units =>
        Judging.Searches.Select(search => search.Plan).Prepend(Plan).SelectMany(plan => plan.Units.Values);

    /// <summary>All units, those of the searches beside it too; its key names the run.</summary>
    public required Plan Work { get; init; }

    /// <summary>The files that samples, references and sets come from.</summary>
    public ImmutableArray<InputFile> Inputs { get; init; } = [];

    /// <summary>How long reading, binding and planning took.</summary>
    public ImmutableArray<PhaseTime> Phases { get; init; } = [];
}

/// <summary>A file that a run comes from.</summary>
/// <param name="Role">What it has: <c>spectra</c>, <c>sets</c>, or for a dataset of the daemon <c>source</c>.</param>
/// <param name="Path">Where it lay.</param>
/// <param name="Digest">SHA-256 of its bytes; null where they stay on the disk and are never read as a whole.</param>
/// <param name="LengthBytes">How many bytes it has.</param>
public sealed record InputFile(string Role, string Path, Fingerprint? Digest, long LengthBytes);

/// <summary>How long a phase of a run took.</summary>
/// <param name="Name">The phase.</param>
/// <param name="Seconds">By the clock on the wall.</param>
public sealed record PhaseTime(string Name, double Seconds);
