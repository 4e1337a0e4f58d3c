using System.Collections.Immutable;
using Pipeline.Engine.Identity;
using Pipeline.Engine.State;
using Pipeline.Stages.Spectra;

namespace Pipeline.Host.State;

/// <summary>The rows of one dataset: its axis and one row for each source.</summary>
/// <remarks>Safe for all threads. A change writes the rows that differ, so that its cost does not grow with the dataset.</remarks>
internal sealed class DatasetTable(StateDatabase state, string name)
{
    private const long ChunkRole = 0;
    private const long ReferencesRole = 1;

    /// <summary>The dataset as it stands, or null where it has not been begun.</summary>
    public DatasetManifest? Read() => state.Read(reader =>
    {
        (bool IsThere, byte[]? Axis) row = reader.First(
            "SELECT axis FROM dataset WHERE name = $1", one => (true, one.IsNull(0) ? null : one.Bytes(0)), (false, null), name);
        return !row.IsThere
            ? null
            : new DatasetManifest(
                name,
                row.Axis is { } axis ? DatasetEntryJson.ReadAxis(axis) : null,
                [.. Entries(reader, ChunkRole).Select(DatasetEntryJson.ReadChunk)],
                [.. Entries(reader, ReferencesRole).Select(DatasetEntryJson.ReadReferences)]);
    });

    /// <summary>Makes the rows of one manifest those of another.</summary>
    /// <param name="from">The rows as they stand.</param>
    /// <param name="to">The rows as they shall be.</param>
    /// <param name="what">What has happened, an event for each.</param>
    /// <param name="further">A change that becomes durable together with the rows.</param>
    public Task WriteAsync(DatasetManifest from, DatasetManifest to, IReadOnlyList<string> what, Action<StateTransaction>? further = null)
    {
        byte[]? axis = to.Axis is { } present ? DatasetEntryJson.Write(present) : null;
        Entry[] changed =
        [
            .. Changed(from.Chunks, to.Chunks, ChunkRole, chunk => chunk.Source.Digest, DatasetEntryJson.Write),
            .. Changed(from.References, to.References, ReferencesRole, table => table.Source.Digest, DatasetEntryJson.Write),
        ];
        return state.CommitAsync(transaction =>
        {
            further?.Invoke(transaction);
            transaction.Execute("INSERT OR REPLACE INTO dataset (name, axis) VALUES ($1, $2)", name, axis);
            foreach (Entry entry in changed)
            {
                transaction.Execute(
                    "INSERT OR REPLACE INTO source (dataset, role, position, digest, body) VALUES ($1, $2, $3, $4, $5)",
                    name, entry.Role, entry.Position, entry.Digest, entry.Body);

                // Bytes that have joined after all are no longer in quarantine.
                transaction.Execute("DELETE FROM quarantine WHERE dataset = $1 AND digest = $2", name, entry.Digest);
            }

            Shorten(transaction, ChunkRole, to.Chunks.Length, from.Chunks.Length);
            Shorten(transaction, ReferencesRole, to.References.Length, from.References.Length);
            foreach (string one in what)
            {
                transaction.Tell("dataset changed", name, one);
            }
        });
    }

    private List<byte[]> Entries(StateReader reader, long role) => reader.Query(
        "SELECT body FROM source WHERE dataset = $1 AND role = $2 ORDER BY position", row => row.Bytes(0), name, role);

    private void Shorten(StateTransaction transaction, long role, int length, int before)
    {
        if (length < before)
        {
            transaction.Execute("DELETE FROM source WHERE dataset = $1 AND role = $2 AND position >= $3", name, role, (long)length);
        }
    }

    private static IEnumerable<Entry> Changed<T>(
        ImmutableArray<T> from, ImmutableArray<T> to, long role, Func<T, Fingerprint> digestOf, Func<T, byte[]> write)
        where T : class
    {
        for (int i = 0; i < to.Length; i++)
        {
            if (i >= from.Length || !ReferenceEquals(from[i], to[i]))
            {
                yield return new Entry(role, i, digestOf(to[i]), write(to[i]));
            }
        }
    }

    private sealed record Entry(long Role, long Position, Fingerprint Digest, byte[] Body);
}
