namespace Pipeline.Engine.Dataflow;

/// <summary>How many items a step holds, of which how many run side by side.</summary>
/// <remarks>
/// Capacity counts items waiting, running, and finished but not yet taken over; a capacity below the
/// parallelism would silently lower the parallelism, hence the rule that it is at least one more.
/// It is an upper bound: a block that was full once takes what waits before it only as it begins items,
/// so one that then stalls may hold fewer.
/// </remarks>
public sealed record StepOptions
{
    /// <summary>Options with a capacity of at least <paramref name="parallelism"/> + 1.</summary>
    public StepOptions(int capacity, int parallelism)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(parallelism);
        if (capacity <= parallelism)
        {
            throw new ArgumentException(
                $"A step that runs {parallelism} items side by side needs a capacity of at least "
                + $"{parallelism + 1}; found {capacity}.",
                nameof(capacity));
        }

        Capacity = capacity;
        Parallelism = parallelism;
    }

    /// <summary>The most items held by the step.</summary>
    public int Capacity { get; }

    /// <summary>The most items that run at once.</summary>
    public int Parallelism { get; }

    /// <summary>The parallelism wished for as far as the limits allow, with as much capacity again.</summary>
    public static StepOptions Within(Limits limits, int parallelism)
    {
        ArgumentNullException.ThrowIfNull(limits);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(parallelism);
        int allowed = Math.Min(parallelism, limits.StepItemsMax - 1);

        // One more per runner keeps all of them busy; what waits beyond that only holds memory.
        return new StepOptions((int)Math.Min(2L * allowed, limits.StepItemsMax), allowed);
    }
}
