using Pipeline.Engine;
using Pipeline.Engine.State;
using Pipeline.Engine.Storage;

namespace Pipeline.Host.State;

/// <summary>The host's tables beside the engine's: datasets, their sources, quarantine, files seen, studies, deliveries, runs.</summary>
public static class HostSchema
{
    /// <summary>The state database of a data folder, the engine's tables and ours; taken for this process.</summary>
    /// <exception cref="StageException">A restore into the folder was cut off, or the database refuses to be opened.</exception>
    public static StateDatabase Open(string dataPath, IStorage storage, Limits limits, TimeProvider clock)
    {
        UnfinishedRestore.Refuse(dataPath, storage);
        return StateDatabase.Open(FileOf(dataPath), [StateSchema.Engine, Tables], storage, limits, clock);
    }

    /// <summary>Where the state database of a data folder lies.</summary>
    public static string FileOf(string dataPath) => Path.Combine(dataPath, "state.db");

    /// <summary>The tables.</summary>
    public static StateSchema Tables { get; } = new(
        "host",
        [
            """
            CREATE TABLE dataset (
                name TEXT PRIMARY KEY,
                axis BLOB);
            CREATE TABLE source (
                dataset TEXT NOT NULL,
                role INTEGER NOT NULL,
                position INTEGER NOT NULL,
                digest BLOB NOT NULL,
                body BLOB NOT NULL,
                PRIMARY KEY (dataset, role, position));
            CREATE TABLE quarantine (
                dataset TEXT NOT NULL,
                digest BLOB NOT NULL,
                path TEXT NOT NULL,
                time INTEGER NOT NULL,
                message TEXT NOT NULL,
                reader TEXT NOT NULL,
                length INTEGER NOT NULL,
                PRIMARY KEY (dataset, digest));
            CREATE TABLE seen (
                folder TEXT NOT NULL,
                path TEXT NOT NULL,
                length INTEGER NOT NULL,
                modified INTEGER NOT NULL,
                digest BLOB NOT NULL,
                PRIMARY KEY (folder, path)) WITHOUT ROWID;
            CREATE TABLE study (
                name TEXT PRIMARY KEY,
                samples BLOB,
                known INTEGER NOT NULL,
                model TEXT NOT NULL);
            """,
            """
            CREATE TABLE delivered (
                seq INTEGER PRIMARY KEY AUTOINCREMENT,
                dataset TEXT NOT NULL,
                key TEXT NOT NULL,
                batch INTEGER NOT NULL,
                digest BLOB NOT NULL,
                answer TEXT NOT NULL,
                UNIQUE (dataset, key, batch));
            """,
            """
            CREATE TABLE queue (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                study TEXT NOT NULL,
                "trigger" INTEGER NOT NULL,
                priority INTEGER NOT NULL,
                phase INTEGER NOT NULL,
                known INTEGER NOT NULL,
                asked INTEGER NOT NULL,
                begun INTEGER,
                ended INTEGER,
                why TEXT NOT NULL,
                key BLOB,
                folder TEXT NOT NULL);
            CREATE UNIQUE INDEX queue_open ON queue (study) WHERE phase < 3;
            CREATE TABLE schedule (
                study TEXT PRIMARY KEY,
                text TEXT NOT NULL,
                due INTEGER NOT NULL);
            """,
            """
            ALTER TABLE study RENAME COLUMN samples TO run;
            ALTER TABLE study ADD COLUMN dataset TEXT NOT NULL DEFAULT '';
            ALTER TABLE study ADD COLUMN response TEXT NOT NULL DEFAULT '';
            ALTER TABLE queue ADD COLUMN stops INTEGER NOT NULL DEFAULT 0;
            """,
        ]);
}
