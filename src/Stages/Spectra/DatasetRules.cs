using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Engine.Identity;
using Pipeline.Stages.Spectra.Readers;

namespace Pipeline.Stages.Spectra;

/// <summary>What may join a dataset, and the manifest that follows.</summary>
/// <remarks>
/// Pure. One axis: same unit, same count, no position off by more than <see cref="StepShareMax"/> of the step. A sample
/// id means one spectrum. Whoever breaks a rule is refused whole, with both sources named.
/// </remarks>
public static class DatasetRules
{
    /// <summary>The largest difference of two positions that are the same, as a share of the step.</summary>
    public const double StepShareMax = 1e-6;

    /// <summary>The most samples of a dataset.</summary>
    public const int SamplesMax = 2_000_000;

    /// <summary>The manifest with a chunk added, or put in the place of a superseded source.</summary>
    /// <param name="manifest">The dataset so far.</param>
    /// <param name="source">Where the chunk came from.</param>
    /// <param name="chunk">The spectra.</param>
    /// <param name="superseded">Digest of the source whose place it takes, or null.</param>
    /// <exception cref="StageException">The chunk breaks a rule.</exception>
    public static DatasetManifest Add(
        DatasetManifest manifest, DatasetSource source, SpectralChunk chunk, Fingerprint? superseded = null)
    {
        ArgumentNullException.ThrowIfNull(chunk);
        (DatasetManifest rest, int place) = Without(manifest, superseded);
        if (rest.Chunks.IsEmpty == false)
        {
            CheckAxis(rest.Axis!, chunk.Axis, rest.Chunks[0].Source);
        }

        CheckColumns(rest, chunk);
        ImmutableArray<Fingerprint> digests = DatasetDigests.OfSpectra(chunk.X);
        CheckSamples(rest, chunk.Ids, digests);
        var entry = new DatasetChunk(source, DatasetDigests.Of(chunk), chunk.Ids, digests, chunk.Responses, chunk.Labels);
        int at = Math.Min(place, rest.Chunks.Length);
        return rest with
        {
            Axis = rest.Axis is null || rest.Chunks.IsEmpty ? chunk.Axis : rest.Axis,
            Chunks = rest.Chunks.Insert(at, entry),
        };
    }

    /// <summary>The manifest with a table of late references added, or put in the place of a superseded source.</summary>
    public static DatasetManifest Add(
        DatasetManifest manifest, DatasetSource source, ReferenceTable table, Fingerprint? superseded = null)
    {
        ArgumentNullException.ThrowIfNull(table);
        (DatasetManifest rest, int place) = Without(manifest, superseded);
        foreach (ResponseColumn column in table.Columns)
        {
            if (rest.Labels.Contains(column.Name, StringComparer.OrdinalIgnoreCase))
            {
                throw new StageException(
                    FailureKind.InvalidData,
                    $"Column '{AxisColumns.Cut(column.Name)}' holds numbers, in dataset '{manifest.Name}' it is a label. Rename the column.")
                {
                    Place = new DataPlace(null, column.Name),
                };
            }
        }

        var entry = new DatasetReferences(source, table.Ids, table.Columns);
        return rest with { References = rest.References.Insert(Math.Min(place, rest.References.Length), entry) };
    }

    /// <summary>The manifest with a further name of the same bytes.</summary>
    public static DatasetManifest AddAlias(DatasetManifest manifest, Fingerprint digest, string path) => manifest with
    {
        Chunks = [.. manifest.Chunks.Select(c => c.Source.Digest == digest ? c with { Source = Named(c.Source, path) } : c)],
        References = [.. manifest.References.Select(r => r.Source.Digest == digest ? r with { Source = Named(r.Source, path) } : r)],
    };

    /// <summary>The manifest without a source.</summary>
    public static DatasetManifest Remove(DatasetManifest manifest, Fingerprint digest) => Without(manifest, digest).Others;

    /// <summary>True where the later content is of the earlier source's kind and has all it knows, so that nothing is lost.</summary>
    /// <remarks>A value may differ, as in a correction; an id, a known value or a label that is missing may not.</remarks>
    public static bool Covers(DatasetManifest manifest, Fingerprint earlier, SourceContent content)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        if (content is SourceContent.Spectra { Chunk: { } later })
        {
            return manifest.Chunks.FirstOrDefault(c => c.Source.Digest == earlier) is { } chunk
                && Cells(later.Ids, later.Responses, later.Labels).IsSupersetOf(Cells(chunk.Ids, chunk.Responses, chunk.Labels));
        }

        return content is SourceContent.References { Table: { } table }
            && manifest.References.FirstOrDefault(r => r.Source.Digest == earlier) is { } references
            && Cells(table.Ids, table.Columns, []).IsSupersetOf(Cells(references.Ids, references.Columns, []));
    }

    /// <summary>Every id by itself, and with the name of every column that says something about it.</summary>
    private static HashSet<(string Id, string Column)> Cells(
        ImmutableArray<string> ids, ImmutableArray<ResponseColumn> responses, ImmutableArray<LabelColumn> labels)
    {
        HashSet<(string Id, string Column)> cells = [.. ids.Select(id => (id, ""))];
        foreach (ResponseColumn response in responses)
        {
            string name = response.Name.ToUpperInvariant();
            cells.UnionWith(ids.Where((_, i) => !double.IsNaN(response.Values[i])).Select(id => (id, name)));
        }

        foreach (LabelColumn label in labels)
        {
            string name = label.Name.ToUpperInvariant();
            cells.UnionWith(ids.Where((_, i) => label.Values[i].Length > 0).Select(id => (id, name)));
        }

        return cells;
    }

    private static DatasetSource Named(DatasetSource source, string path) =>
        source.IsKnownAs(path) ? source : source with { Aliases = source.Aliases.Add(path) };

    private static (DatasetManifest Others, int Place) Without(DatasetManifest manifest, Fingerprint? superseded)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        if (superseded is not { } digest)
        {
            return (manifest, int.MaxValue);
        }

        int chunk = manifest.Chunks.IndexOf(manifest.Chunks.FirstOrDefault(c => c.Source.Digest == digest)!);
        int table = manifest.References.IndexOf(manifest.References.FirstOrDefault(r => r.Source.Digest == digest)!);
        DatasetManifest rest = manifest with
        {
            Chunks = chunk < 0 ? manifest.Chunks : manifest.Chunks.RemoveAt(chunk),
            References = table < 0 ? manifest.References : manifest.References.RemoveAt(table),
        };
        rest = rest.Chunks.IsEmpty ? rest with { Axis = null } : rest;
        return (rest, chunk >= 0 ? chunk : table >= 0 ? table : int.MaxValue);
    }

    private static void CheckAxis(SpectralAxis expected, SpectralAxis found, DatasetSource first)
    {
        string both = $"the dataset has {AxisColumns.Describe(expected)} (from '{first.Path}'), found {AxisColumns.Describe(found)}. ";
        const string Remedy = "Put these spectra into a dataset of their own, or bring them to the same axis.";
        if (expected.Unit != found.Unit)
        {
            throw new StageException(FailureKind.InvalidData, $"The unit of the axis differs: {both}{Remedy}");
        }

        if (expected.Count != found.Count)
        {
            throw new StageException(FailureKind.InvalidData, $"The number of variables differs: {both}{Remedy}");
        }

        double most = Math.Abs(expected.MeanStep) * StepShareMax;
        for (int j = 0; j < expected.Count; j++)
        {
            if (Math.Abs(expected.Positions[j] - found.Positions[j]) > most)
            {
                throw new StageException(
                    FailureKind.InvalidData,
                    string.Create(
                        System.Globalization.CultureInfo.InvariantCulture,
                        $"Position {j + 1} of the axis differs: expected {expected.Positions[j]:R}, found {found.Positions[j]:R}; {both}{Remedy}"));
            }
        }
    }

    private static void CheckColumns(DatasetManifest rest, SpectralChunk chunk)
    {
        ImmutableArray<string> labels = rest.Labels;
        ImmutableArray<string> responses = rest.Responses;
        foreach (ResponseColumn response in chunk.Responses)
        {
            if (labels.Contains(response.Name, StringComparer.OrdinalIgnoreCase))
            {
                throw Mixed(response.Name, "holds numbers", "a label");
            }
        }

        foreach (LabelColumn label in chunk.Labels)
        {
            if (responses.Contains(label.Name, StringComparer.OrdinalIgnoreCase))
            {
                throw Mixed(label.Name, "holds text", "a response");
            }
        }

        StageException Mixed(string name, string found, string expected) => new(
            FailureKind.InvalidData,
            $"Column '{AxisColumns.Cut(name)}' {found}, in dataset '{rest.Name}' it is {expected}. Correct its cells, or rename the column.")
        {
            Place = new DataPlace(null, name),
        };
    }

    private static void CheckSamples(
        DatasetManifest rest, ImmutableArray<string> ids, ImmutableArray<Fingerprint> digests)
    {
        // The new ids are few and the known ones many, so the new ones are looked for among the known and not the other way round.
        var rows = new Dictionary<string, int>(ids.Length, StringComparer.Ordinal);
        for (int i = 0; i < ids.Length; i++)
        {
            rows.TryAdd(ids[i], i);
        }

        int conflict = int.MaxValue;
        DatasetSource? other = null;
        long known = 0;
        foreach (DatasetChunk chunk in rest.Chunks)
        {
            known += chunk.Ids.Length;
            for (int k = 0; k < chunk.Ids.Length; k++)
            {
                if (rows.TryGetValue(chunk.Ids[k], out int i) && i < conflict && chunk.SpectrumDigests[k] != digests[i])
                {
                    conflict = i;
                    other = chunk.Source;
                }
            }
        }

        if (other is not null)
        {
            throw new StageException(
                FailureKind.InvalidData,
                $"Sample '{AxisColumns.Cut(ids[conflict])}' (row {conflict + 1}) is already in dataset '{rest.Name}' with another spectrum, from "
                + $"'{other.Path}'. Give repeated scans ids of their own and a group column, or remove one of them.")
            {
                Place = new DataPlace(conflict + 1),
            };
        }

        // Ids that several chunks have count as often; only near the limit does that matter.
        if (known + ids.Length > SamplesMax)
        {
            int distinct = rest.Chunks.SelectMany(chunk => chunk.Ids).Concat(ids).Distinct(StringComparer.Ordinal).Count();
            RefuseTooMany(rest.Name, distinct);
        }
    }

    private static void RefuseTooMany(string dataset, int count)
    {
        if (count > SamplesMax)
        {
            throw new StageException(
                FailureKind.OverBudget,
                $"Dataset '{dataset}' would have {count} samples, at most {SamplesMax} are kept. Begin another dataset.");
        }
    }
}
