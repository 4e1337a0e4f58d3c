using Microsoft.Data.Sqlite;

namespace Pipeline.Engine.State;

// What doctor and backup ask of a database that another process may be writing.
public sealed partial class StateView
{
    /// <summary>The version of the SQLite library that this process uses.</summary>
    /// <exception cref="StageException">There is none.</exception>
    public static string SqliteVersion
    {
        get
        {
            SqliteLibrary.Use();
            return SQLitePCL.raw.sqlite3_libversion().utf8_to_string();
        }
    }

    /// <summary>The parts of the program that have tables in the file, and the versions of these.</summary>
    public List<(string Name, int Version)> Parts() =>
        Query("SELECT name, version FROM part ORDER BY name", row => (row.Text(0), (int)row.Number(1)));

    /// <summary>All rows of a query of a part of the program that the engine does not know.</summary>
    public List<T> Query<T>(string sql, Func<StateRow, T> row, params object?[] values) => Read(reader => reader.Query(sql, row, values));

    /// <summary>What SQLite finds wrong with the structure of the file, or null; reads all of it.</summary>
    public string? Fault()
    {
        string found = Read(reader => reader.First("PRAGMA quick_check(1)", row => row.Text(0), "ok"));
        return found == "ok" ? null : found;
    }

    /// <summary>A durable copy of the whole database as it stood when this view was opened, as after a clean stop.</summary>
    /// <param name="target">A file that does not exist yet.</param>
    /// <exception cref="StageException">The copy cannot be written, or is not sound.</exception>
    public void CopyTo(string target) => StateDatabase.Guard(target, () =>
    {
        var settings = new SqliteConnectionStringBuilder { DataSource = target, Pooling = false };
        using var copy = new SqliteConnection(settings.ConnectionString);
        copy.Open();
        _reader.Connection.BackupDatabase(copy);

        // Nobody has killed the work that was in hand at this moment, so nothing shall be held against it.
        StateDatabase.Run(
            copy,
            "PRAGMA synchronous = FULL; PRAGMA journal_mode = DELETE; UPDATE meta SET clean = 1; "
            + $"UPDATE unit SET state = {(int)UnitState.Waiting} WHERE state = {(int)UnitState.Running}");
        using SqliteCommand check = copy.CreateCommand();
        check.CommandText = "PRAGMA quick_check(1)";
        return check.ExecuteScalar() is "ok"
            ? true
            : throw new StageException(FailureKind.Storage, $"The copy of '{_path}' is not sound. Check the disks of both; run 'pipeline doctor'.");
    });
}
