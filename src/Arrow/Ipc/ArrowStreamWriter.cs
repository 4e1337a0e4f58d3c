using Apache.Arrow.Ipc.Writing;

namespace Apache.Arrow.Ipc;

/// <summary>Writes the stream format: a schema, then batches and the dictionaries they need, then an end.</summary>
/// <remarks>
/// <see cref="WriteEnd"/> must be called when all batches are written; disposal does not, since then an exception
/// on the way would look like a complete stream. Nothing is kept of a batch that is written, except that dictionaries
/// are retained until they change or the writer is disposed. A write that is canceled or fails leaves part of a message
/// behind: every later one gives <see cref="InvalidOperationException"/>. Not for several threads at once.
/// </remarks>
public class ArrowStreamWriter : IDisposable
{
    private readonly MessageEncoder _encoder;
    private readonly PieceGatherer? _gatherer;
    private readonly bool _leaveOpen;
    private bool _started;
    private bool _ended;
    private bool _isInside;

    /// <summary>Writes to a stream, which is closed at the end.</summary>
    public ArrowStreamWriter(Stream baseStream, Schema schema)
        : this(baseStream, schema, leaveOpen: false)
    {
    }

    /// <summary>Writes to a stream.</summary>
    public ArrowStreamWriter(Stream baseStream, Schema schema, bool leaveOpen)
        : this(baseStream, schema, leaveOpen, options: null)
    {
    }

    /// <summary>Writes to a stream in a way.</summary>
    public ArrowStreamWriter(Stream baseStream, Schema schema, bool leaveOpen, IpcOptions? options)
        : this(baseStream, schema, leaveOpen, options, canReplace: true)
    {
    }

    /// <summary>Writes to a stream where dictionaries can be replaced, or cannot.</summary>
    private protected ArrowStreamWriter(Stream baseStream, Schema schema, bool leaveOpen, IpcOptions? options, bool canReplace)
    {
        ArgumentNullException.ThrowIfNull(baseStream);
        ArgumentNullException.ThrowIfNull(schema);
        BaseStream = baseStream;
        Schema = schema;
        _leaveOpen = leaveOpen;
        _gatherer = PieceGatherer.For(baseStream);
        _encoder = new MessageEncoder(schema, options, canReplace);
    }

    /// <summary>Where it is written.</summary>
    protected Stream BaseStream { get; }

    /// <summary>The schema of all batches.</summary>
    protected Schema Schema { get; }

    /// <summary>Makes messages of batches.</summary>
    private protected MessageEncoder Encoder => _encoder;

    /// <summary>Writes the schema, unless that is done.</summary>
    public void WriteStart()
    {
        RequireWhole();
        if (!_started)
        {
            _isInside = true;
            Write(Start());
            _started = true;
            _isInside = false;
        }
    }

    /// <summary>Writes the schema, unless that is done.</summary>
    public async Task WriteStartAsync(CancellationToken cancellationToken = default)
    {
        RequireWhole();
        cancellationToken.ThrowIfCancellationRequested();
        if (!_started)
        {
            _isInside = true;
            await WriteAsync(Start(), cancellationToken);
            _started = true;
            _isInside = false;
        }
    }

    /// <summary>Writes a batch.</summary>
    public virtual void WriteRecordBatch(RecordBatch recordBatch)
    {
        RequireOpen();
        WriteStart();
        List<EncodedMessage> messages = _encoder.EncodeBatch(recordBatch);
        _isInside = true;
        Write(messages.SelectMany(Pieces));

        _isInside = false;
    }

    /// <summary>Writes a batch.</summary>
    public virtual async Task WriteRecordBatchAsync(RecordBatch recordBatch, CancellationToken cancellationToken = default)
    {
        RequireOpen();
        await WriteStartAsync(cancellationToken);
        List<EncodedMessage> messages = _encoder.EncodeBatch(recordBatch);
        _isInside = true;
        await WriteAsync(messages.SelectMany(Pieces), cancellationToken);

        _isInside = false;
    }

    /// <summary>Writes the end, and before it the schema if nothing was written.</summary>
    public void WriteEnd()
    {
        WriteStart();
        if (!_ended)
        {
            _isInside = true;
            Write([Epilogue()]);
            BaseStream.Flush();
            _ended = true;
            _isInside = false;
        }
    }

    /// <summary>Writes the end, and before it the schema if nothing was written.</summary>
    public async Task WriteEndAsync(CancellationToken cancellationToken = default)
    {
        await WriteStartAsync(cancellationToken);
        if (!_ended)
        {
            _isInside = true;
            await WriteAsync([Epilogue()], cancellationToken);
            await BaseStream.FlushAsync(cancellationToken);
            _ended = true;
            _isInside = false;
        }
    }

    /// <summary>Closes the stream.</summary>
    public virtual void Dispose()
    {
        _encoder.Dispose();
        if (!_leaveOpen)
        {
            BaseStream.Dispose();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>The bytes before the schema.</summary>
    private protected virtual ReadOnlyMemory<byte> Prologue() => default;

    /// <summary>The bytes behind the last batch: here a message of length 0.</summary>
    private protected virtual ReadOnlyMemory<byte> Epilogue() => EndMark();

    /// <summary>Is told of each message in order, before it is written.</summary>
    private protected virtual void OnWriting(EncodedMessage message)
    {
    }

    /// <summary>A message of length 0.</summary>
    private protected byte[] EndMark() => _encoder.IsLegacy ? [0, 0, 0, 0] : [0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0];

    private void RequireWhole()
    {
        if (_isInside)
        {
            throw new InvalidOperationException(
                "An earlier write ended inside a message of the Arrow data; write them anew from their start.");
        }
    }

    private void RequireOpen()
    {
        if (_ended)
        {
            throw new InvalidOperationException("The end is written; no batch can follow.");
        }
    }

    /// <summary>The pieces up to the first batch.</summary>
    private IEnumerable<ReadOnlyMemory<byte>> Start()
    {
        ReadOnlyMemory<byte> prologue = Prologue();
        return [prologue, .. Pieces(_encoder.EncodeSchema(prologue.Length))];
    }

    private IEnumerable<ReadOnlyMemory<byte>> Pieces(EncodedMessage message)
    {
        OnWriting(message);
        return message.Body.Prepend(message.Head);
    }

    private void Write(IEnumerable<ReadOnlyMemory<byte>> pieces)
    {
        foreach (ReadOnlyMemory<byte> piece in _gatherer?.Gather(pieces) ?? pieces)
        {
            BaseStream.Write(piece.Span);
        }
    }

    private async Task WriteAsync(IEnumerable<ReadOnlyMemory<byte>> pieces, CancellationToken cancellation)
    {
        foreach (ReadOnlyMemory<byte> piece in _gatherer?.Gather(pieces) ?? pieces)
        {
            await BaseStream.WriteAsync(piece, cancellation);
        }
    }
}
