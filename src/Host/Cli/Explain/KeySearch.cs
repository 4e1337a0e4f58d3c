using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Engine;
using Pipeline.Engine.Identity;
using Pipeline.Engine.State;
using Pipeline.Host.Runs;
using Pipeline.Stages.Calibration;

namespace Pipeline.Host.Cli.Explain;

/// <summary>Finds what a key, or the beginning of one, names in a state database.</summary>
/// <remarks>
/// Keys of candidates are not kept: they are made again from the descriptions of all units, 10 µs each. Used by one thread.
/// </remarks>
internal sealed class KeySearch(StateView view, string folder)
{
    private const int DigitsMin = 6;
    private const int MatchesMax = 10;
    private readonly Dictionary<long, RecordedRun> _runs = view.Runs().ToDictionary(run => run.Id);

    /// <summary>What the text names.</summary>
    /// <exception cref="StageException">It is no key, names nothing, or names several things.</exception>
    public FoundKey Find(string text)
    {
        string digits = text.Trim().ToLowerInvariant();
        if (digits.Length is < DigitsMin or > 64 || !digits.All(char.IsAsciiHexDigit))
        {
            throw Refusal(
                $"'{text}' is no key. A key has 64 hexadecimal digits, of which the first {DigitsMin} or more are enough; leaderboard.csv has one "
                + "in its last column for each candidate. The seed profile's results.csv has none: the columns of a row there are all that made it.");
        }

        _ = Fingerprint.TryParse(digits.PadRight(64, '0'), out Fingerprint first);
        _ = Fingerprint.TryParse(digits.PadRight(64, 'f'), out Fingerprint last);
        List<FoundKey> found = [.. Runs(first, last), .. view.UnitKeys(first, last, MatchesMax + 1).Select(Unit)];

        // A whole key names one thing only.
        if (found.Count == 0 || digits.Length < 64)
        {
            view.ScanDescriptions((unit, json) => AddCandidates(found, unit, json, first, last));
        }

        return found.Count switch
        {
            1 => Completed(found[0]),
            0 => throw Refusal(
                $"Nothing in '{folder}' has the key {text}: {Text(_runs.Count, "run")} and their units and candidates were looked through. "
                + "Results are kept for the latest runs of each study; name the folder with --data or --state."),
            _ => throw Refusal(
                $"{(found.Count > MatchesMax ? $"More than {MatchesMax}" : found.Count)} keys begin with {text}; give more digits:\n"
                + string.Join('\n', found.Take(MatchesMax).Select(one => $"  {one.Key}  {one.Title}"))),
        };
    }

    private IEnumerable<FoundKey> Runs(Fingerprint first, Fingerprint last) =>
        from run in _runs.Values
        where run.Key >= first && run.Key <= last
        group run by run.Key into same
        select new FoundKey(same.Key, KeyKind.Run, null, null, [.. same.Select(run => new RunUse(run, null, RunAbout.FromJson(run.About)))], null, []);

    private FoundKey Unit(Fingerprint key) => Unit(key, place: null, key);

    private FoundKey Unit(Fingerprint unit, (int Subset, int Setting)? place, Fingerprint key)
    {
        List<RecordedUnit> rows = view.Units(unit);
        UnitDescription? description = rows.Select(row => Described(row.Key, row.Description)).LastOrDefault(one => one is not null);
        ImmutableArray<RunUse> uses = [.. rows.Select(row => new RunUse(_runs[row.RunId], row, RunAbout.FromJson(_runs[row.RunId].About)))];
        return new FoundKey(key, place is null ? KeyKind.Unit : KeyKind.Candidate, description, place, uses, view.Result(unit), [.. view.Disputed(unit)]);
    }

    /// <summary>With what takes another look at files and units.</summary>
    private FoundKey Completed(FoundKey found) => found with
    {
        Row = found.Kind == KeyKind.Candidate ? BoardRow.Find(found.Uses, found.Key, folder) : null,
        ChainUnitCount = found is { Description: { } unit, Uses: [.., var latest] } ? ChainUnits(unit, latest.Run.Id) : 0,
    };

    private int ChainUnits(UnitDescription unit, long run)
    {
        HashSet<Fingerprint> own = view.UnitsOf(run);
        int count = 0;
        view.ScanDescriptions((key, json) => count += own.Contains(key)
            && UnitDescription.FromJson(json) is { } other
            && other.Samples == unit.Samples
            && other.Steps.SequenceEqual(unit.Steps) ? 1 : 0);
        return count;
    }

    private void AddCandidates(List<FoundKey> found, Fingerprint unit, byte[] json, Fingerprint first, Fingerprint last)
    {
        if (found.Count > MatchesMax || UnitDescription.FromJson(json) is not { } description)
        {
            return;
        }

        foreach ((int subset, int setting) in description.Candidates)
        {
            Fingerprint key = description.CandidateFields(subset, setting).ToFingerprint();
            if (key >= first && key <= last)
            {
                found.Add(Unit(unit, (subset, setting), key));
            }
        }
    }

    /// <summary>A description, unless it gives another key: then another version of the program made keys otherwise.</summary>
    private static UnitDescription? Described(Fingerprint unit, byte[]? json) =>
        json is not null && UnitDescription.FromJson(json) is { } description && description.UnitFields().ToFingerprint() == unit ? description : null;

    private static string Text(int count, string what) => string.Create(CultureInfo.InvariantCulture, $"{count} {what}{(count == 1 ? "" : "s")}");

    private static StageException Refusal(string message) => new(FailureKind.InvalidRequest, message);
}
