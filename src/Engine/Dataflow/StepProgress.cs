namespace Pipeline.Engine.Dataflow;

/// <summary>Where one block of a pipeline stands.</summary>
/// <param name="Name">The step's name.</param>
/// <param name="In">Items that were begun, failed ones passing through included.</param>
/// <param name="Out">Items that were finished, with or without success.</param>
/// <param name="Failures">Items whose failure arose here.</param>
/// <param name="Waiting">Items accepted but not begun.</param>
/// <param name="Running">Items begun but not finished.</param>
/// <param name="Finished">Items finished but not yet taken over by the next block.</param>
/// <param name="BytesHeld">Bytes reserved by the tickets whose latest block this is.</param>
/// <param name="Capacity">The most items held.</param>
/// <param name="Parallelism">The most items running at once.</param>
/// <param name="OldestAge">How long the oldest ticket whose latest block this is has been here; 0 without one.</param>
/// <param name="SinceProgress">Time since this block last began or finished an item, or since the run began.</param>
public sealed record StepProgress(
    string Name,
    long In,
    long Out,
    long Failures,
    int Waiting,
    int Running,
    int Finished,
    long BytesHeld,
    int Capacity,
    int Parallelism,
    TimeSpan OldestAge,
    TimeSpan SinceProgress);
