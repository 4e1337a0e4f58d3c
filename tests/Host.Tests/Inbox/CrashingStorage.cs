using Pipeline.Engine.Storage;

namespace Pipeline.Host.Tests.Inbox;

/// <summary>The end of the process, as far as a test can bring it about.</summary>
internal sealed class SimulatedCrash() : Exception("The process ends here.");

/// <summary>A storage that works until its n-th effect, which it leaves half done or undone; from then on nothing works.</summary>
internal class CrashingStorage(int effectsBefore, bool leavesHalf) : IStorage
{
    private readonly LocalStorage _inner = new();
    private int _left = effectsBefore;

    public bool HasCrashed { get; private set; }

    public Stream OpenRead(string path) => Alive().OpenRead(path);

    public void Write(string path, Action<Stream> content) => Effect(path + ".tmp").Write(path, content);

    public virtual CopiedBytes CopyIn(Stream source, string target, long bytesMax, CancellationToken cancellation) =>
        Effect(target).CopyIn(source, target, bytesMax, cancellation);

    public FileStamp? Stamp(string path) => Alive().Stamp(path);

    public bool FolderExists(string path) => Alive().FolderExists(path);

    public void CreateFolder(string path) => Effect(null).CreateFolder(path);

    public IReadOnlyList<StoredEntry> List(string folder) => Alive().List(folder);

    public void Move(string from, string to) => Effect(null).Move(from, to);

    public void MoveFolder(string from, string to) => Effect(null).MoveFolder(from, to);

    public void Delete(string path) => Effect(null).Delete(path);

    public void DeleteFolder(string path) => Effect(null).DeleteFolder(path);

    public long FreeBytes(string path) => Alive().FreeBytes(path);

    public string? NetworkFileSystem(string path) => Alive().NetworkFileSystem(path);

    public IDisposable Lock(string path) => Alive().Lock(path);

    /// <summary>An effect of somebody else, such as a commit.</summary>
    public void Count() => Effect(null);

    private LocalStorage Alive() => HasCrashed ? throw new SimulatedCrash() : _inner;

    private LocalStorage Effect(string? half)
    {
        if (!HasCrashed && _left-- == 0)
        {
            HasCrashed = true;
            if (leavesHalf && half is not null)
            {
                File.WriteAllText(half, "half");
            }
        }

        return Alive();
    }
}

/// <summary>A storage during whose first copy something else happens.</summary>
internal sealed class ChangingStorage(Action change) : CrashingStorage(int.MaxValue, false)
{
    private bool _isDone;

    public override CopiedBytes CopyIn(Stream source, string target, long bytesMax, CancellationToken cancellation)
    {
        CopiedBytes copied = base.CopyIn(source, target, bytesMax, cancellation);
        if (!_isDone)
        {
            _isDone = true;
            change();
        }

        return copied;
    }
}
