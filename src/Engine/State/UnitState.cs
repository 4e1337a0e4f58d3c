namespace Pipeline.Engine.State;

/// <summary>Where a unit of a run stands; a unit without row has not been begun.</summary>
public enum UnitState
{
    /// <summary>Begun once, and cut off or given back.</summary>
    Waiting = 0,

    /// <summary>Begun by this process.</summary>
    Running = 1,

    /// <summary>Its result is in the database.</summary>
    Done = 2,

    /// <summary>It has no result, for a reason that lies in the data.</summary>
    Failed = 3,

    /// <summary>It has no result, since it ended the program or stopped the flow too often.</summary>
    Poison = 4,
}

/// <summary>Where a run stands.</summary>
public enum RunState
{
    /// <summary>Begun; where the process has ended since, it goes on when it is asked for again.</summary>
    Running = 1,

    /// <summary>Its outcome is durable.</summary>
    Completed = 2,

    /// <summary>It cannot be done, for a reason that a person must mend.</summary>
    Refused = 3,
}
