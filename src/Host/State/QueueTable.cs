using System.Globalization;
using Pipeline.Engine.Identity;
using Pipeline.Engine.State;
using Pipeline.Host.Runs.Queue;

namespace Pipeline.Host.State;

/// <summary>The rows of the queue of runs, and when each schedule is due.</summary>
/// <remarks>Ceiling: for each study one run that has not ended, and the latest ones that have.</remarks>
internal static class QueueTable
{
    private const string Columns = "id, study, \"trigger\", priority, phase, known, asked, begun, ended, why, key, folder";

    /// <summary>All runs, the oldest first.</summary>
    public static List<QueuedRun> All(StateReader reader) => reader.Query($"SELECT {Columns} FROM queue ORDER BY id", Of);

    /// <summary>The run of a number, or null.</summary>
    public static QueuedRun? Find(StateReader reader, long id) => reader.First<QueuedRun?>($"SELECT {Columns} FROM queue WHERE id = $1", Of, null, id);

    /// <summary>The run of a study that has not ended, or null.</summary>
    public static QueuedRun? Open(StateReader reader, string study) => reader.First<QueuedRun?>(
        $"SELECT {Columns} FROM queue WHERE study = $1 AND phase < $2", Of, null, study, (long)RunPhase.Completed);

    /// <summary>The latest run of a study that has ended, or null.</summary>
    public static QueuedRun? LatestEnded(StateReader reader, string study) => reader.First<QueuedRun?>(
        $"SELECT {Columns} FROM queue WHERE study = $1 AND phase >= $2 ORDER BY id DESC LIMIT 1", Of, null, study, (long)RunPhase.Completed);

    /// <summary>The latest run of a study, or null before the first.</summary>
    public static QueuedRun? Latest(StateReader reader, string study) => reader.First<QueuedRun?>(
        $"SELECT {Columns} FROM queue WHERE study = $1 ORDER BY id DESC LIMIT 1", Of, null, study);

    /// <summary>Runs that may be begun, in the order in which they shall be: those that were begun already come first.</summary>
    public static List<QueuedRun> Waiting(StateReader reader) => reader.Query(
        $"SELECT {Columns} FROM queue WHERE phase IN ($1, $2) ORDER BY phase = $2 DESC, priority DESC, id", Of, (long)RunPhase.Queued, (long)RunPhase.Running);

    /// <summary>Adds a run.</summary>
    public static QueuedRun Add(StateTransaction transaction, string study, RunTrigger trigger, int priority, int known)
    {
        transaction.Execute(
            "INSERT INTO queue (study, \"trigger\", priority, phase, known, asked, why, folder) VALUES ($1, $2, $3, $4, $5, $6, '', '')",
            study, (long)trigger, (long)priority, (long)RunPhase.Queued, (long)known, transaction.Now);
        QueuedRun added = Open(transaction, study)!;
        string at = priority == 0 ? "" : $", priority {priority.ToString(CultureInfo.InvariantCulture)}";
        transaction.Tell("run queued", added.Subject, $"study {study}, by {Word(trigger)}{at}");
        return added;
    }

    /// <summary>Changes the phase of a run that has not ended; whoever has it wait again gives it all its attempts back.</summary>
    public static void Move(StateTransaction transaction, QueuedRun run, RunPhase phase) => transaction.Execute(
        """
        UPDATE queue SET phase = $1, begun = CASE WHEN $1 = $2 THEN coalesce(begun, $3) ELSE begun END,
        stops = CASE WHEN $1 = $2 THEN stops ELSE 0 END WHERE id = $4
        """,
        (long)phase, (long)RunPhase.Running, transaction.Now, run.Id);

    /// <summary>Counts that a run has stopped its loop; how often it has.</summary>
    public static int CountStop(StateTransaction transaction, QueuedRun run)
    {
        transaction.Execute("UPDATE queue SET stops = stops + 1 WHERE id = $1", run.Id);
        return (int)transaction.First("SELECT stops FROM queue WHERE id = $1", row => row.Number(0), 0, run.Id);
    }

    /// <summary>What the runs of a study had seen was about something else than it is now.</summary>
    public static void ForgetKnown(StateTransaction transaction, string study) =>
        transaction.Execute("UPDATE queue SET known = 0 WHERE study = $1", study);

    /// <summary>Forgets the schedules of studies that are gone, and their ended runs but for the latest of them all.</summary>
    public static void KeepOnly(StateTransaction transaction, IReadOnlyCollection<string> studies, int keptMax)
    {
        foreach (string gone in transaction.Query("SELECT study FROM schedule", row => row.Text(0)).Where(study => !studies.Contains(study)))
        {
            transaction.Execute("DELETE FROM schedule WHERE study = $1", gone);
        }

        foreach (QueuedRun old in All(transaction).Where(run => run.HasEnded && !studies.Contains(run.Study)).Reverse().Skip(keptMax))
        {
            transaction.Execute("DELETE FROM queue WHERE id = $1", old.Id);
        }
    }

    /// <summary>Changes the priority of a run that has not ended.</summary>
    public static void Rank(StateTransaction transaction, QueuedRun run, int priority) =>
        transaction.Execute("UPDATE queue SET priority = $1 WHERE id = $2", (long)priority, run.Id);

    /// <summary>Writes down what a run computes.</summary>
    public static void Plan(StateTransaction transaction, long id, Fingerprint key) =>
        transaction.Execute("UPDATE queue SET key = $1 WHERE id = $2", key, id);

    /// <summary>Ends a run, and drops the oldest that have ended beyond the limit.</summary>
    public static void End(StateTransaction transaction, QueuedRun run, RunPhase phase, string why, string folder, int keptMax)
    {
        transaction.Execute(
            "UPDATE queue SET phase = $1, ended = $2, why = $3, folder = $4 WHERE id = $5", (long)phase, transaction.Now, why, folder, run.Id);
        transaction.Execute(
            """
            DELETE FROM queue WHERE study = $1 AND phase >= $2 AND id NOT IN
            (SELECT id FROM queue WHERE study = $1 AND phase >= $2 ORDER BY id DESC LIMIT $3)
            """,
            run.Study, (long)RunPhase.Completed, (long)keptMax);
        transaction.Tell($"run {Word(phase)}", run.Subject, why.Length > 0 ? why : $"study {run.Study}");
    }

    /// <summary>When the schedule of a study is due, or null where it has none or another one.</summary>
    public static DateTimeOffset? Due(StateReader reader, string study, string schedule) => reader.First<DateTimeOffset?>(
        "SELECT due FROM schedule WHERE study = $1 AND text = $2", row => Time(row, 0), null, study, schedule);

    /// <summary>Writes down when the schedule of a study is due next.</summary>
    public static void SetDue(StateTransaction transaction, string study, string schedule, DateTimeOffset due) => transaction.Execute(
        "INSERT OR REPLACE INTO schedule (study, text, due) VALUES ($1, $2, $3)", study, schedule, due.ToUnixTimeMilliseconds());

    /// <summary>A phase or trigger as people and programs read it.</summary>
    public static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    private static QueuedRun Of(StateRow row) => new(
        row.Number(0),
        row.Text(1),
        (RunTrigger)row.Number(2),
        (int)row.Number(3),
        (RunPhase)row.Number(4),
        (int)row.Number(5),
        Time(row, 6),
        row.IsNull(7) ? null : Time(row, 7),
        row.IsNull(8) ? null : Time(row, 8),
        row.Text(9),
        row.IsNull(10) ? null : row.Key(10),
        row.Text(11));

    private static DateTimeOffset Time(StateRow row, int column) => DateTimeOffset.FromUnixTimeMilliseconds(row.Number(column));
}
