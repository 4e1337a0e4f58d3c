using System.Collections.Immutable;
using Microsoft.Data.Sqlite;
using Pipeline.Engine.State;
using Xunit;

namespace Pipeline.Engine.Tests.State;

// Versions of tables.
public sealed partial class StateDatabaseTests
{
    private static readonly ImmutableArray<string> Steps =
    [
        "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL)",
        "ALTER TABLE note ADD COLUMN author TEXT NOT NULL DEFAULT 'unknown'",
        "CREATE TABLE page (id INTEGER PRIMARY KEY); INSERT INTO page SELECT id FROM note",
        "UPDATE note SET author = upper(author)",
    ];

    private static StateSchema Notes(int version) => new("notes", Steps[..version]);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Open_OlderTables_UpgradesThemAndKeepsABackup(int from)
    {
        await using (StateDatabase old = _harness.Open(null, StateSchema.Engine, Notes(from)))
        {
            await old.CommitAsync(transaction => transaction.Execute("INSERT INTO note (id, text) VALUES (1, 'kept')"));
        }

        await using (StateDatabase state = _harness.Open(null, StateSchema.Engine, Notes(4)))
        {
            Assert.Equal(["kept UNKNOWN"], state.Read(reader => reader.Query("SELECT text, author FROM note", row => $"{row.Text(0)} {row.Text(1)}")));
        }

        // The backup is a whole database of the earlier version: it opens with the program of that version.
        string backup = Assert.Single(Directory.GetFiles(_harness.Root, "*.bak"));
        File.Delete(_harness.File);
        File.Move(backup, _harness.File);
        await using StateDatabase restored = _harness.Open(null, StateSchema.Engine, Notes(from));
        Assert.Equal(["kept"], restored.Read(reader => reader.Query("SELECT text FROM note", row => row.Text(0))));
    }

    [Fact]
    public async Task Open_NewerTables_IsRefusedAndChangesNothing()
    {
        await using (StateDatabase newer = _harness.Open(null, StateSchema.Engine, Notes(3)))
        {
        }

        byte[] before = File.ReadAllBytes(_harness.File);
        StageException refused = Assert.Throws<StageException>(() => _harness.Open(null, StateSchema.Engine, Notes(2)));
        Assert.Contains("version 3, this program knows 2", refused.Message, StringComparison.Ordinal);
        Assert.Contains("knows 0", Assert.Throws<StageException>(() => _harness.Open(null, StateSchema.Engine)).Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(_harness.File));
    }

    [Fact]
    public async Task Open_UpgradeThatFails_LeavesTheEarlierVersion()
    {
        await using (StateDatabase old = _harness.Open(null, StateSchema.Engine, Notes(1)))
        {
            await old.CommitAsync(transaction => transaction.Execute("INSERT INTO note (id, text) VALUES (1, 'kept')"));
        }

        var broken = new StateSchema("notes", [Steps[0], "ALTER TABLE note ADD COLUMN extra TEXT; INSERT INTO nowhere VALUES (1)"]);
        Assert.Throws<StageException>(() => _harness.Open(null, StateSchema.Engine, broken));
        await using StateDatabase state = _harness.Open(null, StateSchema.Engine, Notes(2));
        Assert.Equal(["unknown"], state.Read(reader => reader.Query("SELECT author FROM note", row => row.Text(0))));
    }

    [Fact]
    public async Task Open_SameVersion_MakesNoBackup()
    {
        await using (StateDatabase first = _harness.Open())
        {
        }

        await using StateDatabase second = _harness.Open();
        Assert.Empty(Directory.GetFiles(_harness.Root, "*.bak"));
    }

    [Fact]
    public async Task Connections_OneWritesTheOthersNeverCheckpoint()
    {
        // The rule behind it: two connections that write and checkpoint at once can corrupt the log (remarks of the type).
        await using StateDatabase state = _harness.Open();
        await state.CommitAsync(transaction => StateHarness.Add(transaction, 1));
        state.Read(reader =>
        {
            Assert.Equal(0, reader.First("PRAGMA wal_autocheckpoint", row => row.Number(0), -1));
            Assert.Equal(1, reader.First("PRAGMA query_only", row => row.Number(0), -1));
            Assert.Equal(SqliteOpenMode.ReadOnly, new SqliteConnectionStringBuilder(reader.Connection.ConnectionString).Mode);
            return true;
        });
        await state.CommitAsync(transaction =>
        {
            Assert.Equal("wal", transaction.First("PRAGMA journal_mode", row => row.Text(0), ""));
            Assert.Equal(2, transaction.First("PRAGMA synchronous", row => row.Number(0), -1));
        });
    }
}
