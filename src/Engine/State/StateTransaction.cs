using Microsoft.Data.Sqlite;

namespace Pipeline.Engine.State;

/// <summary>The writing connection inside one transaction; changes see what earlier changes of their group wrote.</summary>
/// <remarks>Only the writer makes one, and calls changes with it one after the other. Not to be kept by a change.</remarks>
public sealed class StateTransaction : StateReader
{
    private readonly TimeProvider _clock;
    private readonly int _eventsMax;

    internal StateTransaction(SqliteConnection connection, long epoch, TimeProvider clock, int eventsMax)
        : base(connection)
    {
        Epoch = epoch;
        _clock = clock;
        _eventsMax = eventsMax;
    }

    /// <summary>The time, as it is kept: milliseconds of UTC since 1970.</summary>
    public long Now => _clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>How many times the database has been opened: tells this process from earlier ones.</summary>
    public long Epoch { get; }

    /// <summary>Changes rows; returns how many.</summary>
    public int Execute(string sql, params ReadOnlySpan<object?> values) => Prepare(sql, values).ExecuteNonQuery();

    /// <summary>Writes down that something happened, in the same transaction as its effect.</summary>
    public void Tell(string kind, string subject, string text)
    {
        Execute("INSERT INTO event (time, kind, subject, text) VALUES ($1, $2, $3, $4)", Now, kind, subject, text);
        Execute("DELETE FROM event WHERE seq <= last_insert_rowid() - $1", (long)_eventsMax);
    }

    internal void Raw(string sql)
    {
        using SqliteCommand command = Connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
