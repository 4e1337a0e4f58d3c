using System.Runtime.ExceptionServices;
using Pipeline.Engine.Cache.Memory;

namespace Pipeline.Engine.Cache;

/// <summary>One computation that is going on, with those who wait for it.</summary>
/// <remarks>
/// Waiting is guarded by the cache's lock. The end is a value and not a faulted task, which nobody might observe.
/// </remarks>
internal sealed class Flight
{
    /// <summary>Callers that wait; they are pinned together when the value comes.</summary>
    public int Waiting { get; set; }

    // Continuations run elsewhere, never inside the lock.
    public TaskCompletionSource<FlightEnd> End { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>How a computation ended: with an entry, with an exception, or with neither when it was cancelled.</summary>
internal readonly record struct FlightEnd(CacheEntry? Entry, ExceptionDispatchInfo? Error);
