namespace Apache.Arrow;

/// <summary>The checks that parts have the buffers and children of their layout.</summary>
internal static class PartsChecks
{
    /// <summary>Refuses parts with another number of buffers.</summary>
    internal static void RequireBuffers(this ArrayData data, int count, string names)
    {
        if (data.Buffers.Length != count)
        {
            throw new ArgumentException($"Expected {names}, found {data.Buffers.Length} buffers.", nameof(data));
        }
    }

    /// <summary>The values of lists: the one child that their parts have.</summary>
    internal static IArrowArray OnlyChild(this ArrayData data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return data.Children.Length == 1
            ? ArrowArrayFactory.BuildArray(data.Children[0])
            : throw new ArgumentException($"Lists have one child, found {data.Children.Length}.", nameof(data));
    }
}
