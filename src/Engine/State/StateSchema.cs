using System.Collections.Immutable;

namespace Pipeline.Engine.State;

/// <summary>The tables of one part of the program, as the steps that lead to them.</summary>
/// <remarks>
/// Forward only: a step that has been released is never edited, the next version is another step. A step is one or several
/// SQL statements, run in one transaction with the raised version.
/// </remarks>
/// <param name="Name">The part's name, such as <c>engine</c>.</param>
/// <param name="Steps">Step i leads from version i to version i + 1.</param>
public sealed record StateSchema(string Name, ImmutableArray<string> Steps)
{
    /// <summary>The version that this program reads and writes.</summary>
    public int Version => Steps.Length;

    /// <summary>The engine's own tables: openings of the file, runs, their units, results, events.</summary>
    public static StateSchema Engine { get; } = new(
        "engine",
        [
            """
            CREATE TABLE epoch (
                number INTEGER PRIMARY KEY,
                program TEXT NOT NULL,
                begun INTEGER NOT NULL);
            CREATE TABLE run (
                id INTEGER PRIMARY KEY,
                study TEXT NOT NULL,
                key BLOB NOT NULL,
                state INTEGER NOT NULL,
                units INTEGER NOT NULL,
                begun INTEGER NOT NULL,
                ended INTEGER,
                detail TEXT NOT NULL,
                about TEXT NOT NULL,
                UNIQUE (study, key));
            CREATE TABLE unit (
                run INTEGER NOT NULL,
                key BLOB NOT NULL,
                state INTEGER NOT NULL,
                deaths INTEGER NOT NULL DEFAULT 0,
                attempts INTEGER NOT NULL DEFAULT 0,
                epoch INTEGER NOT NULL,
                failure TEXT,
                description BLOB,
                PRIMARY KEY (run, key));
            CREATE INDEX unit_running ON unit (run) WHERE state = 1;
            CREATE TABLE result (
                key BLOB PRIMARY KEY,
                digest BLOB NOT NULL,
                length INTEGER NOT NULL,
                seconds REAL NOT NULL,
                epoch INTEGER NOT NULL,
                time INTEGER NOT NULL,
                body BLOB);
            CREATE INDEX result_file ON result (digest) WHERE body IS NULL;
            CREATE TABLE disputed_result (
                key BLOB NOT NULL,
                digest BLOB NOT NULL,
                epoch INTEGER NOT NULL,
                body BLOB,
                PRIMARY KEY (key, digest));
            CREATE TABLE event (
                seq INTEGER PRIMARY KEY AUTOINCREMENT,
                time INTEGER NOT NULL,
                kind TEXT NOT NULL,
                subject TEXT NOT NULL,
                text TEXT NOT NULL);
            """,
        ]);
}
