using Microsoft.Data.Sqlite;
using Pipeline.Engine.Identity;

namespace Pipeline.Engine.State;

/// <summary>A look at a state database from outside, while another process may be writing it.</summary>
/// <remarks>
/// Takes no lock of the program and never writes, nor checkpoints: the file is opened read-only. All queries see one
/// moment, the time of opening. A view that stays open keeps the log from being cut back, so it is closed soon. Used by
/// one thread.
/// </remarks>
public sealed partial class StateView : IDisposable
{
    private const int CannotOpen = SQLitePCL.raw.SQLITE_CANTOPEN;

    private readonly string _path;
    private readonly StateReader _reader;

    private StateView(string path, StateReader reader)
    {
        _path = path;
        _reader = reader;
    }

    /// <summary>Opens a view.</summary>
    /// <exception cref="StageException">There is no such file, it cannot be read, or another version of the program wrote it.</exception>
    public static StateView Open(string path)
    {
        path = Path.GetFullPath(path);
        if (!File.Exists(path))
        {
            throw new StageException(
                FailureKind.InvalidRequest,
                $"There is no state database '{path}'. Name the folder that a daemon (Pipeline:Data) or 'search --state' has written.");
        }

        SqliteLibrary.Use();
        return StateDatabase.Guard(path, () =>
        {
            var view = new StateView(path, new StateReader(Connect(path)));

            // Whatever refuses, the file is let go.
            try
            {
                view.RefuseForeign();
                return view;
            }
            catch
            {
                view.Dispose();
                throw;
            }
        });
    }

    /// <summary>All runs, the oldest first.</summary>
    public List<RecordedRun> Runs() => Read(reader => reader.Query(
        """
        SELECT id, study, key, state, units, begun, ended, detail, about,
               (SELECT count(*) FROM unit WHERE unit.run = run.id AND unit.state >= $1)
        FROM run ORDER BY id
        """,
        row => new RecordedRun(
            row.Number(0),
            row.Text(1),
            row.Key(2),
            (RunState)row.Number(3),
            (int)row.Number(4),
            Time(row, 5),
            row.IsNull(6) ? null : Time(row, 6),
            row.Text(7),
            row.Text(8),
            (int)row.Number(9)),
        (long)UnitState.Done));

    /// <summary>The keys of units within bounds, both included; at most <paramref name="countMax"/>.</summary>
    public List<Fingerprint> UnitKeys(Fingerprint first, Fingerprint last, int countMax) => Read(reader => reader.Query(
        "SELECT DISTINCT key FROM unit WHERE key BETWEEN $1 AND $2 ORDER BY key LIMIT $3", row => row.Key(0), first, last, (long)countMax));

    /// <summary>What a unit is to every run that has it, the oldest run first.</summary>
    public List<RecordedUnit> Units(Fingerprint key) => Read(reader => reader.Query(
        "SELECT run, key, state, deaths, attempts, failure, description FROM unit WHERE run IN (SELECT id FROM run) AND key = $1 ORDER BY run",
        row => new RecordedUnit(
            row.Number(0),
            row.Key(1),
            (UnitState)row.Number(2),
            (int)row.Number(3),
            (int)row.Number(4),
            row.IsNull(5) ? null : row.Text(5),
            row.IsNull(6) ? null : row.Bytes(6)),
        key));

    /// <summary>Shows every unit that has a description, once; the bytes of one at a time are in memory.</summary>
    public void ScanDescriptions(Action<Fingerprint, byte[]> look)
    {
        ArgumentNullException.ThrowIfNull(look);
        foreach (long run in Read(reader => reader.Query("SELECT id FROM run ORDER BY id DESC", row => row.Number(0))))
        {
            // Of a unit that several runs have, the latest one shows it.
            Read(reader => reader.Scan(
                """
                SELECT key, description FROM unit WHERE run = $1 AND description IS NOT NULL
                AND NOT EXISTS (SELECT 1 FROM unit AS later WHERE later.run IN (SELECT id FROM run WHERE id > $1) AND later.key = unit.key)
                """,
                row => look(row.Key(0), row.Bytes(1)),
                run));
        }
    }

    /// <summary>The result of a unit, or null.</summary>
    public RecordedResult? Result(Fingerprint key) => Read(reader => reader.First<RecordedResult?>(
        """
        SELECT digest, length, seconds, time, epoch, coalesce((SELECT program FROM epoch WHERE number = result.epoch), 'unknown'), body IS NULL
        FROM result WHERE key = $1
        """,
        row => new RecordedResult(row.Key(0), row.Number(1), row.Real(2), Time(row, 3), row.Number(4), row.Text(5), row.Number(6) == 1),
        null,
        key));

    /// <summary>Digests of other results of a unit, which should not exist: the computation was not deterministic.</summary>
    public List<Fingerprint> Disputed(Fingerprint key) => Read(reader => reader.Query(
        "SELECT digest FROM disputed_result WHERE key = $1 ORDER BY epoch, digest", row => row.Key(0), key));

    /// <summary>The keys of a run's units.</summary>
    public HashSet<Fingerprint> UnitsOf(long run) => Read(reader => reader.Query("SELECT key FROM unit WHERE run = $1", row => row.Key(0), run).ToHashSet());

    /// <summary>Lets the file go.</summary>
    public void Dispose() => _reader.Dispose();

    private static DateTimeOffset Time(StateRow row, int column) => DateTimeOffset.FromUnixTimeMilliseconds(row.Number(column));

    private static SqliteConnection Connect(string path)
    {
        // Where nobody has the file open and the folder is not ours to write, SQLite cannot make the index of the log; without a
        // log there is nothing that it would be needed for.
        try
        {
            return Connect(new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadOnly, Pooling = false });
        }
        catch (SqliteException refused) when (refused.SqliteErrorCode == CannotOpen && !File.Exists(path + "-wal"))
        {
            return Connect(new SqliteConnectionStringBuilder
            {
                DataSource = $"file:{Uri.EscapeDataString(path)}?immutable=1",
                Mode = SqliteOpenMode.ReadOnly,
                Pooling = false,
            });
        }
    }

    private static SqliteConnection Connect(SqliteConnectionStringBuilder settings)
    {
        var connection = new SqliteConnection(settings.ConnectionString);
        try
        {
            connection.Open();

            // The transaction begins with its first look; from then on all is of one moment.
            StateDatabase.Run(connection, "PRAGMA query_only = 1; PRAGMA wal_autocheckpoint = 0; PRAGMA mmap_size = 0; BEGIN");
            StateDatabase.Run(connection, "SELECT count(*) FROM sqlite_schema");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private void RefuseForeign()
    {
        if (_reader.First("PRAGMA application_id", row => row.Number(0), 0) != StateDatabase.ApplicationId)
        {
            throw new StageException(FailureKind.InvalidRequest, $"'{_path}' is a database of another program.");
        }

        long version = _reader.First("SELECT version FROM part WHERE name = $1", row => row.Number(0), 0, StateSchema.Engine.Name);
        if (version != StateSchema.Engine.Version)
        {
            throw new StageException(
                FailureKind.InvalidRequest,
                $"'{_path}' has its tables in version {version}, this program reads {StateSchema.Engine.Version}. Use the version of the program "
                + "that writes it.");
        }
    }

    private T Read<T>(Func<StateReader, T> query) => StateDatabase.Guard(_path, () => query(_reader));
}
