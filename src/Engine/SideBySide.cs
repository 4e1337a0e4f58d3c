namespace Pipeline.Engine;

/// <summary>A function of each of many items, on several threads.</summary>
/// <remarks>For work of milliseconds that is bounded by its caller; what is larger goes through <see cref="Dataflow.BoundedPipeline{T}"/>.</remarks>
public static class SideBySide
{
    /// <summary>The results in the order of the items, whichever was ready first.</summary>
    /// <param name="items">The items.</param>
    /// <param name="threads">How many are at work at the same time, the caller's among them.</param>
    /// <param name="body">Called once for each item, from several threads.</param>
    /// <exception cref="Exception">What a call has thrown, after all that have begun are done; no further item is begun then.</exception>
    public static async Task<TResult[]> RunAsync<TItem, TResult>(IReadOnlyList<TItem> items, int threads, Func<TItem, TResult> body)
    {
        ArgumentNullException.ThrowIfNull(items);
        ArgumentNullException.ThrowIfNull(body);
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        var results = new TResult[items.Count];
        int next = -1;
        Task[] others = [.. Enumerable.Range(1, Math.Max(0, Math.Min(threads, items.Count) - 1)).Select(_ => Task.Run(Work))];

        // Nobody works on when this ends, however it ends.
        try
        {
            Work();
        }
        finally
        {
            await Task.WhenAll(others);
        }

        return results;

        void Work()
        {
            bool isDone = false;
            try
            {
                for (int i = Interlocked.Increment(ref next); i < items.Count; i = Interlocked.Increment(ref next))
                {
                    results[i] = body(items[i]);
                }

                isDone = true;
            }
            finally
            {
                if (!isDone)
                {
                    Interlocked.Exchange(ref next, items.Count);
                }
            }
        }
    }
}
