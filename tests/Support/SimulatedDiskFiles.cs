using Pipeline.Engine.Storage;

namespace Pipeline.Support;

/// <summary>The steps of a simulated disk.</summary>
internal sealed class SimulatedDiskFiles(SimulatedDiskNode root, List<SimulatedDiskChange> pending) : IFileSystem
{
    private static readonly char[] Separators = OperatingSystem.IsWindows() ? ['/', '\\'] : ['/'];

    private readonly Lock _gate = new();
    private readonly HashSet<SimulatedDiskNode> _locked = [];
    private int _group = pending.Count == 0 ? 0 : pending[^1].Group + 1;
    private bool _isOff;

    public SimulatedDiskNode Root { get; } = root;

    public List<SimulatedDiskChange> Pending { get; } = pending;

    public int StepCount { get; private set; }

    public int PowerCutAt { get; set; } = int.MaxValue;

    public DiskStep? LastStep { get; private set; }

    public long CapacityBytes { get; set; } = long.MaxValue;

    public Func<DiskStep, DiskFault> Fault { get; set; } = _ => DiskFault.None;

    public string? OtherDevice { get; set; }

    public bool IsOff
    {
        get
        {
            lock (_gate)
            {
                return _isOff;
            }
        }
    }

    public void Commit(string path)
    {
        lock (_gate)
        {
            Step(DiskAction.Commit, path);
        }
    }

    public void CutPower()
    {
        lock (_gate)
        {
            _isOff = true;
        }
    }

    public void Sync()
    {
        lock (_gate)
        {
            foreach (SimulatedDiskNode node in SimulatedDiskSurvivor.Reachable(Root, one => one.Entries))
            {
                node.Flush();
                node.DurableEntries.Clear();
                foreach ((string name, SimulatedDiskNode target) in node.Entries)
                {
                    node.DurableEntries.Add(name, target);
                }
            }

            Pending.Clear();
            StepCount = 0;
        }
    }

    public Stream OpenRead(string path)
    {
        lock (_gate)
        {
            Look(DiskAction.Open, path);
            return new Reader(this, path, FileAt(path).Content);
        }
    }

    public Stream Create(string path)
    {
        lock (_gate)
        {
            (SimulatedDiskNode folder, string name) = ParentOf(path);
            Step(DiskAction.Create, path);
            if (folder.Entries.TryGetValue(name, out SimulatedDiskNode? node))
            {
                RefuseFolder(node, path);
                node.Empty();
            }
            else
            {
                node = new SimulatedDiskNode(isFolder: false);
                Change((folder, name, node));
            }

            node.Ticks = Now();
            return new Writer(this, path, node);
        }
    }

    public void Flush(Stream file)
    {
        var writer = (Writer)file;
        lock (_gate)
        {
            // A failed flush loses its bytes before it says so.
            try
            {
                if (Step(DiskAction.Flush, writer.Path))
                {
                    writer.Node.Flush();
                }
            }
            catch (IOException)
            {
                writer.Node.Lose();
                throw;
            }
        }
    }

    public void BeginFlush(Stream file)
    {
        // What has begun is not done; what survives of it is any part anyway.
    }

    public void FlushFolder(string folder)
    {
        lock (_gate)
        {
            SimulatedDiskNode node = FolderAt(folder);
            if (!Step(DiskAction.FlushFolder, folder))
            {
                return;
            }

            // A name may be taken away for good only where its new one is durable too.
            HashSet<int> taken = [.. Pending.Where(one => one.Folder == node && one.Node is null).Select(one => one.Group)];
            foreach (SimulatedDiskChange change in Pending.Where(one => one.Folder == node || taken.Contains(one.Group)).ToList())
            {
                Apply(change.Folder.DurableEntries, change);
                Pending.Remove(change);
            }
        }
    }

    public FileStamp? Stamp(string path)
    {
        lock (_gate)
        {
            Look(DiskAction.Stamp, path);
            return Find(path) is { IsFolder: false } file ? new FileStamp(file.Content.Length, file.Ticks) : null;
        }
    }

    public bool FolderExists(string path)
    {
        lock (_gate)
        {
            RefuseOff();
            return Find(path) is { IsFolder: true };
        }
    }

    public void MakeFolder(string path)
    {
        lock (_gate)
        {
            (SimulatedDiskNode folder, string name) = ParentOf(path);
            Step(DiskAction.MakeFolder, path);
            Change((folder, name, new SimulatedDiskNode(isFolder: true)));
        }
    }

    public List<StoredEntry> List(string folder)
    {
        lock (_gate)
        {
            Look(DiskAction.List, folder);
            return
            [
                .. FolderAt(folder).Entries.Select(one => new StoredEntry(
                    System.IO.Path.Combine(folder, one.Key),
                    one.Value.IsFolder,
                    one.Value.IsFolder ? default : new FileStamp(one.Value.Content.Length, one.Value.Ticks))),
            ];
        }
    }

    public bool Rename(string from, string to)
    {
        lock (_gate)
        {
            SimulatedDiskNode node = FileAt(from);
            (SimulatedDiskNode source, string sourceName) = ParentOf(from);
            (SimulatedDiskNode target, string targetName) = ParentOf(to);
            if (IsOther(from) != IsOther(to))
            {
                RefuseOff();
                return false;
            }

            if (target.Entries.TryGetValue(targetName, out SimulatedDiskNode? there))
            {
                RefuseFolder(there, to);
            }

            if (Step(DiskAction.Rename, from))
            {
                Change((source, sourceName, null), (target, targetName, node));
            }

            return true;
        }
    }

    public void RenameFolder(string from, string to)
    {
        lock (_gate)
        {
            SimulatedDiskNode node = FolderAt(from);
            (SimulatedDiskNode source, string sourceName) = ParentOf(from);
            (SimulatedDiskNode target, string targetName) = ParentOf(to);
            if (target.Entries.ContainsKey(targetName) || IsOther(from) != IsOther(to))
            {
                throw new IOException($"'{to}' exists or lies on another device.");
            }

            if (Step(DiskAction.RenameFolder, from))
            {
                Change((source, sourceName, null), (target, targetName, node));
            }
        }
    }

    public void Remove(string path)
    {
        lock (_gate)
        {
            RefuseOff();
            if (Find(path) is { } node)
            {
                RefuseFolder(node, path);
                RemoveName(DiskAction.Remove, path);
            }
        }
    }

    public void RemoveFolder(string path)
    {
        lock (_gate)
        {
            foreach ((string name, SimulatedDiskNode node) in FolderAt(path).Entries.OrderBy(one => one.Key, StringComparer.Ordinal).ToList())
            {
                string inner = System.IO.Path.Combine(path, name);
                if (node.IsFolder)
                {
                    RemoveFolder(inner);
                }
                else
                {
                    RemoveName(DiskAction.Remove, inner);
                }
            }

            RemoveName(DiskAction.RemoveFolder, path);
        }
    }

    public long FreeBytes(string path)
    {
        lock (_gate)
        {
            RefuseOff();
            return Room();
        }
    }

    public IDisposable Lock(string path)
    {
        lock (_gate)
        {
            (SimulatedDiskNode folder, string name) = ParentOf(path);
            Look(DiskAction.Lock, path);
            if (!folder.Entries.TryGetValue(name, out SimulatedDiskNode? node))
            {
                Step(DiskAction.Create, path);
                node = new SimulatedDiskNode(isFolder: false) { Ticks = Now() };
                Change((folder, name, node));
            }

            return _locked.Add(node) ? new Held(this, node) : throw new IOException($"'{path}' is locked.");
        }
    }

    public string? NetworkFileSystem(string path) => null;

    internal static void Apply(Dictionary<string, SimulatedDiskNode> entries, SimulatedDiskChange change)
    {
        if (change.Node is null)
        {
            entries.Remove(change.Name);
        }
        else
        {
            entries[change.Name] = change.Node;
        }
    }

    private void RemoveName(DiskAction action, string path)
    {
        (SimulatedDiskNode folder, string name) = ParentOf(path);
        if (Step(action, path))
        {
            Change((folder, name, null));
        }
    }

    private void Change(params ReadOnlySpan<(SimulatedDiskNode Folder, string Name, SimulatedDiskNode? Node)> changes)
    {
        foreach ((SimulatedDiskNode folder, string name, SimulatedDiskNode? node) in changes)
        {
            var change = new SimulatedDiskChange(_group, folder, name, node);
            Apply(folder.Entries, change);
            Pending.Add(change);
        }

        _group++;
    }

    /// <summary>A crash point: the power may go here, or the step may fail.</summary>
    /// <returns>False where the step shall be left out.</returns>
    private bool Step(DiskAction action, string path)
    {
        RefuseOff();
        var step = new DiskStep(StepCount, action, path);
        LastStep = step;
        if (StepCount >= PowerCutAt)
        {
            _isOff = true;
            throw new PowerCutException();
        }

        StepCount++;
        DiskFault fault = Fault(step);
        Throw(fault, path);
        return fault != DiskFault.Skip;
    }

    private void Look(DiskAction action, string path)
    {
        RefuseOff();
        Throw(Fault(new DiskStep(StepCount, action, path)), path);
    }

    private void Throw(DiskFault fault, string path)
    {
        switch (fault)
        {
            case DiskFault.NoSpace:
                throw DiskFull.Exception();
            case DiskFault.Io:
                throw new IOException($"Input/output error: '{path}'.", 5);
            case DiskFault.Vanish when Find(path) is not null:
                (SimulatedDiskNode folder, string name) = ParentOf(path);
                Change((folder, name, null));
                break;
            default:
                break;
        }
    }

    private void Write(SimulatedDiskNode node, string path, byte[] bytes)
    {
        lock (_gate)
        {
            // Of a write that finds no space, what had room is in the file.
            int room = (int)Math.Min(bytes.Length, Room());
            try
            {
                if (!Step(DiskAction.Write, path))
                {
                    return;
                }
            }
            catch (IOException error) when (DiskFull.IsReasonOf(error))
            {
                node.Append(bytes[..Math.Min(room, bytes.Length / 2)]);
                throw;
            }

            node.Append(bytes[..room]);
            node.Ticks = Now();
            if (room < bytes.Length)
            {
                throw DiskFull.Exception();
            }
        }
    }

    private long Now() => new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc).Ticks + (_group * TimeSpan.TicksPerSecond) + StepCount;

    private long Room() => Math.Max(
        0, CapacityBytes - SimulatedDiskSurvivor.Reachable(Root, one => one.Entries).Sum(one => (long)one.Content.Length));

    private bool IsOther(string path) => OtherDevice is { } other && path.StartsWith(other, StringComparison.Ordinal);

    private void RefuseOff()
    {
        if (_isOff)
        {
            throw new PowerCutException();
        }
    }

    private SimulatedDiskNode? Find(string path)
    {
        SimulatedDiskNode? node = Root;
        foreach (string name in NamesOf(path))
        {
            if (node is null || !node.Entries.TryGetValue(name, out node))
            {
                return null;
            }
        }

        return node;
    }

    private SimulatedDiskNode FileAt(string path)
    {
        RefuseOff();
        SimulatedDiskNode node = Find(path) ?? throw new FileNotFoundException($"Could not find file '{path}'.");
        RefuseFolder(node, path);
        return node;
    }

    private SimulatedDiskNode FolderAt(string path)
    {
        RefuseOff();
        return Find(path) is { IsFolder: true } folder ? folder : throw new DirectoryNotFoundException($"Could not find folder '{path}'.");
    }

    private (SimulatedDiskNode Folder, string Name) ParentOf(string path)
    {
        RefuseOff();
        string[] names = NamesOf(path);
        SimulatedDiskNode? folder = Root;
        foreach (string name in names[..^1])
        {
            folder = folder?.Entries.GetValueOrDefault(name);
        }

        return folder is { IsFolder: true } ? (folder, names[^1]) : throw new DirectoryNotFoundException($"Could not find the folder of '{path}'.");
    }

    private static string[] NamesOf(string path) => path.Split(Separators, StringSplitOptions.RemoveEmptyEntries);

    private static void RefuseFolder(SimulatedDiskNode node, string path)
    {
        if (node.IsFolder)
        {
            throw new UnauthorizedAccessException($"'{path}' is a folder.");
        }
    }

    /// <summary>A file being read; every read may fail, and nothing is read after the power cut.</summary>
    private sealed class Reader(SimulatedDiskFiles disk, string path, byte[] content) : MemoryStream(content, writable: false)
    {
        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            lock (disk._gate)
            {
                disk.RefuseOff();
                DiskFault fault = disk.Fault(new DiskStep(disk.StepCount, DiskAction.Read, path));
                disk.Throw(fault, path);

                // The read into an array is the one that does not come back here.
                byte[] bytes = new byte[fault == DiskFault.EndsEarly ? 0 : Math.Min(buffer.Length, Length - Position)];
                int count = base.Read(bytes, 0, bytes.Length);
                bytes.CopyTo(buffer);
                return count;
            }
        }
    }

    /// <summary>A file being written, from front to back.</summary>
    private sealed class Writer(SimulatedDiskFiles disk, string path, SimulatedDiskNode node) : Stream
    {
        public string Path { get; } = path;

        public SimulatedDiskNode Node { get; } = node;

        public override bool CanRead => false;

        /// <summary>As of a real file, by which a writer of Arrow files learns where it stands; nobody seeks.</summary>
        public override bool CanSeek => true;

        public override bool CanWrite => true;

        public override long Length => Node.Content.Length;

        public override long Position
        {
            get => Node.Content.Length;
            set => throw new NotSupportedException();
        }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => disk.Write(Node, Path, buffer[offset..(offset + count)]);

        public override void Write(ReadOnlySpan<byte> buffer) => disk.Write(Node, Path, buffer.ToArray());
    }

    /// <summary>A lock that is held.</summary>
    private sealed class Held(SimulatedDiskFiles disk, SimulatedDiskNode node) : IDisposable
    {
        public void Dispose()
        {
            lock (disk._gate)
            {
                disk._locked.Remove(node);
            }
        }
    }
}
