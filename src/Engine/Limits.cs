namespace Pipeline.Engine;

/// <summary>Every bound of the engine, by name.</summary>
/// <remarks>
/// Nothing in the engine grows beyond a property of this record. Names end in unit and end: bytes, items, keys.
/// The budget and the cache have separate shares of memory, so that neither can wait for the other.
/// </remarks>
public sealed record Limits
{
    private const double StallSecondsCeiling = 30 * 24 * 3600.0;

    /// <summary>The limits of a small lab server.</summary>
    public static Limits Default { get; } = new();

    /// <summary>The smallest sensible limits: a test run with them reaches every bound.</summary>
    public static Limits Tiny { get; } = new()
    {
        StepItemsMax = 2,
        UnitsInFlightMax = 2,
        PlanUnitsMax = 64,
        PlanCandidatesMax = 1024,
        BudgetBytesMax = 64 * 1024,
        WaitingReservationsMax = 2,
        CacheBytesMax = 16 * 1024,
        EvictedKeysMax = 4,
        ArtifactKindsMax = 8,
        CommitQueueMax = 2,
        CommitChangesMax = 2,
        StateReadersMax = 1,
        StateLogBytesMax = 64 * 1024,
        EventsMax = 8,
        ResultRowBytesMax = 64,
        PendingResultBytesMax = 64,
        RunsKeptMax = 2,
        UnitDeathsMax = 2,
        StallSecondsMin = 5,
        StallGraceSecondsMax = 0.1,
        RebuildsMax = 1,
        UnitAttemptsMax = 2,
        DiskFreeBytesMin = 64 * 1024,
        CacheDiskBytesMax = 16 * 1024,
        SpillsWaitingMax = 2,
        SpillBytesMax = 4 * 1024,
    };

    /// <summary>The most items one step may hold: waiting, running, and finished but not yet taken over.</summary>
    public int StepItemsMax { get; init; } = 64;

    /// <summary>The most tickets between a pipeline's source and the end of its sink.</summary>
    public int UnitsInFlightMax { get; init; } = 256;

    /// <summary>The most units in one plan.</summary>
    public int PlanUnitsMax { get; init; } = 1_000_000;

    /// <summary>The most candidates in one plan; each becomes a row of the results.</summary>
    public int PlanCandidatesMax { get; init; } = 2_000_000;

    /// <summary>The bytes that all tickets in flight may reserve together.</summary>
    public long BudgetBytesMax { get; init; } = 1L << 30;

    /// <summary>The most callers that may wait for a reservation at once.</summary>
    public int WaitingReservationsMax { get; init; } = 1024;

    /// <summary>The bytes that the memory tier of the cache may keep; 0 keeps nothing.</summary>
    public long CacheBytesMax { get; init; } = 512L << 20;

    /// <summary>The most keys remembered as evicted, to tell a lost value from one never computed.</summary>
    public int EvictedKeysMax { get; init; } = 65_536;

    /// <summary>The most kinds of artifact in the cache's statistics.</summary>
    public int ArtifactKindsMax { get; init; } = 64;

    /// <summary>The most changes of the state database that wait for the writer.</summary>
    public int CommitQueueMax { get; init; } = 1024;

    /// <summary>The most changes in one commit.</summary>
    public int CommitChangesMax { get; init; } = 100;

    /// <summary>How long the writer waits for more changes where nobody is in a hurry.</summary>
    public int CommitDelayMs { get; init; } = 20;

    /// <summary>The most idle reading connections of the state database.</summary>
    public int StateReadersMax { get; init; } = 4;

    /// <summary>The bytes to which the log of the state database is cut back after it has grown.</summary>
    public long StateLogBytesMax { get; init; } = 64L << 20;

    /// <summary>The most events kept; the oldest go first.</summary>
    public int EventsMax { get; init; } = 100_000;

    /// <summary>The bytes up to which a result is a row; a larger one is a file.</summary>
    public int ResultRowBytesMax { get; init; } = 1024 * 1024;

    /// <summary>The bytes of results that may wait for their commit.</summary>
    public long PendingResultBytesMax { get; init; } = 4L << 20;

    /// <summary>The runs of one study whose results are kept.</summary>
    public int RunsKeptMax { get; init; } = 4;

    /// <summary>How often a process may end while it computes a unit before the unit runs alone, and again before it is given up.</summary>
    public int UnitDeathsMax { get; init; } = 3;

    /// <summary>The least time that foreign code may take for one ticket before it counts as hung.</summary>
    public double StallSecondsMin { get; init; } = 60;

    /// <summary>Seconds allowed for every predicted second of work, where that is more than the least.</summary>
    public double StallPerPredictedSecond { get; init; } = 20;

    /// <summary>How long a run that stops waits for bodies to heed it before it leaves them behind.</summary>
    public double StallGraceSecondsMax { get; init; } = 1;

    /// <summary>The most rebuilds of one supervised body within <see cref="RebuildWindowMinutes"/>.</summary>
    public int RebuildsMax { get; init; } = 3;

    /// <summary>The time over which rebuilds are counted.</summary>
    public double RebuildWindowMinutes { get; init; } = 10;

    /// <summary>How often one unit may stop its flow before it is listed as failed.</summary>
    public int UnitAttemptsMax { get; init; } = 3;

    /// <summary>The free bytes of a disk below which nothing optional is written and work waits for space.</summary>
    public long DiskFreeBytesMin { get; init; } = 256L << 20;

    /// <summary>The free bytes of the disk that the cache leaves alone: it gives way long before work must pause.</summary>
    public long CacheDiskFreeBytesMin => DiskFreeBytesMin > long.MaxValue / 4 ? long.MaxValue : 4 * DiskFreeBytesMin;

    /// <summary>The bytes that the disk tier of the cache may keep; 0 keeps nothing.</summary>
    public long CacheDiskBytesMax { get; init; } = 8L << 30;

    /// <summary>The most values that may wait to be written to the disk tier; further ones are dropped.</summary>
    public int SpillsWaitingMax { get; init; } = 64;

    /// <summary>The bytes of all values that wait to be written to the disk tier.</summary>
    public long SpillBytesMax { get; init; } = 128L << 20;

    /// <summary>How long work of that many predicted seconds may take before it counts as hung.</summary>
    public TimeSpan PatienceFor(double predictedSeconds)
    {
        // A prediction may be absurd or no number; a month is longer than any unit and fits every clock.
        double seconds = Math.Max(StallSecondsMin, predictedSeconds * StallPerPredictedSecond);
        return TimeSpan.FromSeconds(seconds <= StallSecondsCeiling ? seconds : StallSecondsCeiling);
    }

    /// <summary>Refuses impossible limits, naming all that is wrong at once.</summary>
    /// <param name="memoryBytes">The memory of the machine or container, where it is known.</param>
    /// <returns>These limits.</returns>
    /// <exception cref="ArgumentException">At least one limit is impossible.</exception>
    public Limits Validate(long memoryBytes = long.MaxValue)
    {
        List<string> problems = [];
        Require(problems, nameof(StepItemsMax), StepItemsMax, 2, "one item runs while the next one waits");
        Require(problems, nameof(UnitsInFlightMax), UnitsInFlightMax, 1, "nothing could move");
        Require(problems, nameof(PlanUnitsMax), PlanUnitsMax, 1, "every plan would be refused");
        Require(problems, nameof(PlanCandidatesMax), PlanCandidatesMax, 1, "every study would be refused");
        Require(problems, nameof(BudgetBytesMax), BudgetBytesMax, 1, "no ticket could reserve memory");
        Require(problems, nameof(WaitingReservationsMax), WaitingReservationsMax, 1, "a feeder waits for memory");
        Require(problems, nameof(CacheBytesMax), CacheBytesMax, 0, "0 switches the cache off");
        Require(problems, nameof(EvictedKeysMax), EvictedKeysMax, 0, "0 remembers none");
        Require(problems, nameof(ArtifactKindsMax), ArtifactKindsMax, 1, "every artifact has a kind");
        Require(problems, nameof(CommitQueueMax), CommitQueueMax, 1, "no change could be made");
        Require(problems, nameof(CommitChangesMax), CommitChangesMax, 1, "no change could be committed");
        Require(problems, nameof(CommitDelayMs), CommitDelayMs, 0, "0 waits for nobody");
        Require(problems, nameof(StateReadersMax), StateReadersMax, 0, "0 opens one for each look");
        Require(problems, nameof(StateLogBytesMax), StateLogBytesMax, 4096, "a log holds a page");
        Require(problems, nameof(EventsMax), EventsMax, 1, "the latest event is kept");
        Require(problems, nameof(ResultRowBytesMax), ResultRowBytesMax, 0, "0 makes every result a file");
        Require(problems, nameof(PendingResultBytesMax), PendingResultBytesMax, 0, "0 waits for every commit");
        Require(problems, nameof(RunsKeptMax), RunsKeptMax, 1, "the latest run is kept");
        Require(problems, nameof(UnitDeathsMax), UnitDeathsMax, 1, "a unit is tried at least once");
        RequireAbove(problems, nameof(StallSecondsMin), StallSecondsMin, "all work would count as hung");
        RequireAbove(problems, nameof(StallPerPredictedSecond), StallPerPredictedSecond, "predictions would not count");
        RequireAbove(problems, nameof(StallGraceSecondsMax), StallGraceSecondsMax, "nobody could heed a stop");
        Require(problems, nameof(RebuildsMax), RebuildsMax, 0, "0 gives up at the first failure");
        RequireAbove(problems, nameof(RebuildWindowMinutes), RebuildWindowMinutes, "rebuilds could not be counted");
        Require(problems, nameof(UnitAttemptsMax), UnitAttemptsMax, 1, "no unit would run");
        Require(problems, nameof(DiskFreeBytesMin), DiskFreeBytesMin, 1, "a disk would be used to its last byte");
        Require(problems, nameof(CacheDiskBytesMax), CacheDiskBytesMax, 0, "0 writes nothing");
        Require(problems, nameof(SpillsWaitingMax), SpillsWaitingMax, 1, "one value waits while another is written");
        Require(problems, nameof(SpillBytesMax), SpillBytesMax, 0, "0 lets nothing wait");

        // Compared by subtraction, for the sum could overflow.
        if (BudgetBytesMax > 0 && CacheBytesMax >= 0 && CacheBytesMax > memoryBytes - BudgetBytesMax)
        {
            problems.Add(
                $"{nameof(BudgetBytesMax)} ({ByteSize.Format(BudgetBytesMax)}) and {nameof(CacheBytesMax)} "
                + $"({ByteSize.Format(CacheBytesMax)}) together exceed the memory ({ByteSize.Format(memoryBytes)}): "
                + "lower one of them");
        }

        return problems.Count == 0
            ? this
            : throw new ArgumentException("Impossible limits. " + string.Join("; ", problems) + ".");
    }

    private static void Require(List<string> problems, string name, long value, long least, string why)
    {
        if (value < least)
        {
            problems.Add($"{name} is {value}, the least is {least} ({why})");
        }
    }

    private static void RequireAbove(List<string> problems, string name, double value, string why)
    {
        if (value is not (> 0 and <= StallSecondsCeiling))
        {
            problems.Add($"{name} is {value}, it must be above 0 and at most {StallSecondsCeiling} ({why})");
        }
    }
}
