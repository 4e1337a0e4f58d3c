using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Spectra;

/// <summary>The join of a dataset's chunks and late references into one table, in the order of sample ids.</summary>
/// <remarks>
/// Rows, columns and axis are functions of the set of sources, not of their order of arrival. Only where two sources
/// give different values for one sample does the one that came first stay, and the other is reported.
/// </remarks>
public static partial class Dataset
{
    /// <summary>Responses and late references of all samples, without touching a spectrum.</summary>
    public static DatasetJoin Join(DatasetManifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        return Join(manifest, manifest.Responses, manifest.Labels);
    }

    /// <summary>The joins of a dataset, or a part of it, before and after a change, with one spelling of the columns.</summary>
    public static (DatasetJoin Before, DatasetJoin After) Join(DatasetManifest before, DatasetManifest after)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        ImmutableArray<string> responses = DatasetColumns.Names(before.Responses.Concat(after.Responses));
        ImmutableArray<string> labels = DatasetColumns.Names(before.Labels.Concat(after.Labels));
        return (Join(before, responses, labels), Join(after, responses, labels));
    }

    private static DatasetJoin Join(DatasetManifest manifest, ImmutableArray<string> responses, ImmutableArray<string> labels)
    {
        ImmutableArray<string> ids = manifest.SampleIds;
        var rows = new Dictionary<string, int>(ids.Length, StringComparer.Ordinal);
        for (int i = 0; i < ids.Length; i++)
        {
            rows.Add(ids[i], i);
        }

        var values = new Values(responses, ids);
        var texts = new Texts(labels, ids, values.Conflicts);
        foreach (DatasetChunk chunk in manifest.Chunks)
        {
            int[] at = [.. chunk.Ids.Select(id => rows[id])];
            values.Add(at, chunk.Responses, chunk.Source);
            texts.Add(at, chunk.Labels, chunk.Source);
        }

        int late = 0;

        // Only ids that are written otherwise ask for it.
        var byForm = new Lazy<ILookup<string, int>>(
            () => Enumerable.Range(0, ids.Length).ToLookup(i => Normalise(ids[i]), StringComparer.Ordinal));
        var normalised = ImmutableArray.CreateBuilder<string>();
        var ambiguous = ImmutableArray.CreateBuilder<string>();
        var without = ImmutableArray.CreateBuilder<string>();
        foreach (DatasetReferences table in manifest.References)
        {
            int[] at = Match(table, rows, ids, byForm, normalised, ambiguous, without);
            values.Add(at, table.Columns, table.Source);
            late += texts.Add(at, table.Labels, table.Source);
        }

        return new DatasetJoin(
            ids, values.Columns(), texts.Columns(), values.KnownCount + late, Sorted(normalised), Sorted(ambiguous), Sorted(without), [.. values.Conflicts]);
    }

    /// <summary>One chunk of all samples with all references known so far.</summary>
    /// <param name="manifest">The dataset, with one chunk at least.</param>
    /// <param name="read">Gives the spectra of a chunk of the manifest; called once for each, one at a time.</param>
    public static SpectralChunk Merge(DatasetManifest manifest, Func<DatasetChunk, SpectralChunk> read)
    {
        ArgumentNullException.ThrowIfNull(read);
        DatasetJoin join = Join(manifest);
        if (manifest.Axis is not { } first)
        {
            throw new Engine.StageException(
                Engine.FailureKind.InvalidData, $"Dataset '{manifest.Name}' has no spectra yet. Add a file with spectra first.");
        }

        var rows = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < join.Ids.Length; i++)
        {
            rows.Add(join.Ids[i], i);
        }

        var x = new Matrix(join.Ids.Length, first.Count);
        SpectralAxis? axis = null;
        foreach (DatasetChunk entry in manifest.Chunks)
        {
            SpectralChunk chunk = read(entry);
            for (int i = 0; i < chunk.SampleCount; i++)
            {
                chunk.X.Row(i).CopyTo(x.Row(rows[chunk.Ids[i]]));
            }

            // Axes agree within tolerance only: of those that occur, the smallest in the order of their numbers.
            axis = axis is null || Compare(chunk.Axis, axis) < 0 ? chunk.Axis : axis;
        }

        return new SpectralChunk(join.Ids, axis ?? first, x, join.Responses, join.Labels);
    }

    /// <summary>An id without its blanks, its case and an extension as file names have.</summary>
    public static string Normalise(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        string bare = string.Concat(id.Where(c => !char.IsWhiteSpace(c))).ToLowerInvariant();
        return Extension().Replace(bare, "");
    }

    private static int Compare(SpectralAxis one, SpectralAxis other) =>
        one.Positions.AsSpan().SequenceCompareTo(other.Positions.AsSpan());

    private static int[] Match(
        DatasetReferences table,
        Dictionary<string, int> rows,
        ImmutableArray<string> ids,
        Lazy<ILookup<string, int>> byForm,
        ImmutableArray<string>.Builder normalised,
        ImmutableArray<string>.Builder ambiguous,
        ImmutableArray<string>.Builder without)
    {
        int[] at = new int[table.Ids.Length];
        var byWriting = table.Ids.ToLookup(Normalise, StringComparer.Ordinal);
        for (int i = 0; i < at.Length; i++)
        {
            string id = table.Ids[i];
            at[i] = -1;
            if (rows.TryGetValue(id, out int row))
            {
                at[i] = row;
                continue;
            }

            string form = Normalise(id);
            int samples = byForm.Value[form].Count();
            if (samples == 0)
            {
                without.Add(id);
            }
            else if (samples > 1 || byWriting[form].Count() > 1)
            {
                ambiguous.Add(id);
            }
            else
            {
                at[i] = byForm.Value[form].First();
                normalised.Add($"{id} = {ids[at[i]]}");
            }
        }

        return at;
    }

    private static ImmutableArray<string> Sorted(ImmutableArray<string>.Builder names) =>
        [.. names.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    // An extension begins with a letter, so that 12.5 stays what it is.
    [GeneratedRegex(@"(?<=.)\.[a-z][a-z0-9]{0,4}$")]
    private static partial Regex Extension();

    /// <summary>The values of all responses while they are being joined.</summary>
    private sealed class Values(ImmutableArray<string> names, ImmutableArray<string> ids)
    {
        private readonly double[][] _values = [.. names.Select(_ => Enumerable.Repeat(double.NaN, ids.Length).ToArray())];
        private readonly DatasetSource?[][] _sources = [.. names.Select(_ => new DatasetSource?[ids.Length])];

        public int KnownCount { get; private set; }

        public List<ReferenceConflict> Conflicts { get; } = [];

        public void Add(int[] rows, ImmutableArray<ResponseColumn> columns, DatasetSource source)
        {
            foreach (ResponseColumn column in columns)
            {
                int k = names.IndexOf(column.Name, 0, names.Length, StringComparer.OrdinalIgnoreCase);
                for (int i = 0; i < rows.Length && k >= 0; i++)
                {
                    double value = column.Values[i];
                    int row = rows[i];
                    if (row < 0 || double.IsNaN(value))
                    {
                        continue;
                    }

                    ref double known = ref _values[k][row];
                    if (double.IsNaN(known))
                    {
                        known = value;
                        _sources[k][row] = source;
                        KnownCount++;
                    }
                    else if (known != value)
                    {
                        Conflicts.Add(new ReferenceConflict(ids[row], names[k], Text(known), _sources[k][row]!.Path, Text(value), source.Path));
                    }
                }
            }
        }

        private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);

        public ImmutableArray<ResponseColumn> Columns() =>
            [.. names.Select((name, k) => new ResponseColumn(name, [.. _values[k]]))];
    }

    /// <summary>The labels while they are being joined; of several the smallest stays, so that the order of arrival does not show.</summary>
    private sealed class Texts(ImmutableArray<string> names, ImmutableArray<string> ids, List<ReferenceConflict> conflicts)
    {
        private readonly string[][] _values = [.. names.Select(_ => Enumerable.Repeat("", ids.Length).ToArray())];
        private readonly DatasetSource?[][] _sources = [.. names.Select(_ => new DatasetSource?[ids.Length])];

        /// <summary>Adds labels of some rows; how many cells had none before.</summary>
        public int Add(int[] rows, ImmutableArray<LabelColumn> columns, DatasetSource source)
        {
            int added = 0;
            foreach (LabelColumn column in columns)
            {
                int k = names.IndexOf(column.Name, 0, names.Length, StringComparer.OrdinalIgnoreCase);
                for (int i = 0; i < rows.Length; i++)
                {
                    string value = column.Values[i];
                    int row = rows[i];
                    if (row < 0 || value.Length == 0 || value == _values[k][row])
                    {
                        continue;
                    }

                    string known = _values[k][row];
                    if (known.Length == 0)
                    {
                        added++;
                    }
                    else if (string.CompareOrdinal(known, value) < 0)
                    {
                        conflicts.Add(new ReferenceConflict(ids[row], names[k], known, _sources[k][row]!.Path, value, source.Path));
                        continue;
                    }
                    else
                    {
                        conflicts.Add(new ReferenceConflict(ids[row], names[k], value, source.Path, known, _sources[k][row]!.Path));
                    }

                    _values[k][row] = value;
                    _sources[k][row] = source;
                }
            }

            return added;
        }

        public ImmutableArray<LabelColumn> Columns() => [.. names.Select((name, k) => new LabelColumn(name, [.. _values[k]]))];
    }
}

/// <summary>The outcome of joining responses and late references by sample id.</summary>
/// <param name="Ids">Sample ids in ordinal order.</param>
/// <param name="Responses">The responses; NaN where there is no value.</param>
/// <param name="Labels">The labels; empty where there is no value.</param>
/// <param name="KnownCount">Number of reference values known, labels of late tables among them.</param>
/// <param name="Normalised">Ids that were joined by their normal form, as <c>A1.SPC = a1</c>.</param>
/// <param name="Ambiguous">Ids of tables that could mean several samples, or one sample several times; not joined.</param>
/// <param name="WithoutSpectrum">Ids of tables that wait for their spectrum.</param>
/// <param name="Conflicts">Values that differ from one that stays: of numbers the one that came earlier, of texts the smallest.</param>
public sealed record DatasetJoin(
    ImmutableArray<string> Ids,
    ImmutableArray<ResponseColumn> Responses,
    ImmutableArray<LabelColumn> Labels,
    int KnownCount,
    ImmutableArray<string> Normalised,
    ImmutableArray<string> Ambiguous,
    ImmutableArray<string> WithoutSpectrum,
    ImmutableArray<ReferenceConflict> Conflicts);

/// <summary>Two different reference values, or texts, for one sample.</summary>
/// <param name="Id">The sample.</param>
/// <param name="Response">The response, or the label.</param>
/// <param name="Kept">What stays.</param>
/// <param name="KeptFrom">Its source.</param>
/// <param name="Refused">What does not.</param>
/// <param name="RefusedFrom">Its source.</param>
public sealed record ReferenceConflict(
    string Id, string Response, string Kept, string KeptFrom, string Refused, string RefusedFrom);
