using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;
using Microsoft.Data.Sqlite;
using Pipeline.Engine.Storage;

namespace Pipeline.Engine.State;

// Versions of tables, and what happens when the file is opened.
public sealed partial class StateDatabase
{
    // "PIPE": tells our files from those of other programs.
    internal const int ApplicationId = 0x50495045;

    /// <summary>The version of this program, without what the build appends: a commit names no version that a user knows.</summary>
    public static string ProgramVersion { get; } = (typeof(StateDatabase).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
        ?.InformationalVersion ?? "unknown").Split('+')[0];

    /// <summary>Brings every part's tables to the version of this program, after a backup of what was there.</summary>
    private void Migrate(ImmutableArray<StateSchema> schemas, IStorage storage)
    {
        StateTransaction writing = _writing!;
        bool isNew = writing.First("SELECT count(*) FROM sqlite_schema", row => row.Number(0), 0) == 0;
        long application = writing.First("PRAGMA application_id", row => row.Number(0), 0);
        if (!isNew && application != ApplicationId)
        {
            throw new StageException(FailureKind.Storage, $"'{_path}' is a database of another program. Name another data folder.");
        }

        if (isNew)
        {
            writing.Raw(
                $"""
                BEGIN IMMEDIATE;
                PRAGMA application_id = {ApplicationId};
                CREATE TABLE meta (epoch INTEGER NOT NULL, clean INTEGER NOT NULL);
                INSERT INTO meta VALUES (0, 1);
                CREATE TABLE part (name TEXT PRIMARY KEY, version INTEGER NOT NULL);
                COMMIT;
                """);
        }

        Dictionary<string, int> versions = writing
            .Query("SELECT name, version FROM part", row => (Name: row.Text(0), Version: (int)row.Number(1)))
            .ToDictionary(part => part.Name, part => part.Version);
        RefuseNewer(schemas, versions);
        StateSchema[] older = [.. schemas.Where(schema => versions.GetValueOrDefault(schema.Name) < schema.Version)];
        if (older.Any(schema => versions.ContainsKey(schema.Name)))
        {
            string name = string.Join('-', versions.OrderBy(part => part.Key, StringComparer.Ordinal).Select(part => $"{part.Key}{part.Value}"));
            BackUp(_path + $".{name}.bak", storage);
        }

        foreach (StateSchema schema in older)
        {
            for (int version = versions.GetValueOrDefault(schema.Name); version < schema.Version; version++)
            {
                // Version and tables change together: a crash in between leaves the earlier ones of both.
                writing.Raw("BEGIN IMMEDIATE");
                writing.Raw(schema.Steps[version]);
                writing.Execute("INSERT OR REPLACE INTO part VALUES ($1, $2)", schema.Name, (long)version + 1);
                writing.Tell("migrated", schema.Name, $"{version} -> {(version + 1).ToString(CultureInfo.InvariantCulture)}");
                writing.Raw("COMMIT");
            }
        }
    }

    private void RefuseNewer(ImmutableArray<StateSchema> schemas, Dictionary<string, int> versions)
    {
        foreach ((string name, int version) in versions)
        {
            int known = schemas.FirstOrDefault(schema => schema.Name == name)?.Version ?? 0;
            if (version > known)
            {
                throw new StageException(
                    FailureKind.Storage,
                    $"'{_path}' has the tables of '{name}' in version {version}, this program knows {known}. Nothing was changed. Use the "
                    + "program that wrote it, or restore the backup from before the upgrade.");
            }
        }
    }

    /// <summary>A durable copy of the whole database; replaces an earlier copy of that name.</summary>
    private void BackUp(string target, IStorage storage)
    {
        string temporary = target + StorageNames.TemporaryEnding;
        storage.Delete(temporary);
        var settings = new SqliteConnectionStringBuilder { DataSource = temporary, Pooling = false };
        using (var copy = new SqliteConnection(settings.ConnectionString))
        {
            copy.Open();
            _writing!.Connection.BackupDatabase(copy);
            Run(copy, "PRAGMA synchronous = FULL; PRAGMA journal_mode = DELETE; PRAGMA user_version = 1");
            using SqliteCommand check = copy.CreateCommand();
            check.CommandText = "PRAGMA quick_check(1)";
            if (check.ExecuteScalar() as string != "ok")
            {
                throw new StageException(
                    FailureKind.Storage,
                    $"The backup of '{_path}' before the upgrade is not sound, so nothing was upgraded. Check the disk; restore an earlier backup.");
            }
        }

        storage.Move(temporary, target);
    }

    /// <summary>Counts the opening, and gives back what the process before this one had begun.</summary>
    private void BeginEpoch()
    {
        StateTransaction writing = _writing!;
        (Epoch, WasClosedCleanly) = writing.First("SELECT epoch + 1, clean FROM meta", row => (row.Number(0), row.Number(1) == 1), (1, true));
        writing.Raw("BEGIN IMMEDIATE");
        writing.Execute("UPDATE meta SET epoch = $1, clean = 0", Epoch);
        writing.Execute("INSERT INTO epoch (number, program, begun) VALUES ($1, $2, $3)", Epoch, ProgramVersion, writing.Now);
        writing.Execute("DELETE FROM epoch WHERE number <= $1", Epoch - _limits.EventsMax);
        int cutOff = writing.Execute(
            "UPDATE unit SET state = $1, deaths = deaths + 1 WHERE state = $2", (long)UnitState.Waiting, (long)UnitState.Running);
        if (!WasClosedCleanly)
        {
            writing.Tell("recovered", "state", $"{cutOff} units were cut off");
        }

        writing.Raw("COMMIT");

        // From now on transactions carry the new epoch.
        _writing = new StateTransaction(writing.Connection, Epoch, _clock, _limits.EventsMax);
    }
}
