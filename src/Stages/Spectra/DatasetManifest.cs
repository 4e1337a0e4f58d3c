using System.Collections.Immutable;
using Pipeline.Engine.Identity;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Spectra;

/// <summary>Everything about a dataset but its spectra: axis, schema, chunks, late references.</summary>
/// <remarks>
/// Immutable; <see cref="DatasetDraft"/> makes the next one. Schema and axis follow from the chunks, so that replacing
/// or removing one leaves nothing behind.
/// </remarks>
/// <param name="Name">The dataset's name.</param>
/// <param name="Axis">The axis of the first chunk; null while there are only references.</param>
/// <param name="Chunks">Chunks in order of arrival; a chunk that is superseded keeps its place.</param>
/// <param name="References">Tables of late references in order of arrival.</param>
public sealed record DatasetManifest(
    string Name,
    SpectralAxis? Axis,
    ImmutableArray<DatasetChunk> Chunks,
    ImmutableArray<DatasetReferences> References)
{
    /// <summary>A dataset of nothing.</summary>
    public static DatasetManifest Empty(string name) => new(name, null, [], []);

    /// <summary>All sources, chunks before references.</summary>
    public IEnumerable<DatasetSource> Sources => Chunks.Select(c => c.Source).Concat(References.Select(r => r.Source));

    /// <summary>Distinct sample ids in ordinal order.</summary>
    public ImmutableArray<string> SampleIds =>
        [.. Chunks.SelectMany(c => c.Ids).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>Names of all responses, by spectra and by late references, in ordinal order; an empty column that is a label elsewhere is none.</summary>
    public ImmutableArray<string> Responses
    {
        get
        {
            var labels = Labels.ToHashSet(StringComparer.OrdinalIgnoreCase);
            return DatasetColumns.Names(
                Chunks.SelectMany(c => c.Responses).Concat(References.SelectMany(r => r.Columns)).Select(c => c.Name).Where(name => !labels.Contains(name)));
        }
    }

    /// <summary>Names of all labels, in ordinal order.</summary>
    public ImmutableArray<string> Labels =>
        DatasetColumns.Names(Chunks.SelectMany(c => c.Labels).Concat(References.SelectMany(r => r.Labels)).Select(c => c.Name));
}

/// <summary>Where a chunk or a table of references came from.</summary>
/// <param name="Digest">SHA-256 of the original bytes.</param>
/// <param name="Path">The path, or another name, under which the bytes first came.</param>
/// <param name="Reader">The reader's name.</param>
/// <param name="LengthBytes">Length of the original bytes.</param>
/// <param name="Aliases">Further paths under which the same bytes came.</param>
public sealed record DatasetSource(
    Fingerprint Digest, string Path, string Reader, long LengthBytes, ImmutableArray<string> Aliases)
{
    /// <summary>True where the bytes came under this path.</summary>
    public bool IsKnownAs(string path) => Path == path || Aliases.Contains(path);
}

/// <summary>One chunk of a dataset, without its spectra.</summary>
/// <param name="Source">Where it came from.</param>
/// <param name="Digest">Digest of its content, whatever the codec: see <see cref="DatasetDigests.Of"/>.</param>
/// <param name="Ids">Sample ids in file order, among them such as earlier chunks have with the same spectrum.</param>
/// <param name="SpectrumDigests">Digest of each spectrum.</param>
/// <param name="Responses">Reference values beside the spectra.</param>
/// <param name="Labels">Labels beside the spectra.</param>
public sealed record DatasetChunk(
    DatasetSource Source,
    Fingerprint Digest,
    ImmutableArray<string> Ids,
    ImmutableArray<Fingerprint> SpectrumDigests,
    ImmutableArray<ResponseColumn> Responses,
    ImmutableArray<LabelColumn> Labels)
{
    /// <summary>The entry of a chunk; hashes all its numbers twice, and depends on nothing else.</summary>
    public static DatasetChunk Of(DatasetSource source, SpectralChunk chunk)
    {
        ArgumentNullException.ThrowIfNull(chunk);
        return new DatasetChunk(
            source, DatasetDigests.Of(chunk), chunk.Ids, DatasetDigests.OfSpectra(chunk.X), chunk.Responses, chunk.Labels);
    }
}

/// <summary>A table of late references.</summary>
/// <param name="Source">Where it came from.</param>
/// <param name="Ids">Ids as written in the table.</param>
/// <param name="Columns">The responses; NaN where there is no value.</param>
/// <param name="Labels">Classes and other text; empty where there is no value.</param>
public sealed record DatasetReferences(
    DatasetSource Source, ImmutableArray<string> Ids, ImmutableArray<ResponseColumn> Columns, ImmutableArray<LabelColumn> Labels);

/// <summary>Digests of spectra and chunks: of their numbers, not of the bytes of a codec.</summary>
public static class DatasetDigests
{
    private const int Version = 1;

    /// <summary>The digest of a chunk's whole content, bit by bit.</summary>
    public static Fingerprint Of(SpectralChunk chunk)
    {
        ArgumentNullException.ThrowIfNull(chunk);
        var builder = new FingerprintBuilder("chunk", Version)
            .Add("ids", chunk.Ids)
            .Add("unit", chunk.Axis.Unit.ToString())
            .Add("axis", chunk.Axis.Positions.AsSpan())
            .Add("x", chunk.X.Values);
        foreach (ResponseColumn response in chunk.Responses)
        {
            // A missing value has one meaning and many bit patterns.
            double[] values = [.. response.Values.Select(v => double.IsNaN(v) ? double.NaN : v)];
            builder.Add("response", response.Name).Add("values", values);
        }

        foreach (LabelColumn label in chunk.Labels)
        {
            builder.Add("label", label.Name).Add("values", label.Values);
        }

        return builder.ToFingerprint();
    }

    /// <summary>The digest of each spectrum.</summary>
    public static ImmutableArray<Fingerprint> OfSpectra(Matrix x)
    {
        ArgumentNullException.ThrowIfNull(x);
        var digests = ImmutableArray.CreateBuilder<Fingerprint>(x.Rows);
        for (int i = 0; i < x.Rows; i++)
        {
            digests.Add(new FingerprintBuilder("spectrum", Version).Add("x", x.Row(i)).ToFingerprint());
        }

        return digests.MoveToImmutable();
    }
}

/// <summary>Names of columns, equal where they differ in case only.</summary>
internal static class DatasetColumns
{
    /// <summary>One spelling of each name, the ordinally smallest, so that the order of arrival does not show.</summary>
    public static ImmutableArray<string> Names(IEnumerable<string> names) =>
    [
        .. names.GroupBy(n => n, StringComparer.OrdinalIgnoreCase)
            .Select(g => g.Min(StringComparer.Ordinal)!)
            .OrderBy(n => n, StringComparer.OrdinalIgnoreCase)
    ];
}
