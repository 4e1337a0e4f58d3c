using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using Pipeline.Engine;
using Pipeline.Engine.Identity;

namespace Pipeline.Stages.Spectra;

/// <summary>The entries of a manifest as JSON: its axis, one chunk, one table of references.</summary>
/// <remarks>Numbers keep all bits, a missing value is null. What keeps the entries keeps the version of their form.</remarks>
public static class DatasetEntryJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>Writes an axis.</summary>
    public static byte[] Write(SpectralAxis axis) =>
        JsonSerializer.SerializeToUtf8Bytes(new Axis(axis.Unit.ToString(), [.. axis.Positions]), Options);

    /// <summary>Writes a chunk, without its spectra.</summary>
    public static byte[] Write(DatasetChunk chunk) => JsonSerializer.SerializeToUtf8Bytes(
        new Chunk(
            SourceOf(chunk.Source), chunk.Digest.ToString(), [.. chunk.Ids], [.. chunk.SpectrumDigests.Select(d => d.ToString())],
            [.. chunk.Responses.Select(ColumnOf)], [.. chunk.Labels.Select(l => new Label(l.Name, [.. l.Values]))]),
        Options);

    /// <summary>Writes a table of references.</summary>
    public static byte[] Write(DatasetReferences references) => JsonSerializer.SerializeToUtf8Bytes(
        new References(
            SourceOf(references.Source), [.. references.Ids], [.. references.Columns.Select(ColumnOf)],
            [.. references.Labels.Select(l => new Label(l.Name, [.. l.Values]))]),
        Options);

    /// <summary>Reads an axis.</summary>
    /// <exception cref="StageException">The text is damaged; so below.</exception>
    public static SpectralAxis ReadAxis(byte[] json) => Guard(() =>
    {
        Axis axis = Parsed<Axis>(json);
        return new SpectralAxis([.. axis.Positions], Enum.Parse<AxisUnit>(axis.Unit));
    });

    /// <summary>Reads a chunk.</summary>
    public static DatasetChunk ReadChunk(byte[] json) => Guard(() =>
    {
        Chunk c = Parsed<Chunk>(json);
        return new DatasetChunk(
            SourceOf(c.Source), Digest(c.Digest), [.. c.Ids], [.. c.SpectrumDigests.Select(Digest)],
            [.. c.Responses.Select(r => ColumnOf(r, c.Ids.Length))],
            [.. c.Labels.Select(l => new LabelColumn(l.Name, Checked(l.Values, c.Ids.Length)))]);
    });

    /// <summary>Reads a table of references.</summary>
    public static DatasetReferences ReadReferences(byte[] json) => Guard(() =>
    {
        References r = Parsed<References>(json);
        return new DatasetReferences(
            SourceOf(r.Source), [.. r.Ids], [.. r.Columns.Select(column => ColumnOf(column, r.Ids.Length))],
            [.. (r.Labels ?? []).Select(l => new LabelColumn(l.Name, Checked(l.Values, r.Ids.Length)))]);
    });

    private static T Parsed<T>(byte[] json) => JsonSerializer.Deserialize<T>(json, Options) ?? throw new FormatException("it is empty");

    private static T Guard<T>(Func<T> read)
    {
        // An entry is our own text: whatever is wrong with it is damage, and nothing has been taken from it yet.
        try
        {
            return read();
        }
        catch (Exception error) when (error is JsonException or FormatException or ArgumentException)
        {
            throw new StageException(
                FailureKind.Storage,
                $"An entry of the dataset is damaged: {error.Message} Restore the state database from a backup; the original bytes in "
                + "'sources' are not touched.",
                error);
        }
    }

    private static Source SourceOf(DatasetSource s) => new(s.Digest.ToString(), s.Path, s.Reader, s.LengthBytes, [.. s.Aliases]);

    private static DatasetSource SourceOf(Source s) => new(Digest(s.Digest), s.Path, s.Reader, s.LengthBytes, [.. s.Aliases]);

    private static Column ColumnOf(ResponseColumn column) =>
        new(column.Name, [.. column.Values.Select(v => double.IsNaN(v) ? (double?)null : v)]);

    private static ResponseColumn ColumnOf(Column column, int count) =>
        new(column.Name, Checked([.. column.Values.Select(v => v ?? double.NaN)], count));

    private static ImmutableArray<T> Checked<T>(T[] values, int count) =>
        values.Length == count ? [.. values] : throw new FormatException($"expected {count} values, found {values.Length}.");

    private static Fingerprint Digest(string text) =>
        Fingerprint.TryParse(text, out Fingerprint digest) ? digest : throw new FormatException($"'{text}' is no digest.");

    private sealed record Axis(string Unit, double[] Positions);

    private sealed record Source(string Digest, string Path, string Reader, long LengthBytes, string[] Aliases);

    private sealed record Chunk(
        Source Source, string Digest, string[] Ids, string[] SpectrumDigests, Column[] Responses, Label[] Labels);

    // Tables that joined before text was read have no labels.
    private sealed record References(Source Source, string[] Ids, Column[] Columns, Label[]? Labels = null);

    private sealed record Column(string Name, double?[] Values);

    private sealed record Label(string Name, string[] Values);
}
