using Microsoft.Data.Sqlite;
using Pipeline.Engine.Identity;

namespace Pipeline.Engine.State;

/// <summary>Queries on one connection, with their statements kept prepared.</summary>
/// <remarks>
/// Values stand in the text as <c>$1</c>, <c>$2</c>, …; allowed are null, text, whole and real numbers, bytes and
/// fingerprints. Used by one thread at a time. Statements are words of the code, so their number is bounded by it.
/// </remarks>
public class StateReader : IDisposable
{
    private readonly Dictionary<string, SqliteCommand> _statements = new(StringComparer.Ordinal);

    internal StateReader(SqliteConnection connection)
    {
        Connection = connection;
    }

    internal SqliteConnection Connection { get; }

    /// <summary>All rows of a query.</summary>
    public List<T> Query<T>(string sql, Func<StateRow, T> row, params ReadOnlySpan<object?> values)
    {
        using SqliteDataReader reader = Prepare(sql, values).ExecuteReader();
        List<T> rows = [];
        var current = new StateRow(reader);
        while (reader.Read())
        {
            rows.Add(row(current));
        }

        return rows;
    }

    /// <summary>Shows all rows of a query one by one; returns how many.</summary>
    public int Scan(string sql, Action<StateRow> look, params ReadOnlySpan<object?> values)
    {
        using SqliteDataReader reader = Prepare(sql, values).ExecuteReader();
        int count = 0;
        for (var current = new StateRow(reader); reader.Read(); count++)
        {
            look(current);
        }

        return count;
    }

    /// <summary>The first row of a query, or <paramref name="otherwise"/>.</summary>
    public T First<T>(string sql, Func<StateRow, T> row, T otherwise, params ReadOnlySpan<object?> values)
    {
        using SqliteDataReader reader = Prepare(sql, values).ExecuteReader();
        return reader.Read() ? row(new StateRow(reader)) : otherwise;
    }

    /// <summary>Closes the connection.</summary>
    public void Dispose()
    {
        foreach (SqliteCommand statement in _statements.Values)
        {
            statement.Dispose();
        }

        Connection.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected SqliteCommand Prepare(string sql, ReadOnlySpan<object?> values)
    {
        if (!_statements.TryGetValue(sql, out SqliteCommand? statement))
        {
            statement = Connection.CreateCommand();
            statement.CommandText = sql;
            for (int i = 0; i < values.Length; i++)
            {
                statement.Parameters.Add(new SqliteParameter { ParameterName = $"${i + 1}" });
            }

            _statements.Add(sql, statement);
        }

        for (int i = 0; i < values.Length; i++)
        {
            statement.Parameters[i].Value = values[i] switch
            {
                null => DBNull.Value,
                Fingerprint key => key.ToBytes(),
                { } value => value,
            };
        }

        return statement;
    }
}

/// <summary>The present row of a query.</summary>
public readonly struct StateRow
{
    private readonly SqliteDataReader _reader;

    internal StateRow(SqliteDataReader reader)
    {
        _reader = reader;
    }

    /// <summary>True for a column without value.</summary>
    public bool IsNull(int column) => _reader.IsDBNull(column);

    /// <summary>A whole number.</summary>
    public long Number(int column) => _reader.GetInt64(column);

    /// <summary>A real number.</summary>
    public double Real(int column) => _reader.GetDouble(column);

    /// <summary>A text.</summary>
    public string Text(int column) => _reader.GetString(column);

    /// <summary>Bytes.</summary>
    public byte[] Bytes(int column) => (byte[])_reader.GetValue(column);

    /// <summary>A fingerprint.</summary>
    public Fingerprint Key(int column) => Fingerprint.FromHash(Bytes(column));
}
