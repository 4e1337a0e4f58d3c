using Pipeline.Engine.Identity;
using Pipeline.Host.Results;
using Pipeline.Stages.Calibration;

namespace Pipeline.Host.Cli.Explain;

/// <summary>Why a result exists, as JSON.</summary>
internal static class ExplainJson
{
    /// <summary>All that is known of a key.</summary>
    public static string Of(FoundKey found) => JsonText.Of(Key(found));

    /// <summary>Two keys and how they differ.</summary>
    public static string Of(FoundKey first, FoundKey second, KeyDifference difference) => JsonText.Of(new
    {
        one = Key(first),
        other = Key(second),
        isEqual = difference.IsEqual,
        fields = difference.Fields.Select(Difference),
        notes = difference.Notes,
        inputs = difference.Inputs.Select(Difference),
    });

    private static object Key(FoundKey found) => new
    {
        key = found.Key.ToString(),
        kind = found.Kind.ToString().ToLowerInvariant(),
        title = found.Title,
        role = found.Role ?? (found.IsOfNull ? "on shuffled responses" : found.IsOfRepeat ? "with another division of the samples" : null),
        row = found.Row is { } placed ? new { file = placed.Path, ranked = placed.RankedCount, cells = placed.Cells } : null,
        study = found.Origin.Select(field => new { field.Name, field.Value }),
        unit = found.UnitKey?.ToString(),
        inputs = found.About,
        methods = found.Description is { } unit ? Methods(unit, found.Place) : null,
        shared = found.Description is { } whole ? Shared(found, whole) : null,
        computed = found.Result is { } result
            ? new
            {
                time = result.Time,
                result.Program,
                start = result.Epoch,
                result.Seconds,
                digest = result.Digest.ToString(),
                result.LengthBytes,
                result.IsFile,
            }
            : null,
        runs = found.Uses.Select(use => new
        {
            key = use.Run.Key.ToString(),
            use.Run.Study,
            state = ExplainText.Word(use.Run.State),
            use.Run.Begun,
            use.Run.Ended,
            use.Run.UnitCount,
            use.Run.EndedUnits,
            use.Run.Detail,
            unit = use.Unit is { } row
                ? new
                {
                    state = ExplainText.Word(row.State),
                    isKept = found.Result is { } kept && use.IsKept(kept),
                    row.Attempts,
                    row.Deaths,
                    row.Failure,
                }
                : null,
        }),
        disputed = found.Disputed.Select(digest => digest.ToString()),
        fields = found.Fields?.Fields,
    };

    private static object Methods(UnitDescription unit, (int Subset, int Setting)? place) => new
    {
        pretreatment = unit.Chain,
        steps = unit.Steps,
        subsets = place is var (subset, _) ? [unit.Subsets[subset]] : unit.Subsets,
        model = unit.Family,
        forms = (place is var (form, _) ? [unit.Forms[form]] : unit.Forms).Distinct().Where(one => one.Length > 0),
        settings = place is var (_, setting) ? [unit.Settings[setting]] : unit.Settings,
        candidates = place is null ? unit.Candidates.Length : 1,
    };

    private static object Shared(FoundKey found, UnitDescription unit) => new
    {
        candidates = unit.Candidates.Length,
        subsets = unit.Subsets.Length,
        settings = unit.Settings.Length,
        unitsOfTheChain = found.ChainUnitCount,
    };

    private static object Difference(FingerprintDifference one) => new { one.Name, one.Number, one = one.First?.Value, other = one.Second?.Value };
}
