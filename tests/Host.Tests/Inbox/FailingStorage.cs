using Pipeline.Engine;
using Pipeline.Engine.Storage;

namespace Pipeline.Host.Tests.Inbox;

/// <summary>A storage whose calls fail where a test says so; everything else works.</summary>
internal sealed class FailingStorage : IStorage
{
    private readonly LocalStorage _inner = new();

    /// <summary>True for a call, by its name and path, that shall fail.</summary>
    public Func<string, string, bool> Fails { get; set; } = (_, _) => false;

    /// <summary>Free bytes of a path, where a test says what they are.</summary>
    public Func<string, long>? Free { get; set; }

    /// <summary>The network file system of a path, where a test says that it lies on one.</summary>
    public Func<string, string?>? Network { get; set; }

    /// <summary>Names and paths of all calls so far.</summary>
    public List<(string Call, string Path)> Calls { get; } = [];

    public Stream OpenRead(string path)
    {
        // Read stands for a file that opens and then fails.
        Stream stream = Do(nameof(OpenRead), path).OpenRead(path);
        return Fails("Read", path) ? new FailingStream(stream) : stream;
    }

    public void Write(string path, Action<Stream> content) => Do(nameof(Write), path).Write(path, content);

    public CopiedBytes CopyIn(Stream source, string target, long bytesMax, CancellationToken cancellation) =>
        Do(nameof(CopyIn), target).CopyIn(source, target, bytesMax, cancellation);

    public FileStamp? Stamp(string path) => Do(nameof(Stamp), path).Stamp(path);

    public bool FolderExists(string path) => _inner.FolderExists(path);

    public void CreateFolder(string path) => Do(nameof(CreateFolder), path).CreateFolder(path);

    public IReadOnlyList<StoredEntry> List(string folder) => Do(nameof(List), folder).List(folder);

    public void Move(string from, string to) => Do(nameof(Move), from).Move(from, to);

    public void MoveFolder(string from, string to) => Do(nameof(MoveFolder), from).MoveFolder(from, to);

    public void Delete(string path) => Do(nameof(Delete), path).Delete(path);

    public void DeleteFolder(string path) => Do(nameof(DeleteFolder), path).DeleteFolder(path);

    public long FreeBytes(string path) => Free?.Invoke(path) ?? _inner.FreeBytes(path);

    public string? NetworkFileSystem(string path) => Network?.Invoke(path) ?? _inner.NetworkFileSystem(path);

    public IDisposable Lock(string path) => _inner.Lock(path);

    private LocalStorage Do(string call, string path)
    {
        Calls.Add((call, path));
        return Fails(call, path) ? throw new StageException(FailureKind.Storage, $"'{path}' fails.") : _inner;
    }

    private sealed class FailingStream(Stream inner) : MemoryStream
    {
        public override int Read(byte[] buffer, int offset, int count) => throw new IOException("The disk fails.");

        public override int Read(Span<byte> buffer) => throw new IOException("The disk fails.");

        public override long Length => inner.Length;

        protected override void Dispose(bool disposing)
        {
            inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
