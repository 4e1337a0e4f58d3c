using Pipeline.Engine.Identity;
using Pipeline.Engine.State;
using Pipeline.Engine.Storage;
using Pipeline.Host.Datasets;
using Pipeline.Stages.Spectra;

namespace Pipeline.Host.Upkeep.Backups;

/// <summary>Which files belong to a copy of the state.</summary>
/// <remarks>
/// What may vanish comes first, so that little time passes after the copy: runs, results, predictions. Sources, chunks and
/// quarantined bytes are never deleted. Original bytes without a row (superseded, or on their way in) come too; on their own
/// they mean nothing, and join when they come again.
/// </remarks>
internal sealed class BackupContents
{
    private const long ChunkRole = 0;

    private readonly StateView _state;
    private readonly IStorage _storage;
    private readonly string _data;

    private BackupContents(StateView state, IStorage storage, string data)
    {
        _state = state;
        _storage = storage;
        _data = data;
    }

    /// <summary>The groups in the order in which they are copied.</summary>
    /// <param name="state">The copy.</param>
    /// <param name="storage">The data folder's disk.</param>
    /// <param name="data">The data folder.</param>
    public static IEnumerable<BackupGroup> Of(StateView state, IStorage storage, string data)
    {
        var contents = new BackupContents(state, storage, data);
        return [.. contents.Studies(), .. contents.Results(), .. contents.Datasets()];
    }

    private IEnumerable<BackupGroup> Studies()
    {
        List<(string Name, string Model)> studies = _state.Query("SELECT name, model FROM study ORDER BY name", row => (row.Text(0), row.Text(1)));
        HashSet<string> needed = [];
        foreach ((string name, string model) in studies.Where(study => study.Model.Length > 0))
        {
            string run = $"studies/{name}/{Slashes(model).Split('/')[0]}";
            needed.Add(run);
            yield return new BackupGroup("run", [run], null, WhenMissing.BeginAgain);
        }

        foreach (string run in _state
            .Query("SELECT detail FROM run WHERE state = $1 ORDER BY id", row => Slashes(row.Text(0)), (long)RunState.Completed)
            .Where(run => run.StartsWith("studies/", StringComparison.Ordinal) && needed.Add(run)))
        {
            yield return new BackupGroup("run", [run], null, WhenMissing.CostsTime);
        }

        foreach ((string name, _) in studies)
        {
            yield return new BackupGroup("predictions", [$"studies/{name}/predictions.csv"], null, WhenMissing.Nothing);
        }
    }

    private IEnumerable<BackupGroup> Results() => _state
        .Query("SELECT digest FROM result WHERE body IS NULL UNION SELECT digest FROM disputed_result WHERE body IS NULL", row => row.Key(0))
        .Select(digest => new BackupGroup("result", [$"results/{digest.ToString()[..2]}/{digest}"], digest, WhenMissing.CostsTime));

    private IEnumerable<BackupGroup> Datasets()
    {
        foreach (string dataset in _state.Query("SELECT name FROM dataset ORDER BY name", row => row.Text(0)))
        {
            List<(long Role, byte[] Body)> entries = _state.Query(
                "SELECT role, body FROM source WHERE dataset = $1 ORDER BY role, position", row => (row.Number(0), row.Bytes(1)), dataset);
            DatasetChunk[] chunks = [.. entries.Where(entry => entry.Role == ChunkRole).Select(entry => DatasetEntryJson.ReadChunk(entry.Body))];
            HashSet<Fingerprint> sources =
            [
                .. chunks.Select(chunk => chunk.Source.Digest),
                .. entries.Where(entry => entry.Role != ChunkRole).Select(entry => DatasetEntryJson.ReadReferences(entry.Body).Source.Digest),
            ];
            string folder = $"datasets/{dataset}";
            foreach (Fingerprint source in sources.Union(Named($"{folder}/sources")))
            {
                yield return new BackupGroup(
                    "source", [$"{folder}/sources/{source}"], source, sources.Contains(source) ? WhenMissing.IsDamage : WhenMissing.Nothing);
            }

            string extension = new ArrowChunkCodec().Extension;
            long chunkedFrom = new DatasetStoreOptions().ChunkedFromBytes;
            foreach (Fingerprint chunk in chunks.Where(chunk => chunk.Source.LengthBytes >= chunkedFrom).Select(chunk => chunk.Digest).Distinct())
            {
                yield return new BackupGroup("chunk", [$"{folder}/chunks/{chunk}{extension}"], null, WhenMissing.CostsTime);
            }

            HashSet<Fingerprint> refused =
                [.. _state.Query("SELECT digest FROM quarantine WHERE dataset = $1 ORDER BY digest", row => row.Key(0), dataset)];
            foreach (Fingerprint digest in refused.Union(Named($"{folder}/quarantine")))
            {
                yield return new BackupGroup(
                    "quarantined source",
                    [$"{folder}/quarantine/{digest}/bytes"],
                    digest,
                    refused.Contains(digest) ? WhenMissing.IsDamage : WhenMissing.Nothing);
                yield return new BackupGroup("reason", [$"{folder}/quarantine/{digest}/reason.json"], null, WhenMissing.Nothing);
            }
        }
    }

    /// <summary>Files or folders that are named by a digest.</summary>
    private IEnumerable<Fingerprint> Named(string folder)
    {
        string path = Path.Combine(_data, folder);
        foreach (StoredEntry entry in _storage.FolderExists(path) ? _storage.List(path) : [])
        {
            if (Fingerprint.TryParse(Path.GetFileName(entry.Path), out Fingerprint digest))
            {
                yield return digest;
            }
        }
    }

    private static string Slashes(string path) => path.Replace('\\', '/');
}
