using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using Pipeline.Engine;
using Pipeline.Engine.Identity;

namespace Pipeline.Stages.Spectra;

/// <summary>The manifest as JSON, with the version of its format.</summary>
public static class DatasetManifestJson
{
    /// <summary>The version that is written; another one is refused.</summary>
    public const int FormatVersion = 1;

    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>Writes a manifest; numbers keep all bits, a missing value is null.</summary>
    public static void Write(DatasetManifest manifest, Stream target)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        JsonSerializer.Serialize(
            target,
            new Document(
                FormatVersion,
                manifest.Name,
                manifest.Axis is { } axis ? new Axis(axis.Unit.ToString(), [.. axis.Positions]) : null,
                [.. manifest.Chunks.Select(c => new Chunk(
                    SourceOf(c.Source), c.Digest.ToString(), [.. c.Ids], [.. c.SpectrumDigests.Select(d => d.ToString())],
                    [.. c.Responses.Select(ColumnOf)], [.. c.Labels.Select(l => new Label(l.Name, [.. l.Values]))]))],
                [.. manifest.References.Select(r => new References(SourceOf(r.Source), [.. r.Ids], [.. r.Columns.Select(ColumnOf)]))]),
            Options);
    }

    /// <summary>Reads a manifest.</summary>
    /// <exception cref="StageException">The text is damaged, or of another version.</exception>
    public static DatasetManifest Read(Stream source)
    {
        // A manifest is our own file: whatever is wrong with it is damage, and nothing has been taken from it yet.
        try
        {
            Document document = JsonSerializer.Deserialize<Document>(source, Options) ?? throw new FormatException("it is empty");
            if (document.FormatVersion != FormatVersion)
            {
                throw new StageException(
                    FailureKind.Storage,
                    $"The manifest has format version {document.FormatVersion}, this program knows {FormatVersion}. "
                    + "Use the version of the program that wrote it.");
            }

            return new DatasetManifest(
                document.Name,
                document.Axis is { } axis ? new SpectralAxis([.. axis.Positions], Enum.Parse<AxisUnit>(axis.Unit)) : null,
                [.. document.Chunks.Select(c => new DatasetChunk(
                    SourceOf(c.Source), Digest(c.Digest), [.. c.Ids], [.. c.SpectrumDigests.Select(Digest)],
                    [.. c.Responses.Select(r => ColumnOf(r, c.Ids.Length))],
                    [.. c.Labels.Select(l => new LabelColumn(l.Name, Checked(l.Values, c.Ids.Length)))]))],
                [.. document.References.Select(r => new DatasetReferences(
                    SourceOf(r.Source), [.. r.Ids], [.. r.Columns.Select(column => ColumnOf(column, r.Ids.Length))]))]);
        }
        catch (Exception error) when (error is JsonException or FormatException or ArgumentException)
        {
            throw new StageException(
                FailureKind.Storage,
                $"The manifest is damaged: {error.Message} Restore it from a backup; the original bytes in 'sources' are not touched.",
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

    private sealed record Document(int FormatVersion, string Name, Axis? Axis, Chunk[] Chunks, References[] References);

    private sealed record Axis(string Unit, double[] Positions);

    private sealed record Source(string Digest, string Path, string Reader, long LengthBytes, string[] Aliases);

    private sealed record Chunk(
        Source Source, string Digest, string[] Ids, string[] SpectrumDigests, Column[] Responses, Label[] Labels);

    private sealed record References(Source Source, string[] Ids, Column[] Columns);

    private sealed record Column(string Name, double?[] Values);

    private sealed record Label(string Name, string[] Values);
}
