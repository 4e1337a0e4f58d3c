using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Pipeline.Engine;
using Pipeline.Engine.Identity;
using Pipeline.Stages.Spectra.Readers;

namespace Pipeline.Stages.Spectra;

/// <summary>A dataset while sources join it: its manifest, with an index of all that <see cref="DatasetRules"/> ask for.</summary>
/// <remarks>
/// A source that is refused leaves no trace. One that is appended, or that takes the place of one of its kind, costs what it
/// holds, however large the dataset is; any other removal costs the dataset once, for the index is made anew. A manifest costs one
/// reference per source. The index takes some 200 bytes per sample beside the entries. Not safe for several threads.
/// </remarks>
public sealed class DatasetDraft
{
    private readonly string _name;
    private readonly List<DatasetChunk> _chunks;
    private readonly List<DatasetReferences> _references;
    private readonly Dictionary<Fingerprint, Place> _places = [];
    private readonly Dictionary<string, Fingerprint> _latest = new(StringComparer.Ordinal);

    // The first row of each sample id, and the further ones of those few that several sources have.
    private readonly Dictionary<string, Row> _rows = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<Row>> _further = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _responses = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, int> _labels = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);
    private SpectralAxis? _axis;
    private DatasetManifest? _manifest;

    // Ids and rows of tables by normal form; made when it is first asked for, and dropped with any removal.
    private Dictionary<string, Form>? _forms;

    /// <summary>A draft that begins with a manifest.</summary>
    public DatasetDraft(DatasetManifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        _name = manifest.Name;
        _axis = manifest.Axis;
        _chunks = [.. manifest.Chunks];
        _references = [.. manifest.References];
        _manifest = manifest;
        IndexAll();
    }

    /// <summary>The dataset as it stands; the same object until something changes.</summary>
    public DatasetManifest ToManifest() => _manifest ??= new DatasetManifest(_name, _axis, [.. _chunks], [.. _references]);

    /// <summary>The source of these bytes, or null.</summary>
    public DatasetSource? Find(Fingerprint digest) => _places.TryGetValue(digest, out Place place) ? SourceAt(place) : null;

    /// <summary>The latest source of a path, or null; further names of the same bytes do not count.</summary>
    public DatasetSource? LatestOf(string path) => _latest.TryGetValue(path, out Fingerprint digest) ? Find(digest) : null;

    /// <summary>True where the dataset has a sample of this id.</summary>
    public bool HasSample(string id) => _rows.ContainsKey(id);

    /// <summary>True where there are tables of late references.</summary>
    public bool HasTables => _references.Count > 0;

    /// <summary>The ids that a source brought, as it wrote them; none where it is unknown.</summary>
    public ImmutableArray<string> IdsOf(Fingerprint digest) => !_places.TryGetValue(digest, out Place place)
        ? []
        : place.IsTable ? _references[place.Position].Ids : _chunks[place.Position].Ids;

    /// <summary>True where the later content is of the earlier source's kind and has all it knows, so that nothing is lost.</summary>
    public bool Covers(Fingerprint earlier, SourceContent content) => _places.TryGetValue(earlier, out Place place)
        && (place.IsTable ? DatasetRules.Covers(_references[place.Position], content) : DatasetRules.Covers(_chunks[place.Position], content));

    /// <summary>Adds a chunk, or puts it in the place of a superseded source.</summary>
    /// <param name="entry">The chunk.</param>
    /// <param name="axis">The axis of its spectra.</param>
    /// <param name="superseded">Digest of the source whose place it takes, or null.</param>
    /// <exception cref="StageException">The chunk breaks a rule; nothing has changed.</exception>
    public void Add(DatasetChunk entry, SpectralAxis axis, Fingerprint? superseded = null)
    {
        ArgumentNullException.ThrowIfNull(entry);
        Place? place = PlaceOf(superseded);
        int left = place is { IsTable: false } chunk ? chunk.Position : -1;
        bool isFirst = _chunks.Count == (left < 0 ? 0 : 1);
        if (!isFirst)
        {
            DatasetRules.CheckAxis(_axis!, axis, _chunks[left == 0 ? 1 : 0].Source);
        }

        CheckColumns(entry.Responses, entry.Labels, place);
        CheckSamples(entry, left);
        _axis = isFirst ? axis : _axis;
        entry = Spelt(entry);
        if (place is { } present)
        {
            Replace(present, entry);
        }
        else
        {
            _chunks.Add(entry);
            Index(entry, _chunks.Count - 1);
        }

        _manifest = null;
    }

    /// <summary>Adds a table of late references, or puts it in the place of a superseded source.</summary>
    /// <exception cref="StageException">The table breaks a rule; nothing has changed.</exception>
    public void Add(DatasetReferences entry, Fingerprint? superseded = null)
    {
        ArgumentNullException.ThrowIfNull(entry);
        Place? place = PlaceOf(superseded);
        CheckColumns(entry.Columns, entry.Labels, place);
        if (place is { } present)
        {
            Replace(present, entry);
        }
        else
        {
            _references.Add(entry);
            Index(entry, _references.Count - 1);
        }

        _manifest = null;
    }

    /// <summary>Adds a further name of the same bytes.</summary>
    public void AddAlias(Fingerprint digest, string path)
    {
        if (!_places.TryGetValue(digest, out Place place) || SourceAt(place) is not { } source || source.IsKnownAs(path))
        {
            return;
        }

        source = source with { Aliases = source.Aliases.Add(path) };
        if (place.IsTable)
        {
            _references[place.Position] = _references[place.Position] with { Source = source };
        }
        else
        {
            _chunks[place.Position] = _chunks[place.Position] with { Source = source };
        }

        _manifest = null;
    }

    /// <summary>Removes a source.</summary>
    public void Remove(Fingerprint digest)
    {
        if (PlaceOf(digest) is { } place)
        {
            RemoveAt(place);
            IndexAll();
            _manifest = null;
        }
    }

    /// <summary>The part of the dataset on which the join of some ids depends.</summary>
    /// <remarks>
    /// A table's id is joined with ids of its own normal form and with no others, so the join of the whole is that of its parts side
    /// by side. Where there are no tables, ids of equal form have nothing to do with each other.
    /// </remarks>
    /// <param name="ids">Ids of samples, or as tables write them.</param>
    /// <param name="withForms">True to take all ids of the same normal form; needed as soon as tables are in play.</param>
    public DatasetManifest PartOf(IEnumerable<string> ids, bool withForms)
    {
        var rows = new SortedDictionary<int, SortedSet<int>>();
        var tableRows = new SortedDictionary<int, SortedSet<int>>();
        HashSet<string> samples = new(ids, StringComparer.Ordinal);
        if (withForms)
        {
            _forms ??= FormsOfAll();
            foreach (string form in samples.Select(Dataset.Normalise).Distinct(StringComparer.Ordinal).ToList())
            {
                if (_forms.TryGetValue(form, out Form? known))
                {
                    samples.UnionWith(known.Ids);
                    known.TableRows.ForEach(row => Take(tableRows, row));
                }
            }
        }

        foreach (string id in samples)
        {
            if (_rows.TryGetValue(id, out Row first))
            {
                Take(rows, first);
                _further.GetValueOrDefault(id)?.ForEach(row => Take(rows, row));
            }
        }

        return new DatasetManifest(
            _name,
            _axis,
            [.. rows.Select(one => RowsOf(_chunks[one.Key], [.. one.Value]))],
            [.. tableRows.Select(one => RowsOf(_references[one.Key], [.. one.Value]))]);
    }

    private static void Take(SortedDictionary<int, SortedSet<int>> rows, Row row)
    {
        if (!rows.TryGetValue(row.Source, out SortedSet<int>? taken))
        {
            rows.Add(row.Source, taken = []);
        }

        taken.Add(row.Index);
    }

    private static DatasetChunk RowsOf(DatasetChunk chunk, int[] rows) => rows.Length == chunk.Ids.Length
        ? chunk
        : chunk with
        {
            Ids = [.. rows.Select(i => chunk.Ids[i])],
            SpectrumDigests = [.. rows.Select(i => chunk.SpectrumDigests[i])],
            Responses = [.. chunk.Responses.Select(column => new ResponseColumn(column.Name, [.. rows.Select(i => column.Values[i])]))],
            Labels = [.. chunk.Labels.Select(column => new LabelColumn(column.Name, [.. rows.Select(i => column.Values[i])]))],
        };

    private static DatasetReferences RowsOf(DatasetReferences table, int[] rows) => rows.Length == table.Ids.Length
        ? table
        : table with
        {
            Ids = [.. rows.Select(i => table.Ids[i])],
            Columns = [.. table.Columns.Select(column => new ResponseColumn(column.Name, [.. rows.Select(i => column.Values[i])]))],
            Labels = [.. table.Labels.Select(column => new LabelColumn(column.Name, [.. rows.Select(i => column.Values[i])]))],
        };

    private static bool Has(Dictionary<string, int> counts, string name, ImmutableArray<string> without) =>
        counts.TryGetValue(name, out int count) && count > without.Count(one => string.Equals(one, name, StringComparison.OrdinalIgnoreCase));

    private static void Count(Dictionary<string, int> counts, string name, int step)
    {
        ref int count = ref CollectionsMarshal.GetValueRefOrAddDefault(counts, name, out _);
        count += step;
        if (count == 0)
        {
            counts.Remove(name);
        }
    }

    /// <summary>Refuses a column that the dataset has in the other meaning, but for what the superseded source says of it.</summary>
    private void CheckColumns(ImmutableArray<ResponseColumn> responses, ImmutableArray<LabelColumn> labels, Place? superseded) =>
        DatasetRules.CheckColumns(
            _name,
            [.. responses.Where(IsKnown)],
            [.. labels.Where(IsKnown)],
            name => Has(_labels, name, superseded is { } gone ? LabelsAt(gone) : []),
            name => Has(_responses, name, superseded is { } gone ? ResponsesAt(gone) : []));

    private ImmutableArray<string> LabelsAt(Place place) =>
        [.. (place.IsTable ? _references[place.Position].Labels : _chunks[place.Position].Labels).Where(IsKnown).Select(column => column.Name)];

    /// <summary>Whether a column says anything: an empty one is neither of numbers nor of text.</summary>
    private static bool IsKnown(ResponseColumn column) => column.Values.Any(value => !double.IsNaN(value));

    private static bool IsKnown(LabelColumn column) => column.Values.Any(value => value.Length > 0);

    private void CountAll(ImmutableArray<ResponseColumn> responses, ImmutableArray<LabelColumn> labels, int step)
    {
        foreach (ResponseColumn column in responses.Where(IsKnown))
        {
            Count(_responses, column.Name, step);
        }

        foreach (LabelColumn column in labels.Where(IsKnown))
        {
            Count(_labels, column.Name, step);
        }
    }

    private ImmutableArray<string> ResponsesAt(Place place) => place.IsTable
        ? [.. _references[place.Position].Columns.Where(IsKnown).Select(column => column.Name)]
        : [.. _chunks[place.Position].Responses.Where(IsKnown).Select(column => column.Name)];

    private Place? PlaceOf(Fingerprint? digest) => digest is { } known && _places.TryGetValue(known, out Place place) ? place : null;

    private DatasetSource SourceAt(Place place) => place.IsTable ? _references[place.Position].Source : _chunks[place.Position].Source;

    private void CheckSamples(DatasetChunk entry, int left)
    {
        int added = 0;
        for (int i = 0; i < entry.Ids.Length; i++)
        {
            string id = entry.Ids[i];
            if (!_rows.TryGetValue(id, out Row row))
            {
                added++;
                continue;
            }

            // An id means one spectrum, so the first row that stays speaks for all of them.
            if (row.Source == left)
            {
                row = _further.TryGetValue(id, out List<Row>? further) ? further[0] : row;
            }

            if (row.Source != left && _chunks[row.Source].SpectrumDigests[row.Index] != entry.SpectrumDigests[i])
            {
                throw DatasetRules.Conflict(_name, id, i, _chunks[row.Source].Source);
            }
        }

        int count = _rows.Count + added;
        if (count > DatasetRules.SamplesMax && left >= 0)
        {
            // Only near the limit does it matter which ids go with the superseded chunk.
            count -= _chunks[left].Ids.Except(entry.Ids, StringComparer.Ordinal).Count(id => !_further.ContainsKey(id));
        }

        DatasetRules.CheckCount(_name, count);
    }

    /// <summary>The entry with names of columns that earlier entries have in memory already.</summary>
    private DatasetChunk Spelt(DatasetChunk entry)
    {
        return entry with
        {
            Responses = [.. entry.Responses.Select(column => column with { Name = Known(column.Name) })],
            Labels = [.. entry.Labels.Select(column => column with { Name = Known(column.Name) })],
        };

        string Known(string name)
        {
            _names.TryAdd(name, name);
            return _names[name];
        }
    }

    private void Replace(Place place, DatasetChunk entry)
    {
        if (place.IsTable)
        {
            RemoveAt(place);
            _chunks.Insert(Math.Min(place.Position, _chunks.Count), entry);
            IndexAll();
            return;
        }

        DatasetChunk before = _chunks[place.Position];
        Forget(before, place.Position);
        _chunks[place.Position] = entry;
        Index(entry, place.Position);
        IndexAllAfter(before.Source, entry.Source);
    }

    private void Replace(Place place, DatasetReferences entry)
    {
        if (!place.IsTable)
        {
            RemoveAt(place);
            _references.Insert(Math.Min(place.Position, _references.Count), entry);
            IndexAll();
            return;
        }

        DatasetReferences before = _references[place.Position];
        _places.Remove(before.Source.Digest);
        CountAll(before.Columns, before.Labels, -1);

        _forms = null;
        _references[place.Position] = entry;
        Index(entry, place.Position);
        IndexAllAfter(before.Source, entry.Source);
    }

    /// <summary>Under another path than before, which source of the earlier path is the latest now is not known.</summary>
    private void IndexAllAfter(DatasetSource before, DatasetSource now)
    {
        if (before.Path != now.Path)
        {
            IndexAll();
        }
    }

    private void RemoveAt(Place place)
    {
        if (place.IsTable)
        {
            _references.RemoveAt(place.Position);
            return;
        }

        _chunks.RemoveAt(place.Position);
        _axis = _chunks.Count == 0 ? null : _axis;
    }

    private void IndexAll()
    {
        _places.Clear();
        _latest.Clear();
        _rows.Clear();
        _further.Clear();
        _responses.Clear();
        _labels.Clear();
        _forms = null;
        for (int k = 0; k < _chunks.Count; k++)
        {
            Index(_chunks[k], k);
        }

        for (int k = 0; k < _references.Count; k++)
        {
            Index(_references[k], k);
        }
    }

    private void Index(DatasetChunk entry, int position)
    {
        _places[entry.Source.Digest] = new Place(IsTable: false, position);

        // Tables stand behind all chunks.
        if (LatestOf(entry.Source.Path) is not { } latest || (_places[latest.Digest] is { IsTable: false } place && place.Position <= position))
        {
            _latest[entry.Source.Path] = entry.Source.Digest;
        }

        CountAll(entry.Responses, entry.Labels, 1);
        for (int i = 0; i < entry.Ids.Length; i++)
        {
            var row = new Row(position, i);
            if (_rows.TryAdd(entry.Ids[i], row))
            {
                FormOf(entry.Ids[i])?.Ids.Add(entry.Ids[i]);
                continue;
            }

            ref List<Row>? further = ref CollectionsMarshal.GetValueRefOrAddDefault(_further, entry.Ids[i], out _);
            further ??= [];
            further.Add(_rows[entry.Ids[i]]);
            further.Add(row);
            further.Sort();
            _rows[entry.Ids[i]] = further[0];
            further.RemoveAt(0);
        }
    }

    private void Index(DatasetReferences entry, int position)
    {
        _places[entry.Source.Digest] = new Place(IsTable: true, position);
        if (LatestOf(entry.Source.Path) is not { } latest || _places[latest.Digest] is { IsTable: false } || _places[latest.Digest].Position <= position)
        {
            _latest[entry.Source.Path] = entry.Source.Digest;
        }

        CountAll(entry.Columns, entry.Labels, 1);

        for (int i = 0; _forms is not null && i < entry.Ids.Length; i++)
        {
            FormOf(entry.Ids[i])!.TableRows.Add(new Row(position, i));
        }
    }

    private void Forget(DatasetChunk entry, int position)
    {
        _places.Remove(entry.Source.Digest);
        CountAll(entry.Responses, entry.Labels, -1);
        foreach (string id in entry.Ids)
        {
            _further.TryGetValue(id, out List<Row>? further);
            if (_rows[id].Source != position)
            {
                further!.RemoveAll(row => row.Source == position);
            }
            else if (further is null)
            {
                _rows.Remove(id);
                FormOf(id)?.Ids.Remove(id);
            }
            else
            {
                _rows[id] = further[0];
                further.RemoveAt(0);
            }

            if (further is { Count: 0 })
            {
                _further.Remove(id);
            }
        }
    }

    private Dictionary<string, Form> FormsOfAll()
    {
        _forms = new Dictionary<string, Form>(StringComparer.Ordinal);
        foreach (string id in _rows.Keys)
        {
            FormOf(id)!.Ids.Add(id);
        }

        for (int k = 0; k < _references.Count; k++)
        {
            for (int i = 0; i < _references[k].Ids.Length; i++)
            {
                FormOf(_references[k].Ids[i])!.TableRows.Add(new Row(k, i));
            }
        }

        return _forms;
    }

    private Form? FormOf(string id)
    {
        if (_forms is null)
        {
            return null;
        }

        ref Form? form = ref CollectionsMarshal.GetValueRefOrAddDefault(_forms, Dataset.Normalise(id), out _);
        return form ??= new Form([], []);
    }

    /// <summary>Where a source stands.</summary>
    private readonly record struct Place(bool IsTable, int Position);

    /// <summary>A row of the source at a position, chunks and tables apart.</summary>
    private readonly record struct Row(int Source, int Index) : IComparable<Row>
    {
        public int CompareTo(Row other) => Source != other.Source ? Source.CompareTo(other.Source) : Index.CompareTo(other.Index);
    }

    /// <summary>What has one normal form: ids of samples, and rows of tables.</summary>
    private sealed record Form(List<string> Ids, List<Row> TableRows);
}
