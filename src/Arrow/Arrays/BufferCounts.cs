namespace Apache.Arrow;

/// <summary>The check that parts have the buffers of their layout.</summary>
internal static class BufferCounts
{
    /// <summary>Refuses parts with another number of buffers.</summary>
    internal static void RequireBuffers(this ArrayData data, int count, string names)
    {
        if (data.Buffers.Length != count)
        {
            throw new ArgumentException($"Expected {names}, found {data.Buffers.Length} buffers.", nameof(data));
        }
    }
}
