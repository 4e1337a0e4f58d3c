using Pipeline.Engine.Storage;

namespace Pipeline.Support;

/// <summary>The end of a process by a power cut, as far as a test can bring it about.</summary>
public sealed class PowerCutException() : Exception("The power is cut here.");

/// <summary>What a simulated disk is about to do.</summary>
public enum DiskAction
{
    Create,
    Write,
    Flush,
    FlushFolder,
    Rename,
    RenameFolder,
    Remove,
    RemoveFolder,
    MakeFolder,
    Open,
    Read,
    List,
    Stamp,
    Lock,
    Commit,
}

/// <summary>How a simulated disk may fail in a step.</summary>
public enum DiskFault
{
    /// <summary>It does not.</summary>
    None,

    /// <summary>No space left; of a write, the first half is done.</summary>
    NoSpace,

    /// <summary>An input/output error; of a flush, the bytes it should have saved are lost although later flushes succeed.</summary>
    Io,

    /// <summary>The file has vanished just before.</summary>
    Vanish,

    /// <summary>The file ends here, although more was promised.</summary>
    EndsEarly,

    /// <summary>The disk says done and does nothing: what a forgotten flush looks like.</summary>
    Skip,
}

/// <summary>One step: its number among those that change the disk, and what it does to which path.</summary>
public readonly record struct DiskStep(int Number, DiskAction Action, string Path);

/// <summary>A disk in memory that knows what would survive a power cut.</summary>
/// <remarks>
/// The storage operations are those of <see cref="LocalStorage"/>, run over simulated steps: make a file, write a piece,
/// flush, rename, flush a folder, remove, make a folder. Each such step is a crash point. Faults it may inject:
/// <list type="bullet">
/// <item>Power cut before any step. What was not flushed survives or vanishes in any subset: names (made, renamed, removed)
/// one operation at a time, from folder to folder also as both names; bytes of a file as before, as written, cut at any
/// byte, as zeros, as a new beginning before an old end, or as an empty file.</item>
/// <item>End of the process alone (<see cref="Restarted"/>): everything survives, flushed or not.</item>
/// <item>No space: by capacity, in the middle of a write, or in any step; space returns when a test raises the capacity or
/// when files are removed.</item>
/// <item>A failed flush, after which the bytes stay readable but never become durable (as Linux does it).</item>
/// <item>An error in any step or read, a file that vanishes or ends early, a disk that skips a step it confirms.</item>
/// </list>
/// It does not simulate: reordered writes within one file but as listed, damage to durable bytes, time that passes.
/// Paths are plain, as '/disk/a'. Safe for all threads: one lock for everything.
/// </remarks>
public sealed class SimulatedDisk : IStorage
{
    private readonly SimulatedDiskFiles _files;
    private readonly LocalStorage _storage;

    public SimulatedDisk()
        : this(new SimulatedDiskNode(isFolder: true), [])
    {
    }

    private SimulatedDisk(SimulatedDiskNode root, List<SimulatedDiskChange> pending)
    {
        _files = new SimulatedDiskFiles(root, pending);
        _storage = new LocalStorage(_files);
    }

    /// <summary>Steps done so far that changed the disk.</summary>
    public int StepCount => _files.StepCount;

    /// <summary>The number of the step before which the power is cut; the first step has number 0.</summary>
    public int PowerCutAt
    {
        get => _files.PowerCutAt;
        set => _files.PowerCutAt = value;
    }

    /// <summary>The step that the power cut has prevented.</summary>
    public DiskStep? LastStep => _files.LastStep;

    /// <summary>Bytes of all files together that the disk takes.</summary>
    public long CapacityBytes
    {
        get => _files.CapacityBytes;
        set => _files.CapacityBytes = value;
    }

    /// <summary>Asked before each step; called under the disk's lock, so it must not use the disk.</summary>
    public Func<DiskStep, DiskFault> Fault
    {
        get => _files.Fault;
        set => _files.Fault = value;
    }

    /// <summary>A folder below which another device lies.</summary>
    public string? OtherDevice
    {
        get => _files.OtherDevice;
        set => _files.OtherDevice = value;
    }

    /// <summary>The network file system that everything lies on, or null.</summary>
    public string? Network { get; set; }

    /// <summary>True after a power cut.</summary>
    public bool IsOff => _files.IsOff;

    /// <summary>A step of something that lies beside this disk and dies with it, such as the commit of a database.</summary>
    /// <remarks>It is a crash point and may fail as the steps of files may.</remarks>
    public void Commit(string path) => _files.Commit(path);

    /// <summary>Makes everything durable and begins to count steps anew.</summary>
    public void Sync() => _files.Sync();

    /// <summary>Cuts the power now; nothing works from here on.</summary>
    public void CutPower() => _files.CutPower();

    /// <summary>The disk as the next process finds it when only this process has ended.</summary>
    public SimulatedDisk Restarted()
    {
        _files.CutPower();
        return new SimulatedDisk(_files.Root, _files.Pending) { CapacityBytes = CapacityBytes, OtherDevice = OtherDevice, Network = Network };
    }

    /// <summary>How many different disks are tried after a power cut: all there can be, or as many as allowed.</summary>
    public int SurvivorCount(int countMax) => (int)Math.Min(countMax, SimulatedDiskSurvivor.CountOf(_files));

    /// <summary>A disk as it may be found after the power cut; number 0 lost all that it may lose, number 1 nothing.</summary>
    public SimulatedDisk Survivor(int number, int countMax, int seed)
    {
        _files.CutPower();
        SimulatedDiskNode root = SimulatedDiskSurvivor.Of(_files, number, countMax, seed);
        return new SimulatedDisk(root, []) { CapacityBytes = CapacityBytes, OtherDevice = OtherDevice, Network = Network };
    }

    /// <inheritdoc/>
    public Stream OpenRead(string path) => _storage.OpenRead(path);

    /// <inheritdoc/>
    public void Write(string path, Action<Stream> content) => _storage.Write(path, content);

    /// <inheritdoc/>
    public CopiedBytes CopyIn(Stream source, string target, long bytesMax, CancellationToken cancellation) =>
        _storage.CopyIn(source, target, bytesMax, cancellation);

    /// <inheritdoc/>
    public UnflushedFile CopySoon(Stream source, string target, long bytesMax, CancellationToken cancellation) =>
        _storage.CopySoon(source, target, bytesMax, cancellation);

    /// <inheritdoc/>
    public void Flush(IReadOnlyList<UnflushedFile> files) => _storage.Flush(files);

    /// <inheritdoc/>
    public void WriteSoon(string path, Action<Stream> content) => _storage.WriteSoon(path, content);

    /// <inheritdoc/>
    public void Move(IReadOnlyList<(string From, string To)> names) => _storage.Move(names);

    /// <inheritdoc/>
    public void Delete(IReadOnlyList<string> paths) => _storage.Delete(paths);

    /// <inheritdoc/>
    public FileStamp? Stamp(string path) => _storage.Stamp(path);

    /// <inheritdoc/>
    public bool FolderExists(string path) => _storage.FolderExists(path);

    /// <inheritdoc/>
    public void CreateFolder(string path) => _storage.CreateFolder(path);

    /// <inheritdoc/>
    public IReadOnlyList<StoredEntry> List(string folder) => _storage.List(folder);

    /// <inheritdoc/>
    public void Move(string from, string to) => _storage.Move(from, to);

    /// <inheritdoc/>
    public void MoveFolder(string from, string to) => _storage.MoveFolder(from, to);

    /// <inheritdoc/>
    public void Delete(string path) => _storage.Delete(path);

    /// <inheritdoc/>
    public void DeleteFolder(string path) => _storage.DeleteFolder(path);

    /// <inheritdoc/>
    public long FreeBytes(string path) => _storage.FreeBytes(path);

    /// <inheritdoc/>
    public string? NetworkFileSystem(string path) => Network;

    /// <inheritdoc/>
    public IDisposable Lock(string path) => _storage.Lock(path);
}
