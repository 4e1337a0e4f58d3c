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
    IntegrationFile File,
    int Fields,
    int Batches,
    int Values,
    string Stream,
    string ArrowFile,
    IReadOnlyList<string> Written)
{
    /// <summary>All is as in the gold.</summary>
    public const string Equal = "equal";

    /// <summary>There was nothing to do.</summary>
    public const string Nothing = "-";

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
        var refusal = Refusal.Of(file, gold);
        byte[] stream = file.ReadStream();
        string ofStream = await ReadAsync(gold, refusal, stream, Ways.OfStreams);
        string ofFile = await ReadAsync(gold, refusal, file.ReadFile(), Ways.OfFiles);
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
        Refusal.Of(file, new GoldFile(file.GoldPath)) is Refusal refusal ? RefusedStart + refusal.Reason : Equal;

    private static string Wrong(string way, string what) => $"{WrongStart} ({way}): {what}";

    /// <summary>The outcome that all ways have in common, or the first that is wrong.</summary>
    private static async Task<string> ReadAsync(
        GoldFile gold, Refusal? refusal, byte[] bytes, IReadOnlyList<WayOfReading> ways)
    {
        var outcomes = new List<string>();
        foreach (WayOfReading way in ways)
        {
            outcomes.Add(await ReadAsync(gold, refusal, bytes, way));
        }

        return outcomes.Find(outcome => outcome.StartsWith(WrongStart, StringComparison.Ordinal)) ?? outcomes[0];
    }

    private static async Task<string> ReadAsync(GoldFile gold, Refusal? refusal, byte[] bytes, WayOfReading way)
    {
        try
        {
            (Schema schema, List<RecordBatch> batches) = await way.ReadAsync(bytes);
            if (refusal is not null)
            {
                return Wrong(way.Name, $"was read, although {refusal.Reason}");
            }

            return Comparison.Difference(gold, schema, batches) is string difference ? Wrong(way.Name, difference) : Equal;
        }
        catch (NotSupportedException error)
        {
            // The one error that a reader may answer with, if it says why.
            bool saysWhy = refusal is not null && refusal.IsNamedBy(error.Message);
            return saysWhy ? RefusedStart + refusal!.Reason : Wrong(way.Name, error.Message);
        }
    }

    private static async Task<string> WriteAsync(GoldFile gold, byte[] stream, WayOfWriting way)
    {
        (Schema schema, List<RecordBatch> batches) = await Ways.OfStreams[0].ReadAsync(stream);
        return await ReadAsync(gold, refusal: null, way.Write(schema, [.. batches]), way.Readers);
    }
}
