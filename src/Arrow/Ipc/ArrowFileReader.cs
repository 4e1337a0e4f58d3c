using Apache.Arrow.Ipc.Reading;

namespace Apache.Arrow.Ipc;

/// <summary>Reads the file format: batches in any order, found by the footer.</summary>
/// <remarks>Each batch gets one piece of memory of its own. Errors as in <see cref="ArrowStreamReader"/>.</remarks>
public class ArrowFileReader : ArrowStreamReader
{
    private readonly FileBatches _batches;

    /// <summary>Reads from a stream that can seek, which is closed at the end.</summary>
    public ArrowFileReader(Stream stream)
        : this(stream, leaveOpen: false)
    {
    }

    /// <summary>Reads from a stream that can seek.</summary>
    public ArrowFileReader(Stream stream, bool leaveOpen)
        : this(Require(stream, leaveOpen))
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

    private static FileBatches Require(Stream stream, bool leaveOpen)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return new FileBatches(stream, leaveOpen);
    }
}
