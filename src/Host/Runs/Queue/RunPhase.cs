namespace Pipeline.Host.Runs.Queue;

/// <summary>Where a run stands; the numbers lie in the state.</summary>
internal enum RunPhase
{
    /// <summary>It waits for its turn.</summary>
    Queued = 0,

    /// <summary>It was begun; where nobody has it in hand, since the process or a loop has ended, it is the next to go on.</summary>
    Running = 1,

    /// <summary>A person holds it back.</summary>
    Paused = 2,

    /// <summary>Its results are durable.</summary>
    Completed = 3,

    /// <summary>It cannot be done, for a reason that a person must mend.</summary>
    Refused = 4,

    /// <summary>A person has ended it.</summary>
    Cancelled = 5,

    /// <summary>It met a defect of the program again and again.</summary>
    Failed = 6,
}

/// <summary>What has asked for a run; the numbers lie in the state.</summary>
internal enum RunTrigger
{
    /// <summary>Enough new reference values have come.</summary>
    References = 0,

    /// <summary>Somebody has asked for it.</summary>
    Demand = 1,

    /// <summary>It was time.</summary>
    Schedule = 2,
}
