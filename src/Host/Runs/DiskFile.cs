using Microsoft.Win32.SafeHandles;
using Pipeline.Engine;
using Pipeline.Stages.Spectra.OnDisk;

namespace Pipeline.Host.Runs;

/// <summary>A file of spectra that stay on the disk, open as long as the search that reads it.</summary>
/// <remarks>Safe for several threads: every read names its place. A file that changes meanwhile is refused.</remarks>
internal sealed class DiskFile : IByteFile, IDisposable
{
    private readonly string _path;
    private readonly SafeFileHandle _handle;
    private readonly DateTime _written;

    private DiskFile(string path, SafeFileHandle handle)
    {
        _path = path;
        _handle = handle;
        Length = RandomAccess.GetLength(handle);
        _written = File.GetLastWriteTimeUtc(handle);
    }

    /// <inheritdoc/>
    public long Length { get; }

    /// <summary>Opens a file.</summary>
    /// <exception cref="StageException">It cannot be read.</exception>
    public static DiskFile Open(string path)
    {
        // The stream says what the system refuses; it is closed at once, for nothing is read through it.
        SpectraFiles.Open(path).Dispose();
        return new DiskFile(path, File.OpenHandle(path, options: FileOptions.SequentialScan));
    }

    /// <inheritdoc/>
    public void Read(long position, Span<byte> target)
    {
        // What the disk refuses is nobody's defect.
        try
        {
            while (!target.IsEmpty)
            {
                int count = RandomAccess.Read(_handle, target, position);
                if (count == 0)
                {
                    throw Changed();
                }

                target = target[count..];
                position += count;
            }
        }
        catch (IOException refused)
        {
            throw new StageException(FailureKind.Storage, $"'{_path}' cannot be read any more: {refused.Message} Check the disk, and search again.", refused);
        }
    }

    /// <inheritdoc/>
    public async ValueTask ReadAsync(IReadOnlyList<ByteRange> pieces, Memory<byte> target, CancellationToken cancellation)
    {
        // From here on another thread reads: one call of the system for each piece, and the caller computes meanwhile.
        await Task.Yield();
        if (RandomAccess.GetLength(_handle) != Length || File.GetLastWriteTimeUtc(_handle) != _written)
        {
            throw Changed();
        }

        int done = 0;
        foreach (ByteRange piece in pieces)
        {
            cancellation.ThrowIfCancellationRequested();
            Read(piece.Start, target.Span.Slice(done, piece.Count));
            done += piece.Count;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    private StageException Changed() => new(
        FailureKind.Storage, $"'{_path}' has changed while it was read. Let whatever writes it finish, and search again.");
}
