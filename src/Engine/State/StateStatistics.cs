namespace Pipeline.Engine.State;

/// <summary>What the writer of a state database has done since it was opened.</summary>
/// <param name="Commits">Commits that became durable.</param>
/// <param name="Changes">Changes in them.</param>
/// <param name="FailedCommits">Commits that the disk refused.</param>
/// <param name="CommitSeconds">Time spent in durable commits, waiting for the disk included.</param>
/// <param name="WaitingChanges">Changes that wait for the writer now.</param>
/// <param name="FileBytes">Bytes of the database and its log on the disk.</param>
public sealed record StateStatistics(
    long Commits, long Changes, long FailedCommits, double CommitSeconds, int WaitingChanges, long FileBytes);
