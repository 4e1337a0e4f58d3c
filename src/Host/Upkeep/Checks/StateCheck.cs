using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Engine;
using Pipeline.Engine.Identity;
using Pipeline.Engine.State;
using Pipeline.Engine.Storage;
using Pipeline.Host.Prediction;
using Pipeline.Host.State;
using Pipeline.Stages.Spectra;

namespace Pipeline.Host.Upkeep.Checks;

/// <summary>Looks at what is remembered, and whether the files that it names are there.</summary>
/// <remarks>Reads only, as of one moment; a daemon that runs is not held up. One thread.</remarks>
internal sealed class StateCheck
{
    private const string Check = "state";
    private static readonly TimeSpan ClockSlack = TimeSpan.FromMinutes(5);

    private readonly CheckSubject _subject;
    private readonly StateView _view;
    private readonly List<DatasetManifest> _datasets = [];

    private StateCheck(CheckSubject subject, StateView view)
    {
        _subject = subject;
        _view = view;
    }

    /// <summary>The findings, and the responses of each dataset.</summary>
    public static (ImmutableArray<Finding> Findings, Dictionary<string, ImmutableArray<string>> Responses) Run(CheckSubject subject)
    {
        string file = HostSchema.FileOf(subject.Data);
        if (subject.Storage.Stamp(file) is null)
        {
            return ([Absent(subject, file)], []);
        }

        // What refuses to be read is the finding.
        try
        {
            using var view = StateView.Open(file);
            var check = new StateCheck(subject, view);
            ImmutableArray<Finding> findings = [.. check.All()];
            return (
                findings,
                check._datasets.ToDictionary(dataset => dataset.Name, dataset => (ImmutableArray<string>)[.. dataset.Responses, .. dataset.Labels]));
        }
        catch (StageException refused)
        {
            return (
                [
                    refused.Kind == FailureKind.InvalidRequest
                        ? Finding.Problem(Check, refused.Message, "Nothing was changed.")
                        : Finding.Damage(
                            Check,
                            refused.Message,
                            "Stop the daemon, keep the folder aside, and restore the latest backup that 'pipeline restore --verify' passes."),
                ],
                []);
        }
    }

    private static Finding Absent(CheckSubject subject, string file)
    {
        string datasets = Path.Combine(subject.Data, "datasets");
        return subject.Storage.FolderExists(datasets) && subject.Storage.List(datasets).Count > 0
            ? Finding.Damage(
                Check,
                $"'{file}' is missing, though datasets lie beside it.",
                "Restore a backup; or move the datasets away and give the original files again.")
            : Finding.Ok(Check, "Nothing is remembered yet.");
    }

    private IEnumerable<Finding> All()
    {
        Finding layout = Layout();
        yield return layout;
        if (layout.Level == FindingLevel.Problem)
        {
            yield break;
        }

        if (_view.Fault() is { } fault)
        {
            yield return Finding.Damage(
                Check, $"'{HostSchema.FileOf(_subject.Data)}' is damaged: {fault}", "Stop the daemon, keep the folder aside, and restore the latest backup.");
            yield break;
        }

        yield return Clock();
        foreach (string name in _view.Query("SELECT name FROM dataset ORDER BY name", row => row.Text(0)))
        {
            yield return Dataset(name);
        }

        yield return Results();
        foreach ((string study, string model) in
            _view.Query("SELECT name, model FROM study WHERE model <> '' ORDER BY name", row => (row.Text(0), row.Text(1))))
        {
            yield return Model(study, model);
        }

        yield return Quarantine();
    }

    private Finding Layout()
    {
        List<(string Name, int Version)> parts = _view.Parts();
        string found = "Tables " + string.Join(", ", parts.Select(part => string.Create(CultureInfo.InvariantCulture, $"{part.Name} {part.Version}")));
        foreach (StateSchema known in new[] { StateSchema.Engine, HostSchema.Tables })
        {
            int version = parts.FirstOrDefault(part => part.Name == known.Name).Version;
            if (version > known.Version)
            {
                return Finding.Problem(
                    Check, string.Create(
                        CultureInfo.InvariantCulture,
                        $"{found}; this program knows {known.Name} {known.Version}."), "Use the program that wrote it, or a newer one.");
            }

            if (version < known.Version)
            {
                return Finding.Warning(
                    Check,
                    string.Create(CultureInfo.InvariantCulture, $"{found}; this program has {known.Name} {known.Version}."),
                    "The next start upgrades them, after a copy beside the file. Make a backup before.");
            }
        }

        return Finding.Ok(Check, $"{found}; known to this program, and sound.");
    }

    private Finding Clock()
    {
        long newest = _view.Query(
            "SELECT max((SELECT coalesce(max(time), 0) FROM event), (SELECT coalesce(max(begun), 0) FROM epoch))", row => row.Number(0))[0];
        DateTimeOffset latest = DateTimeOffset.FromUnixTimeMilliseconds(newest);
        return latest > _subject.Machine.Now + ClockSlack
            ? Finding.Warning(
                "clock",
                $"The state has an entry of {Text(latest)}, and the clock says {Text(_subject.Machine.Now)}: one of them was wrong.",
                "Set the clock, and have it kept by NTP. No result depends on it, but times in the log and in 'explain' do.")
            : Finding.Ok("clock", $"Not before the latest entry of the state ({Text(latest)}).");

        static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
    }

    private Finding Dataset(string name)
    {
        string check = $"dataset {name}";
        List<(long Role, byte[] Body)> entries =
            _view.Query("SELECT role, body FROM source WHERE dataset = $1 ORDER BY role, position", row => (row.Number(0), row.Bytes(1)), name);
        var manifest = new DatasetManifest(
            name,
            null,
            [.. entries.Where(entry => entry.Role == 0).Select(entry => DatasetEntryJson.ReadChunk(entry.Body))],
            [.. entries.Where(entry => entry.Role != 0).Select(entry => DatasetEntryJson.ReadReferences(entry.Body))]);
        _datasets.Add(manifest);
        string folder = Path.Combine(_subject.Data, "datasets", name);
        DatasetSource[] sources = [.. manifest.Sources];
        string[] lost =
        [
            .. sources
                .Where(source => _subject.Storage.Stamp(Path.Combine(folder, "sources", source.Digest.ToString()))?.LengthBytes != source.LengthBytes)
                .Select(source => $"{source.Digest} ('{source.Path}')"),
        ];
        string found = string.Create(CultureInfo.InvariantCulture, $"Sources: {sources.Length}, samples: {manifest.SampleIds.Length}");
        return lost.Length == 0
            ? Finding.Ok(check, $"{found}. Every source is there in its length.")
            : Finding.Damage(
                check,
                string.Create(CultureInfo.InvariantCulture, $"{found}. Missing or of another length: {lost.Length}, first {lost[0]} in '{folder}'."),
                "Copy them from a backup, or give the original files again; then have the disk looked at.");
    }

    private Finding Results()
    {
        const string Name = "results";
        HashSet<Fingerprint> named =
            [.. _view.Query("SELECT digest FROM result WHERE body IS NULL UNION SELECT digest FROM disputed_result WHERE body IS NULL", row => row.Key(0))];
        string folder = Path.Combine(_subject.Data, "results");
        HashSet<Fingerprint> there = [];
        int strangers = 0;
        foreach (StoredEntry file in Shelves(folder).SelectMany(_subject.Storage.List).Where(entry => !entry.IsFolder))
        {
            if (Fingerprint.TryParse(Path.GetFileName(file.Path), out Fingerprint digest) && named.Contains(digest))
            {
                there.Add(digest);
            }
            else
            {
                strangers++;
            }
        }

        int missing = named.Count - there.Count;
        string found = string.Create(CultureInfo.InvariantCulture, $"Files that are named: {named.Count}, of them missing: {missing}, not named: {strangers}");
        bool isRunning = RunningDaemon.Find(_subject.Data) is not null;

        // A daemon that works writes a file before its row, and removes rows before their files.
        return isRunning || (missing == 0 && strangers == 0)
            ? Finding.Ok(Name, found + (isRunning ? "; with a daemon at work, these come and go." : "."))
            : Finding.Warning(
                Name,
                found + ".",
                "Nothing to do: the next start removes what nobody names, and what is missing is computed again when it is needed.");
    }

    private IEnumerable<string> Shelves(string folder) => _subject.Storage.FolderExists(folder)
        ? _subject.Storage.List(folder).Where(entry => entry.IsFolder).Select(entry => entry.Path)
        : [];

    private Finding Model(string study, string model)
    {
        string check = $"model of {study}";

        // A model that cannot be loaded is the finding.
        try
        {
            ModelFolder.Load(Path.Combine(_subject.Data, "studies", study, model), _subject.Storage);
            return Finding.Ok(check, $"Its checksums hold ({model}).");
        }
        catch (StageException damaged)
        {
            return Finding.Damage(check, damaged.Message, "Copy its folder from a backup; or let the study run again, which new references do.");
        }
    }

    private Finding Quarantine()
    {
        const string Name = "quarantine";
        List<(string Dataset, long Count)> counts =
            _view.Query("SELECT dataset, count(*) FROM quarantine GROUP BY dataset ORDER BY dataset", row => (row.Text(0), row.Number(1)));
        return counts.Count == 0
            ? Finding.Ok(Name, "Empty.")
            : Finding.Warning(
                Name,
                string.Join(
                    ", ",
                    counts.Select(count => string.Create(CultureInfo.InvariantCulture, $"{count.Count} of dataset {count.Dataset}"))) + " could not be read.",
                $"Each has its reason in '{Path.Combine(_subject.Data, "datasets", counts[0].Dataset, "quarantine")}'; mend the file and drop it again.");
    }
}
