namespace Pipeline.Engine;

/// <summary>Every bound of the engine, by name.</summary>
/// <remarks>
/// Nothing in the engine grows beyond a property of this record. Names end in unit and end: bytes, items, keys.
/// The budget and the cache have separate shares of memory, so that neither can wait for the other.
/// </remarks>
public sealed record Limits
{
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
        CacheDiskBytesMax = 16 * 1024,
        DiskFreeBytesMin = 0,
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

    /// <summary>The bytes that the disk tier of the cache may keep; 0 keeps nothing.</summary>
    public long CacheDiskBytesMax { get; init; } = 8L << 30;

    /// <summary>The free bytes that the disk tier leaves to others.</summary>
    public long DiskFreeBytesMin { get; init; } = 1L << 30;

    /// <summary>The most values that may wait to be written to the disk tier; further ones are dropped.</summary>
    public int SpillsWaitingMax { get; init; } = 64;

    /// <summary>The bytes of all values that wait to be written to the disk tier.</summary>
    public long SpillBytesMax { get; init; } = 128L << 20;

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
        Require(problems, nameof(CacheDiskBytesMax), CacheDiskBytesMax, 0, "0 writes nothing");
        Require(problems, nameof(DiskFreeBytesMin), DiskFreeBytesMin, 0, "0 leaves nothing");
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
}
