namespace Pipeline.Host.Service;

/// <summary>Why nothing can be taken now, though nothing is wrong with it: it may come again later.</summary>
internal enum IntakeObstacle
{
    /// <summary>The memory for what arrives is used up.</summary>
    Busy,

    /// <summary>The disk is full.</summary>
    DiskFull,

    /// <summary>The daemon stops.</summary>
    Stopping,
}

/// <summary>Nothing can be taken now.</summary>
/// <param name="obstacle">Why.</param>
/// <param name="message">Why, and what to do.</param>
internal sealed class IntakeObstacleException(IntakeObstacle obstacle, string message) : Exception(message)
{
    /// <summary>Why.</summary>
    public IntakeObstacle Obstacle { get; } = obstacle;
}
