using Apache.Arrow.Ipc.Reading;
using Apache.Arrow.Memory;

namespace Apache.Arrow.Ipc;

/// <summary>Reads the file format: batches in any order, found by the footer.</summary>
/// <remarks>Memory and errors as in <see cref="ArrowStreamReader"/>.</remarks>
public class ArrowFileReader : ArrowStreamReader
{
    private readonly FileBatches _batches;

    /// <summary>Reads from a stream that can seek, which is closed at the end.</summary>
    public ArrowFileReader(Stream stream)
        : this(stream, allocator: null, compressionCodecFactory: null, leaveOpen: false)
    {
    }

    /// <summary>Reads from a stream that can seek, which is closed at the end, also compressed batches.</summary>
    public ArrowFileReader(Stream stream, ICompressionCodecFactory? compressionCodecFactory)
        : this(stream, allocator: null, compressionCodecFactory, leaveOpen: false)
    {
    }

    /// <summary>Reads from a stream that can seek, which is closed at the end, into memory of an allocator.</summary>
    public ArrowFileReader(Stream stream, MemoryAllocator? allocator)
        : this(stream, allocator, compressionCodecFactory: null, leaveOpen: false)
    {
    }

    /// <summary>Reads from a stream that can seek, which is closed at the end, into memory of an allocator, also compressed batches.</summary>
    public ArrowFileReader(Stream stream, MemoryAllocator? allocator, ICompressionCodecFactory? compressionCodecFactory)
        : this(stream, allocator, compressionCodecFactory, leaveOpen: false)
    {
    }

    /// <summary>Reads from a stream that can seek.</summary>
    public ArrowFileReader(Stream stream, bool leaveOpen)
        : this(stream, allocator: null, compressionCodecFactory: null, leaveOpen)
    {
    }

    /// <summary>Reads from a stream that can seek into memory of an allocator.</summary>
    public ArrowFileReader(Stream stream, MemoryAllocator? allocator, bool leaveOpen)
        : this(stream, allocator, compressionCodecFactory: null, leaveOpen)
    {
    }

    /// <summary>Reads from a stream that can seek into memory of an allocator, also compressed batches.</summary>
    public ArrowFileReader(
        Stream stream, MemoryAllocator? allocator, ICompressionCodecFactory? compressionCodecFactory, bool leaveOpen)
        : this(FileBatches.Of(stream, leaveOpen, new BatchReading(allocator, compressionCodecFactory, CanReplace: false)))
    {
    }

    private ArrowFileReader(FileBatches batches)
        : base(batches)
    {
        _batches = batches;
    }

    /// <summary>True once the footer was read and found sound.</summary>
    public bool IsFileValid => _batches.IsOpen;

    /// <summary>Opens a file.</summary>
    public static ArrowFileReader FromFile(string filename) => new(new FileStream(filename, FileMode.Open, FileAccess.Read));

    /// <summary>The number of batches.</summary>
    public ValueTask<int> RecordBatchCountAsync() => _batches.CountAsync(CancellationToken.None);

    /// <summary>The batch at a position; reading in order goes on behind it.</summary>
    public ValueTask<RecordBatch> ReadRecordBatchAsync(int index, CancellationToken cancellationToken = default) =>
        _batches.AtAsync(index, cancellationToken);
}
