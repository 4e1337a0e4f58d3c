using Apache.Arrow;

namespace Pipeline.Arrow.Tests.Conformance;

/// <summary>What came of reading a data set in every way and writing it in every way.</summary>
/// <param name="File">The data set.</param>
/// <param name="Fields">Fields compared, those inside others included.</param>
/// <param name="Batches">Batches compared.</param>
/// <param name="Values">Values compared: rows times columns.</param>
/// <param name="Stream">What came of its stream.</param>
/// <param name="ArrowFile">What came of its file.</param>
/// <param name="Written">What came of writing what was read and reading that, by way of writing.</param>
internal sealed record Verdict(
    IntegrationFile File, int Fields, int Batches, int Values, string Stream, string ArrowFile, IReadOnlyList<string> Written)
{
    /// <summary>All is as in the gold.</summary>
    public const string Equal = "equal";

    /// <summary>There was nothing to do.</summary>
    public const string Nothing = "-";

    private const string BigEndian = "big-endian";
    private const string RefusedStart = "refused: ";
    private const string WrongStart = "WRONG";

    /// <summary>What came of all of it in one word, or what is wrong.</summary>
    public string Outcome
    {
        get
        {
            string[] outcomes = [Stream, ArrowFile, .. Written.Where(written => written != Nothing)];
            return outcomes.FirstOrDefault(outcome => outcome != Stream) ?? Stream;
        }
    }

    /// <summary>True when it was refused in every way.</summary>
    public bool IsRefused => Outcome.StartsWith(RefusedStart, StringComparison.Ordinal);

    /// <summary>Reads and writes a data set.</summary>
    public static async Task<Verdict> OfAsync(IntegrationFile file)
    {
        var gold = new GoldFile(file.GoldPath);
        byte[] stream = file.ReadStream();
        string ofStream = await ReadAsync(gold, file.IsBigEndian, stream, Ways.OfStreams);
        string ofFile = await ReadAsync(gold, file.IsBigEndian, file.ReadFile(), Ways.OfFiles);
        var written = new List<string>();
        foreach (WayOfWriting way in Ways.OfWriting)
        {
            written.Add(ofStream == Equal ? await WriteAsync(gold, stream, way) : Nothing);
        }

        return ofStream == Equal
            ? new Verdict(
                file,
                gold.Fields.Sum(field => field.ToLines().Count()),
                gold.Batches.Count,
                gold.Batches.Sum(batch => batch.Length) * gold.Fields.Count,
                ofStream,
                ofFile,
                written)
            : new Verdict(file, 0, 0, 0, ofStream, ofFile, written);
    }

    /// <summary>What must come of a data set's stream and of its file, by what its gold says.</summary>
    public static string Expected(IntegrationFile file) =>
        file.IsBigEndian ? Refused(BigEndian)
        : new GoldFile(file.GoldPath).Unsupported is (string type, string) ? Refused(type)
        : Equal;

    /// <summary>The first difference of what was read from the gold, or null.</summary>
    public static string? Difference(GoldFile gold, Schema schema, IReadOnlyList<RecordBatch> batches)
    {
        string[] lines = [.. schema.FieldsList.SelectMany(field => FieldShape.Of(field).ToLines())];
        string[] expected = [.. gold.Fields.SelectMany(field => field.ToLines())];
        return First("fields", expected, lines)
            ?? First("metadata", [gold.Metadata], [FieldShape.TextOf(schema.Metadata)])
            ?? First("batches", [$"{gold.Batches.Count}"], [$"{batches.Count}"])
            ?? gold.Batches.Select((batch, i) => Difference(batch, schema, batches[i], $"batch {i}")).FirstOrDefault(one => one is not null);
    }

    private static string? Difference(GoldBatch gold, Schema schema, RecordBatch batch, string place)
    {
        if (batch.Length != gold.Length || batch.ColumnCount != gold.Columns.Count)
        {
            return $"{place}: {batch.Length} rows of {batch.ColumnCount} columns";
        }

        return gold.Columns
            .Select((values, j) => Difference(values, batch.Column(j), $"{place}, field {schema.GetFieldByIndex(j).Name}"))
            .FirstOrDefault(one => one is not null);
    }

    private static string? Difference(string[] gold, IArrowArray column, string place)
    {
        // An index that is not null may lead to a null in its dictionary.
        int nulls = gold.Count(value => value == "null");
        return First(place, gold, Rendering.Of(column))
            ?? (column is DictionaryArray || column.NullCount == nulls ? null : $"{place}: {nulls} nulls, counted {column.NullCount}");
    }

    private static string? First(string place, string[] expected, string[] found)
    {
        if (expected.Length != found.Length)
        {
            return $"{place}: expected {expected.Length}, found {found.Length}";
        }

        int i = Enumerable.Range(0, expected.Length).FirstOrDefault(k => expected[k] != found[k], -1);
        return i < 0 ? null : $"{place}, {i}: expected {expected[i]}, found {found[i]}";
    }

    private static string Refused(string reason) => RefusedStart + reason;

    private static string Wrong(string way, string what) => $"{WrongStart} ({way}): {what}";

    /// <summary>The outcome that all ways have in common, or the first that is wrong.</summary>
    private static async Task<string> ReadAsync(GoldFile gold, bool isBigEndian, byte[] bytes, IReadOnlyList<WayOfReading> ways)
    {
        var outcomes = new List<string>();
        foreach (WayOfReading way in ways)
        {
            outcomes.Add(await ReadAsync(gold, isBigEndian, bytes, way));
        }

        return outcomes.Find(outcome => outcome.StartsWith(WrongStart, StringComparison.Ordinal)) ?? outcomes[0];
    }

    private static async Task<string> ReadAsync(GoldFile gold, bool isBigEndian, byte[] bytes, WayOfReading way)
    {
        try
        {
            (Schema schema, List<RecordBatch> batches) = await way.ReadAsync(bytes);
            if (isBigEndian || gold.Unsupported is not null)
            {
                return Wrong(way.Name, "was read");
            }

            return Difference(gold, schema, batches) is string difference ? Wrong(way.Name, difference) : Equal;
        }
        catch (NotSupportedException error) when (error.Message.StartsWith("not supported: ", StringComparison.Ordinal))
        {
            // The one error that a reader may answer with, if it says why.
            return Reason(gold, isBigEndian, error.Message) is string reason ? Refused(reason) : Wrong(way.Name, error.Message);
        }
    }

    /// <summary>Why a data set is refused, if the message names that reason: the type and the field.</summary>
    private static string? Reason(GoldFile gold, bool isBigEndian, string message)
    {
        if (isBigEndian)
        {
            return message.Contains(BigEndian, StringComparison.Ordinal) ? BigEndian : null;
        }

        return gold.Unsupported is (string type, string path)
            && message.Contains($"type {type}", StringComparison.OrdinalIgnoreCase)
            && message.Contains($"field '{path}'", StringComparison.Ordinal)
            ? type
            : null;
    }

    private static async Task<string> WriteAsync(GoldFile gold, byte[] stream, WayOfWriting way)
    {
        (Schema schema, List<RecordBatch> batches) = await Ways.OfStreams[0].ReadAsync(stream);
        return await ReadAsync(gold, false, way.Write(schema, [.. batches]), way.Readers);
    }
}
