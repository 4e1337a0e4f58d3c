namespace Pipeline.Support;

/// <summary>A file or folder of a simulated disk: what a process sees of it, and what is durable.</summary>
internal sealed class SimulatedDiskNode(bool isFolder)
{
    public bool IsFolder { get; } = isFolder;

    /// <summary>Names that a process sees.</summary>
    public Dictionary<string, SimulatedDiskNode> Entries { get; } = new(StringComparer.Ordinal);

    /// <summary>Names that have been flushed.</summary>
    public Dictionary<string, SimulatedDiskNode> DurableEntries { get; } = new(StringComparer.Ordinal);

    /// <summary>Bytes that a process sees.</summary>
    public byte[] Content { get; private set; } = [];

    /// <summary>Bytes that have been flushed.</summary>
    public byte[] Durable { get; private set; } = [];

    /// <summary>Time of the last change, in ticks.</summary>
    public long Ticks { get; set; }

    /// <summary>True when the bytes seen are not yet durable, and may still become so.</summary>
    public bool IsDirty => _writes.Count > 0;

    // Offset and bytes of each write since the last flush, -1 for emptying the file.
    private readonly List<(int Offset, byte[] Bytes)> _writes = [];

    /// <summary>A file with durable bytes.</summary>
    public static SimulatedDiskNode FileOf(byte[] bytes, long ticks) => new(isFolder: false) { Content = bytes, Durable = bytes, Ticks = ticks };

    public void Append(byte[] bytes)
    {
        _writes.Add((Content.Length, bytes));
        Content = [.. Content, .. bytes];
    }

    public void Empty()
    {
        if (Content.Length > 0 || Durable.Length > 0)
        {
            _writes.Add((-1, []));
        }

        Content = [];
    }

    public void Flush()
    {
        byte[] durable = Durable;
        foreach ((int offset, byte[] bytes) in _writes)
        {
            if (offset < 0)
            {
                durable = [];
                continue;
            }

            // Bytes before the offset that an earlier flush has lost read as zeros.
            byte[] next = new byte[Math.Max(durable.Length, offset + bytes.Length)];
            durable.CopyTo(next, 0);
            bytes.CopyTo(next, offset);
            durable = next;
        }

        Durable = durable;
        _writes.Clear();
    }

    /// <summary>A failed flush: the system calls these bytes clean, and they never reach the disk.</summary>
    public void Lose() => _writes.Clear();
}

/// <summary>A name that was given or taken and not yet flushed; a group survives together or not at all.</summary>
internal sealed record SimulatedDiskChange(int Group, SimulatedDiskNode Folder, string Name, SimulatedDiskNode? Node);
