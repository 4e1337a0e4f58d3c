using Pipeline.Engine.Identity;
using Pipeline.Engine.State;

namespace Pipeline.Host.State;

/// <summary>A source in the quarantine of a dataset.</summary>
/// <param name="Dataset">The dataset that it could not join.</param>
/// <param name="Digest">SHA-256 of its bytes.</param>
/// <param name="Path">The path under which it came.</param>
/// <param name="Time">When it was refused.</param>
/// <param name="Message">What was expected, what was found, where, what to do.</param>
/// <param name="Reader">The reader that was chosen, or "none".</param>
/// <param name="LengthBytes">Number of bytes.</param>
internal sealed record QuarantineRow(
    string Dataset, Fingerprint Digest, string Path, DateTimeOffset Time, string Message, string Reader, long LengthBytes)
{
    private const string Columns = "dataset, digest, path, time, message, reader, length";

    /// <summary>Some rows in the order of dataset and digest, from behind one of them on.</summary>
    public static List<QuarantineRow> Page(StateDatabase state, string afterDataset, Fingerprint afterDigest, int count) => state.Read(reader => reader.Query(
        $"SELECT {Columns} FROM quarantine WHERE (dataset, digest) > ($1, $2) ORDER BY dataset, digest LIMIT $3", Of, afterDataset, afterDigest, (long)count));

    /// <summary>The rows of these bytes in the order of datasets.</summary>
    public static List<QuarantineRow> Find(StateDatabase state, Fingerprint digest) => state.Read(reader => reader.Query(
        $"SELECT {Columns} FROM quarantine WHERE digest = $1 ORDER BY dataset", Of, digest));

    private static QuarantineRow Of(StateRow row) => new(
        row.Text(0), row.Key(1), row.Text(2), DateTimeOffset.FromUnixTimeMilliseconds(row.Number(3)), row.Text(4), row.Text(5), row.Number(6));
}
