using System.Collections.Concurrent;
using Pipeline.Engine.Identity;

namespace Pipeline.Engine.State;

/// <summary>One run of a study in the state: what has become of its units, and whether it is complete.</summary>
/// <remarks>
/// A run is named by its study and its key; beginning it again goes on with it. A unit's row is written when it is begun,
/// so that a unit which ends the process is found out, and when it ends, together with its result. Results
/// belong to keys and not to runs: another run that needs the same unit finds it done. Beginning and ending a unit
/// share commits and are not waited for by those who compute; <see cref="EndAsync"/> waits for all of them, since changes keep their order.
/// The beginning of a unit that has ended before it was written is not written any more. Descriptions are the caller's bytes,
/// kept with the unit for those who ask later.
/// Safe for all threads. Ceiling: one small object for each unit that is being computed.
/// </remarks>
public sealed class RunLedger
{
    private readonly StateDatabase _state;
    private readonly ResultStore _results;
    private readonly long _id;
    private readonly string? _subject;
    private readonly ConcurrentDictionary<Fingerprint, Beginning> _begun = new();

    // Goes up only: in a new database nothing is looked for.
    private volatile bool _mayKnowUnits;

    private RunLedger(StateDatabase state, ResultStore results, long id, bool mayKnowUnits, string? subject)
    {
        _subject = subject;
        _state = state;
        _results = results;
        _id = id;
        _mayKnowUnits = mayKnowUnits;
    }

    /// <summary>Begins a run or goes on with it; drops what older runs of the study have kept beyond the limit.</summary>
    /// <param name="state">The database.</param>
    /// <param name="results">Where results go.</param>
    /// <param name="study">The study's name.</param>
    /// <param name="key">Names samples and plan.</param>
    /// <param name="unitCount">Units of the plan.</param>
    /// <param name="detail">Kept with the run for the caller.</param>
    /// <param name="limits">How many runs are kept.</param>
    /// <param name="about">What the run is about, for those who ask later; the caller's words.</param>
    /// <param name="subject">What events of units name, where the caller has a name of its own for the run, whose beginning and end it tells itself.</param>
    public static async Task<RunLedger> BeginAsync(
        StateDatabase state, ResultStore results, string study, Fingerprint key, int unitCount, string detail, Limits limits, string about = "", string? subject = null)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(limits);
        long id = 0;
        bool mayKnowUnits = true;
        List<Fingerprint> files = [];
        await state.CommitAsync(transaction =>
        {
            transaction.Execute(
                """
                INSERT INTO run (study, key, state, units, begun, detail, about) VALUES ($1, $2, $3, $4, $5, $6, $7)
                ON CONFLICT (study, key) DO UPDATE SET state = $3, units = $4, begun = $5, ended = NULL, detail = $6, about = $7
                """,
                study, key, (long)RunState.Running, (long)unitCount, transaction.Now, detail, about);
            id = transaction.First("SELECT id FROM run WHERE study = $1 AND key = $2", row => row.Number(0), 0, study, key);
            if (subject is null)
            {
                transaction.Tell("run begun", study, key.ToString());
            }

            files = RemoveOlder(transaction, study, id, limits.RunsKeptMax);
            mayKnowUnits = transaction.First(
                "SELECT EXISTS (SELECT 1 FROM result) OR EXISTS (SELECT 1 FROM unit WHERE run = $1)", row => row.Number(0) == 1, true, id);
        });

        // Rows first: a file without row is nothing, a row without file would be a lost result.
        results.RemoveUnnamed(files);
        return new RunLedger(state, results, id, mayKnowUnits, subject);
    }

    /// <summary>What is known of a unit, or null where it must be computed.</summary>
    public StoredOutcome? Find(Fingerprint unit)
    {
        if (!_mayKnowUnits)
        {
            return null;
        }

        (UnitState? State, string? Failure, Fingerprint? Digest, byte[]? Body) row = _state.Read(
            reader => reader.First<(UnitState?, string?, Fingerprint?, byte[]?)>(
                """
                SELECT unit.state, unit.failure, result.digest, result.body FROM (SELECT 1)
                LEFT JOIN unit ON unit.run = $1 AND unit.key = $2 LEFT JOIN result ON result.key = $2
                """,
                one => (
                    one.IsNull(0) ? null : (UnitState)one.Number(0),
                    one.IsNull(1) ? null : one.Text(1),
                    one.IsNull(2) ? null : one.Key(2),
                    one.IsNull(3) ? null : one.Bytes(3)),
                default,
                _id,
                unit));
        if (row.State is UnitState.Failed or UnitState.Poison)
        {
            return new StoredOutcome(null, new Failure(FailureKind.Numerical, row.Failure ?? ""));
        }

        return row.Digest is { } digest && _results.Sound(digest, row.Body) is { } bytes
            ? new StoredOutcome(bytes, null) { IsFromOtherRun = row.State != UnitState.Done }
            : null;
    }

    /// <summary>Notes that units of this run were found done: their results stay as long as this run.</summary>
    public Task AdoptUnitsAsync(IReadOnlyList<(Fingerprint Unit, ReadOnlyMemory<byte> Description)> units) => _state.CommitSoonAsync(transaction =>
    {
        foreach ((Fingerprint unit, ReadOnlyMemory<byte> description) in units)
        {
            End(transaction, unit, UnitState.Done, null, description);
        }
    });

    /// <summary>How often a process ended while it computed each unit, and how often each stopped its flow; others are left out.</summary>
    public Dictionary<Fingerprint, (int Deaths, int Attempts)> Troubles() => _state.Read(reader => reader
        .Query(
            "SELECT key, deaths, attempts FROM unit WHERE run = $1 AND (deaths > 0 OR attempts > 0)",
            row => (Key: row.Key(0), Deaths: (int)row.Number(1), Attempts: (int)row.Number(2)),
            _id)
        .ToDictionary(row => row.Key, row => (row.Deaths, row.Attempts)));

    /// <summary>Notes that a unit is no longer being computed, without an outcome and without blame.</summary>
    public Task GiveBackUnitAsync(Fingerprint unit) => EndUnitAsync(unit, transaction => transaction.Execute(
        "UPDATE unit SET state = $1 WHERE run = $2 AND key = $3", (long)UnitState.Waiting, _id, unit));

    /// <summary>Notes that a unit stopped its flow once more.</summary>
    public Task ChargeUnitAsync(Fingerprint unit, string why) => _state.CommitAsync(transaction =>
    {
        transaction.Execute(
            """
            INSERT INTO unit (run, key, state, attempts, epoch) VALUES ($1, $2, $3, 1, $4)
            ON CONFLICT (run, key) DO UPDATE SET state = $3, attempts = attempts + 1, epoch = $4
            """,
            _id, unit, (long)UnitState.Waiting, transaction.Epoch);
        TellOfUnit(transaction, "flow stopped", unit, why);
    });

    /// <summary>Says that a unit is being computed.</summary>
    /// <param name="unit">The unit.</param>
    /// <param name="isUrgent">Whether the caller waits for the commit.</param>
    public Task BeginUnitAsync(Fingerprint unit, bool isUrgent)
    {
        var beginning = new Beginning();
        _begun[unit] = beginning;
        _mayKnowUnits = true;
        return isUrgent ? _state.CommitAsync(Begin) : _state.CommitSoonAsync(Begin);

        void Begin(StateTransaction transaction)
        {
            if (!beginning.IsOver)
            {
                transaction.Execute(
                    """
                    INSERT INTO unit (run, key, state, epoch) VALUES ($1, $2, $3, $4)
                    ON CONFLICT (run, key) DO UPDATE SET state = $3, epoch = $4
                    """,
                    _id, unit, (long)UnitState.Running, transaction.Epoch);
            }
        }
    }

    /// <summary>Keeps the result of a unit.</summary>
    /// <param name="unit">The unit.</param>
    /// <param name="result">Its result.</param>
    /// <param name="seconds">How long it took.</param>
    /// <param name="description">What the unit is, for those who ask later.</param>
    /// <exception cref="StageException">The disk refuses; the unit has no result.</exception>
    public Task CompleteUnitAsync(Fingerprint unit, byte[] result, double seconds, ReadOnlyMemory<byte> description = default)
    {
        Action<StateTransaction> keep = _results.Stage(unit, result, seconds);
        return EndUnitAsync(unit, transaction =>
        {
            keep(transaction);
            End(transaction, unit, UnitState.Done, null, description);
        });
    }

    /// <summary>Keeps why a unit has no result.</summary>
    public Task FailUnitAsync(Fingerprint unit, bool isPoison, string failure, ReadOnlyMemory<byte> description = default) =>
        EndUnitAsync(unit, transaction =>
        {
            End(transaction, unit, isPoison ? UnitState.Poison : UnitState.Failed, failure, description);
            if (isPoison)
            {
                TellOfUnit(transaction, "unit given up", unit, failure);
            }
        });

    /// <summary>Ends the run; what the caller writes in the same transaction becomes durable with it.</summary>
    public Task EndAsync(RunState state, string detail, Action<StateTransaction>? along = null) => _state.CommitAsync(transaction =>
    {
        transaction.Execute(
            "UPDATE run SET state = $1, ended = $2, detail = $3 WHERE id = $4", (long)state, transaction.Now, detail, _id);
        if (_subject is null)
        {
            transaction.Tell(
                state == RunState.Completed ? "run completed" : "run refused",
                _id.ToString(System.Globalization.CultureInfo.InvariantCulture),
                detail);
        }

        along?.Invoke(transaction);
    });

    private void TellOfUnit(StateTransaction transaction, string kind, Fingerprint unit, string text) =>
        transaction.Tell(kind, _subject ?? unit.ToString(), _subject is null ? text : $"{unit}: {text}");

    private Task EndUnitAsync(Fingerprint unit, Action<StateTransaction> change)
    {
        _mayKnowUnits = true;
        if (_begun.TryRemove(unit, out Beginning? beginning))
        {
            beginning.IsOver = true;
        }

        return _state.CommitSoonAsync(change);
    }

    private void End(StateTransaction transaction, Fingerprint unit, UnitState state, string? failure, ReadOnlyMemory<byte> description) =>
        transaction.Execute(
            """
            INSERT INTO unit (run, key, state, epoch, failure, description) VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (run, key) DO UPDATE SET state = $3, epoch = $4, failure = $5, description = $6
            """,
            _id, unit, (long)state, transaction.Epoch, failure, description.IsEmpty ? null : description.ToArray());

    /// <summary>Drops the oldest runs of a study; returns the digests of results that were files.</summary>
    private static List<Fingerprint> RemoveOlder(StateTransaction transaction, string study, long present, int runsKeptMax)
    {
        List<long> gone = transaction.Query(
            "SELECT id FROM run WHERE study = $1 AND id <> $2 ORDER BY id DESC LIMIT -1 OFFSET $3",
            row => row.Number(0),
            study, present, (long)runsKeptMax - 1);
        List<Fingerprint> files = [];
        foreach (long id in gone)
        {
            // A result that another run has used stays with that run.
            files.AddRange(transaction.Query(
                """
                DELETE FROM result WHERE key IN (SELECT key FROM unit WHERE run = $1)
                AND NOT EXISTS (SELECT 1 FROM unit WHERE run IN (SELECT id FROM run WHERE id <> $1) AND unit.key = result.key)
                RETURNING digest, body IS NULL
                """,
                row => (Digest: row.Key(0), IsFile: row.Number(1) == 1),
                id).Where(result => result.IsFile).Select(result => result.Digest));
            transaction.Execute("DELETE FROM unit WHERE run = $1", id);
            transaction.Execute("DELETE FROM run WHERE id = $1", id);
        }

        if (gone.Count > 0)
        {
            // Disputes are about results; they go with them.
            files.AddRange(transaction.Query(
                "DELETE FROM disputed_result WHERE key NOT IN (SELECT key FROM result) RETURNING digest, body IS NULL",
                row => (Digest: row.Key(0), IsFile: row.Number(1) == 1)).Where(result => result.IsFile).Select(result => result.Digest));
        }

        return files;
    }

    /// <summary>A unit that has begun, until its end is on its way to the writer.</summary>
    private sealed class Beginning
    {
        // Set by the one who ends the unit, read by the writer.
        private volatile bool _isOver;

        public bool IsOver
        {
            get => _isOver;
            set => _isOver = value;
        }
    }
}
