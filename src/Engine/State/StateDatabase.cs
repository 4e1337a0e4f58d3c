using System.Collections.Immutable;
using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using Pipeline.Engine.Storage;

namespace Pipeline.Engine.State;

/// <summary>What must be remembered across crashes: one SQLite file with one writer.</summary>
/// <remarks>
/// Invariants: exactly one connection of one process ever writes or checkpoints the file (a lock file keeps other processes
/// out, readers are opened read-only and never checkpoint); a change is durable when its task ends; the changes of a
/// group become durable together or not at all; state tables are the truth, an event is written in the same transaction.
/// The rule of one writer is not taste: SQLite up to 3.51.2 can corrupt a WAL file when two connections write and
/// checkpoint at the same instant.
/// <para>
/// Any thread may commit and read. Changes run one after the other inside the writer and see each other; a reader sees
/// the state after some whole group. WAL, synchronous FULL, group commit: at most
/// <see cref="Limits.CommitChangesMax"/> changes or <see cref="Limits.CommitDelayMs"/>.
/// </para>
/// <para>
/// When the disk refuses a commit, nobody knows what of it is on the disk. All changes of the group fail, the connection is
/// closed and opened anew, <see cref="Generation"/> goes up, and whoever mirrors rows in memory reads them again. Nothing
/// is retried here.
/// </para>
/// Ceilings: <see cref="Limits.CommitQueueMax"/> changes waiting, <see cref="Limits.StateReadersMax"/> idle readers,
/// <see cref="Limits.EventsMax"/> events. Not responsible for files beside the database.
/// </remarks>
public sealed partial class StateDatabase : IAsyncDisposable
{
    // Set by the constructor.
    private readonly string _path;
    private readonly Limits _limits;
    private readonly TimeProvider _clock;
    private readonly IDisposable _lock;
    private readonly Channel<Change> _changes;

    // Guarded by _gate.
    private readonly Lock _gate = new();
    private readonly Stack<StateReader> _idleReaders = new();
    private bool _isClosed;

    // Written by the writer alone; before it starts, by the opening thread.
    private StateTransaction? _writing;
    private long _generation;
    private volatile Exception? _defect;
    private Task _writer = Task.CompletedTask;

    private StateDatabase(string path, Limits limits, TimeProvider clock, IDisposable lockFile)
    {
        _path = path;
        _limits = limits;
        _clock = clock;
        _lock = lockFile;
        _changes = Channel.CreateBounded<Change>(
            new BoundedChannelOptions(limits.CommitQueueMax) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });
    }

    /// <summary>How many times the database has been opened, this time included.</summary>
    public long Epoch { get; private set; }

    /// <summary>Whether the process before this one closed the database.</summary>
    public bool WasClosedCleanly { get; private set; }

    /// <summary>Goes up whenever a failed commit left open what is on the disk.</summary>
    public long Generation => Volatile.Read(ref _generation);

    /// <summary>Where the database lies.</summary>
    public string FilePath => _path;

    /// <summary>Set by tests: called before and after the group's commit, and may throw.</summary>
    internal Action<CommitPoint>? Probe { get; set; }

    /// <summary>Opens a database or begins one, brings its tables up to date, and takes it for this process.</summary>
    /// <param name="path">The file; its folder is made.</param>
    /// <param name="schemas">The tables of all parts of the program.</param>
    /// <param name="storage">Locks and looks at the file system.</param>
    /// <param name="limits">Ceilings.</param>
    /// <param name="clock">Time of events.</param>
    /// <exception cref="StageException">
    /// The folder lies on a network share, another process has the file, it is damaged, or a newer program wrote it.
    /// </exception>
    public static StateDatabase Open(
        string path, ImmutableArray<StateSchema> schemas, IStorage storage, Limits limits, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(storage);
        ArgumentNullException.ThrowIfNull(limits);
        SqliteLibrary.Use();
        path = Path.GetFullPath(path);
        string folder = Path.GetDirectoryName(path)!;
        storage.CreateFolder(folder);
        if (storage.NetworkFileSystem(folder) is { } network)
        {
            throw new StageException(
                FailureKind.Storage,
                $"'{folder}' lies on a network file system ({network}), where two machines can lock one file at once and a database is "
                + "sooner or later damaged. Put the data folder on a disk of this machine; watched folders may stay on the network.");
        }

        IDisposable lockFile = storage.Lock(path + ".lock");
        var database = new StateDatabase(path, limits.Validate(), clock, lockFile);

        // Whatever refuses, the file must be free for the next attempt.
        try
        {
            Guard(path, () =>
            {
                database._writing = database.Connect();
                database.Migrate(schemas, storage);
                database.BeginEpoch();
                return true;
            });
        }
        catch
        {
            database._writing?.Dispose();
            lockFile.Dispose();
            throw;
        }

        database._writer = database.WriteAsync();
        return database;
    }

    /// <summary>Makes a change durable; the task ends when it is.</summary>
    /// <param name="change">Runs inside the writer, quickly, and without waiting for anything.</param>
    /// <exception cref="StageException">The disk refused; nothing is known to be written (see the remarks of the type).</exception>
    public Task CommitAsync(Action<StateTransaction> change) => SendAsync(new Change(change, mayWait: false));

    /// <summary>As <see cref="CommitAsync"/>, but the writer may wait a moment for more changes to share the commit.</summary>
    public Task CommitSoonAsync(Action<StateTransaction> change) => SendAsync(new Change(change, mayWait: true));

    /// <summary>Looks at the committed state.</summary>
    /// <exception cref="StageException">The disk failed, or the file is damaged.</exception>
    public T Read<T>(Func<StateReader, T> query)
    {
        ArgumentNullException.ThrowIfNull(query);
        StateReader reader = Take();
        T result = Guard(_path, () =>
        {
            // A connection on which something went wrong is not used again.
            try
            {
                return query(reader);
            }
            catch
            {
                reader.Dispose();
                throw;
            }
        });
        Give(reader);
        return result;
    }

    /// <summary>Commits what waits, closes the file, and remembers that it was closed.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                return;
            }

            _isClosed = true;
            while (_idleReaders.TryPop(out StateReader? reader))
            {
                reader.Dispose();
            }
        }

        _changes.Writer.TryComplete();
        await _writer;
        Close();
        _lock.Dispose();
    }

    private StateReader Take()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            if (_idleReaders.TryPop(out StateReader? idle))
            {
                return idle;
            }
        }

        return Guard(_path, () =>
        {
            var reader = new StateReader(OpenConnection(SqliteOpenMode.ReadOnly));
            Run(reader.Connection, "PRAGMA query_only = 1; PRAGMA wal_autocheckpoint = 0; PRAGMA mmap_size = 0");
            return reader;
        });
    }

    private void Give(StateReader reader)
    {
        lock (_gate)
        {
            if (!_isClosed && _idleReaders.Count < _limits.StateReadersMax)
            {
                _idleReaders.Push(reader);
                return;
            }
        }

        reader.Dispose();
    }

    private StateTransaction Connect()
    {
        SqliteConnection connection = OpenConnection(SqliteOpenMode.ReadWriteCreate);
        Run(
            connection,
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA mmap_size = 0; "
            + $"PRAGMA journal_size_limit = {_limits.StateLogBytesMax}");
        return new StateTransaction(connection, Epoch, _clock, _limits.EventsMax);
    }

    private SqliteConnection OpenConnection(SqliteOpenMode mode)
    {
        var settings = new SqliteConnectionStringBuilder { DataSource = _path, Mode = mode, Pooling = false };
        var connection = new SqliteConnection(settings.ConnectionString);
        connection.Open();
        return connection;
    }

    private void Close()
    {
        // A disk that fails at the very end costs the mark of a clean stop and nothing else; a writer that has stopped
        // by a defect leaves its transaction to be rolled back.
        try
        {
            if (_defect is not null)
            {
                return;
            }

            _writing ??= Connect();
            _writing.Raw("BEGIN IMMEDIATE");
            _writing.Execute("UPDATE unit SET state = $1 WHERE state = $2", (long)UnitState.Waiting, (long)UnitState.Running);
            _writing.Execute("UPDATE meta SET clean = 1");
            _writing.Raw("COMMIT");
            _writing.Raw("PRAGMA wal_checkpoint(TRUNCATE)");
        }
        catch (SqliteException)
        {
        }
        finally
        {
            _writing?.Dispose();
            _writing = null;
        }
    }

    internal static void Run(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>What SQLite says about file and disk, as a message for the operator.</summary>
    internal static T Guard<T>(string path, Func<T> body)
    {
        // The caller has lost nothing: what was not committed before is not committed now.
        try
        {
            return body();
        }
        catch (SqliteException failure)
        {
            throw Refusal(path, failure);
        }
    }

    private static StageException Refusal(string path, SqliteException failure) => failure.SqliteErrorCode switch
    {
        SQLitePCL.raw.SQLITE_CORRUPT or SQLitePCL.raw.SQLITE_NOTADB => new StageException(
            FailureKind.Storage,
            $"The state database '{path}' is damaged: {failure.Message} Keep it aside and restore a backup (files beside it named "
            + "'.bak' were made before an upgrade); then check the disk.",
            failure),
        SQLitePCL.raw.SQLITE_FULL => new StageException(
            FailureKind.Storage, $"The disk of the state database '{path}' is full. Make room; the work goes on by itself.", failure)
        {
            IsDiskFull = true,
        },
        _ => new StageException(
            FailureKind.Storage, $"The state database '{path}' failed: {failure.Message} Check the disk, the path and its permissions.", failure),
    };
}

/// <summary>A moment of a commit at which a test may bring the end about.</summary>
internal enum CommitPoint
{
    /// <summary>The group's changes are in the transaction, nothing is durable.</summary>
    BeforeCommit,

    /// <summary>The group is durable, nobody knows it yet.</summary>
    AfterCommit,
}
