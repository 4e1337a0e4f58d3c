using Apache.Arrow.Ipc.Messages;

namespace Apache.Arrow.Ipc.Reading;

/// <summary>The batches of the file format, in any order.</summary>
internal sealed class FileBatches : BatchSource
{
    private readonly Stream _stream;
    private readonly bool _leaveOpen;
    private readonly byte[] _trailer = new byte[FileFooter.TrailerBytes];
    private FileFooter? _footer;
    private int _dictionariesRead;
    private int _next;

    /// <summary>Reads from a stream that can seek.</summary>
    internal FileBatches(Stream stream, bool leaveOpen)
    {
        if (!stream.CanSeek)
        {
            throw new ArgumentException("An Arrow file is read from its end; the stream must be able to seek.", nameof(stream));
        }

        _stream = stream;
        _leaveOpen = leaveOpen;
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
            footer.Decoder.Decode(Read(footer.Dictionaries[_dictionariesRead]));
        }

        return _next < footer.Batches.Length ? Require(footer.Decoder.Decode(Read(footer.Batches[_next++]))) : null;
    }

    /// <inheritdoc/>
    internal override async ValueTask<RecordBatch?> NextAsync(CancellationToken cancellation)
    {
        FileFooter footer = await OpenAsync(cancellation);
        for (; _dictionariesRead < footer.Dictionaries.Length; _dictionariesRead++)
        {
            footer.Decoder.Decode(await ReadAsync(footer.Dictionaries[_dictionariesRead], cancellation));
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
        if (!_leaveOpen)
        {
            _stream.Dispose();
        }
    }

    private FileFooter Open()
    {
        if (_footer is null)
        {
            SeekTrailer();
            BoundedBytes.Fill(_stream, _trailer);
            int length = SeekFooter();
            _footer = new FileFooter(BoundedBytes.Read(_stream, length), _stream.Length);
        }

        return _footer;
    }

    private async ValueTask<FileFooter> OpenAsync(CancellationToken cancellation)
    {
        if (_footer is null)
        {
            SeekTrailer();
            await BoundedBytes.FillAsync(_stream, _trailer, cancellation);
            int length = SeekFooter();
            _footer = new FileFooter(await BoundedBytes.ReadAsync(_stream, length, cancellation), _stream.Length);
        }

        return _footer;
    }

    private void SeekTrailer()
    {
        if (_stream.Length < FileFooter.TrailerBytes)
        {
            throw new InvalidDataException($"This is not an Arrow file: it has {_stream.Length} bytes.");
        }

        _stream.Position = _stream.Length - FileFooter.TrailerBytes;
    }

    private int SeekFooter()
    {
        int length = FileFooter.LengthOf(_trailer, _stream.Length);
        _stream.Position = _stream.Length - FileFooter.TrailerBytes - length;
        return length;
    }

    private IpcMessage Read(FileFooter.Block block)
    {
        _stream.Position = block.Offset;
        return block.Open(BoundedBytes.Read(_stream, block.Bytes));
    }

    private async ValueTask<IpcMessage> ReadAsync(FileFooter.Block block, CancellationToken cancellation)
    {
        _stream.Position = block.Offset;
        return block.Open(await BoundedBytes.ReadAsync(_stream, block.Bytes, cancellation));
    }

    private static RecordBatch Require(RecordBatch? batch) =>
        batch ?? throw new InvalidDataException("The Arrow file announces a batch where a dictionary lies.");
}
