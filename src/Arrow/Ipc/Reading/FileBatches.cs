using Apache.Arrow.Ipc.Messages;
using Apache.Arrow.Memory;

namespace Apache.Arrow.Ipc.Reading;

/// <summary>The batches of the file format, in any order.</summary>
internal sealed class FileBatches(ByteSource source, BatchReading reading) : BatchSource
{
    private FileFooter? _footer;
    private int _dictionariesRead;
    private int _next;

    /// <summary>The batches of a file, where they lie if it is mapped.</summary>
    internal static FileBatches Of(Stream stream, bool leaveOpen, BatchReading reading)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return stream.CanSeek
            ? new FileBatches(ByteSource.Of(stream, leaveOpen, reading.Allocator), reading)
            : throw new ArgumentException("An Arrow file is read from its end; the stream must be able to seek.", nameof(stream));
    }

    /// <summary>True once the file's footer was read and found sound.</summary>
    internal bool IsOpen => _footer is not null;

    /// <inheritdoc/>
    internal override Schema ReadSchema() => Open().Decoder.Schema;

    /// <inheritdoc/>
    internal override async ValueTask<Schema> ReadSchemaAsync(CancellationToken cancellation) =>
        (await OpenAsync(cancellation)).Decoder.Schema;

    /// <summary>The number of batches.</summary>
    internal async ValueTask<int> CountAsync(CancellationToken cancellation) =>
        (await OpenAsync(cancellation)).Batches.Length;

    /// <inheritdoc/>
    internal override RecordBatch? Next()
    {
        FileFooter footer = Open();
        for (; _dictionariesRead < footer.Dictionaries.Length; _dictionariesRead++)
        {
            RequireNone(footer.Decoder.Decode(Read(footer.Dictionaries[_dictionariesRead])));
        }

        return _next < footer.Batches.Length ? Require(footer.Decoder.Decode(Read(footer.Batches[_next++]))) : null;
    }

    /// <inheritdoc/>
    internal override async ValueTask<RecordBatch?> NextAsync(CancellationToken cancellation)
    {
        FileFooter footer = await OpenAsync(cancellation);
        for (; _dictionariesRead < footer.Dictionaries.Length; _dictionariesRead++)
        {
            RequireNone(footer.Decoder.Decode(await ReadAsync(footer.Dictionaries[_dictionariesRead], cancellation)));
        }

        return _next < footer.Batches.Length
            ? Require(footer.Decoder.Decode(await ReadAsync(footer.Batches[_next++], cancellation)))
            : null;
    }

    /// <summary>The batch at a position; reading goes on behind it.</summary>
    internal async ValueTask<RecordBatch> AtAsync(int index, CancellationToken cancellation)
    {
        FileFooter footer = await OpenAsync(cancellation);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, footer.Batches.Length);
        _next = index;
        return (await NextAsync(cancellation))!;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _footer?.Decoder.Dispose();
        source.Dispose();
    }

    private FileFooter Open()
    {
        if (_footer is null)
        {
            using LeasedBytes trailer = source.Take(TrailerStart(), FileFooter.TrailerBytes);
            int length = FileFooter.LengthOf(trailer.Memory.Span, source.Length);
            using LeasedBytes footer = source.Take(TrailerStart() - length, length);
            _footer = new FileFooter(footer.Memory.Span, source.Length, reading);
        }

        return _footer;
    }

    private async ValueTask<FileFooter> OpenAsync(CancellationToken cancellation)
    {
        if (_footer is null)
        {
            using LeasedBytes trailer = await source.TakeAsync(TrailerStart(), FileFooter.TrailerBytes, cancellation);
            int length = FileFooter.LengthOf(trailer.Memory.Span, source.Length);
            using LeasedBytes footer = await source.TakeAsync(TrailerStart() - length, length, cancellation);
            _footer = new FileFooter(footer.Memory.Span, source.Length, reading);
        }

        return _footer;
    }

    private long TrailerStart() => source.Length >= FileFooter.TrailerBytes
        ? source.Length - FileFooter.TrailerBytes
        : throw new InvalidDataException($"This is not an Arrow file: it has {source.Length} bytes.");

    private IpcMessage Read(FileFooter.Block block) => block.Open(source.Take(block.Offset, block.RequireBytes()));

    private async ValueTask<IpcMessage> ReadAsync(FileFooter.Block block, CancellationToken cancellation) =>
        block.Open(await source.TakeAsync(block.Offset, block.RequireBytes(), cancellation));

    private static RecordBatch Require(RecordBatch? batch) =>
        batch ?? throw new InvalidDataException("The Arrow file announces a batch where a dictionary lies.");

    private static void RequireNone(RecordBatch? batch)
    {
        if (batch is not null)
        {
            batch.Dispose();
            throw new InvalidDataException("The Arrow file announces a dictionary where a batch lies.");
        }
    }
}
