using Pipeline.Engine.Identity;
using Pipeline.Engine.State;

namespace Pipeline.Host.State;

/// <summary>A batch that was acknowledged under a key of its sender's, with what was answered.</summary>
/// <remarks>Ceiling: the latest <see cref="RowsMax"/> of all datasets; whoever sends an older one again is answered by content.</remarks>
/// <param name="Digest">SHA-256 of the batch.</param>
/// <param name="Answer">The acknowledgement as it was sent.</param>
internal sealed record DeliveredRow(Fingerprint Digest, string Answer)
{
    /// <summary>The most acknowledgements that are remembered.</summary>
    public const int RowsMax = 100_000;

    /// <summary>The batch of that number under a key, or null.</summary>
    public static DeliveredRow? Find(StateDatabase state, string dataset, string key, int batch) => state.Read(reader => reader.First<DeliveredRow?>(
        "SELECT digest, answer FROM delivered WHERE dataset = $1 AND key = $2 AND batch = $3",
        row => new DeliveredRow(row.Key(0), row.Text(1)),
        null,
        dataset,
        key,
        (long)batch));

    /// <summary>Remembers it, and forgets the oldest beyond the ceiling.</summary>
    public Task WriteAsync(StateDatabase state, string dataset, string key, int batch) => state.CommitAsync(transaction =>
    {
        transaction.Execute(
            "INSERT OR REPLACE INTO delivered (dataset, key, batch, digest, answer) VALUES ($1, $2, $3, $4, $5)", dataset, key, (long)batch, Digest, Answer);
        transaction.Execute("DELETE FROM delivered WHERE seq <= last_insert_rowid() - $1", (long)RowsMax);
    });
}
