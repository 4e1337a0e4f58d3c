using Apache.Arrow;
using Apache.Arrow.Compression;
using Apache.Arrow.Ipc;
using Pipeline.Engine;

namespace Pipeline.Stages.Spectra.Readers;

/// <summary>The record batches of an Arrow stream as they arrive, each made a stream of its own.</summary>
/// <remarks>
/// A batch's bytes are the schema, the dictionaries as they stand, the batch, uncompressed, and the end: the same for the same content,
/// however it was framed or compressed on its way. Announcements are not believed: memory follows the bytes that have arrived, and room
/// is asked for before it is used. Nothing is judged but the form. After an exception nothing more can be read. For one thread at a time.
/// </remarks>
public sealed class ArrowBatches : IDisposable
{
    // Little, lest many who dribble hold much; the reader takes a mebibyte on trust, which is not worth an account.
    private const int FirstBytes = 256 << 10;
    private const int TrustedBytes = 1 << 20;
    private static readonly CompressionCodecFactory Codecs = new();

    private readonly Stream _source;
    private readonly IBatchRoom _room;
    private readonly MeteredStream _meter;
    private readonly ArrowMemory _memory;
    private readonly ArrowStreamReader _reader;
    private Schema? _schema;
    private long _schemaBytes;

    /// <summary>Batches of a stream that is read asynchronously and left open.</summary>
    public ArrowBatches(Stream source, IBatchRoom room)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(room);
        _source = source;
        _room = room;
        _meter = new MeteredStream(source, room);

        // While a body grows, the old piece stands beside the new one; what is decompressed stands beside what came.
        _memory = new ArrowMemory(room.BytesMax, System.Array.MaxLength, Held);
        _reader = new ArrowStreamReader(_meter, _memory, Codecs, leaveOpen: true);
    }

    /// <summary>The next batch's bytes from their beginning, or null behind the last one.</summary>
    /// <exception cref="StageException">InvalidData: this is no Arrow stream, or a damaged one. OverBudget: the batch is too long.</exception>
    public async ValueTask<MemoryStream?> NextAsync(CancellationToken cancellation)
    {
        // The library speaks of bytes and flatbuffers; whoever sent them needs to know what to do.
        try
        {
            if (_schema is null)
            {
                _schema = await _reader.GetSchema(cancellation);
                _schemaBytes = _meter.TakenBytes;
            }

            // What dictionaries hold is held until the end.
            _meter.Begin(_schemaBytes + _memory.BytesHeld);
            using RecordBatch? batch = await _reader.ReadNextRecordBatchAsync(cancellation);
            if (batch is null)
            {
                await RefuseMoreAsync(cancellation);
                return null;
            }

            return Written(batch);
        }
        catch (Exception damaged) when (damaged is InvalidDataException or EndOfStreamException)
        {
            throw new StageException(
                FailureKind.InvalidData,
                _meter.LooksLikeFile
                    ? "This is an Arrow file, and a stream is wanted here: write it with the stream writer (pyarrow.ipc.new_stream), or send the file as it is "
                        + "to /v1/datasets/NAME/sources."
                    : $"The bytes are no Arrow stream, or it is damaged or cut off: {damaged.Message} Send it again from its beginning.",
                damaged);
        }
        catch (NotSupportedException unsupported)
        {
            throw new StageException(
                FailureKind.InvalidData, $"{unsupported.Message}. Write spectra as lists of float32 or float64, ids as text.", unsupported);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _reader.Dispose();
        _meter.Dispose();
    }

    private MemoryStream Written(RecordBatch batch)
    {
        var bytes = new MemoryStream();
        using (var writer = new ArrowStreamWriter(bytes, _schema!, leaveOpen: true))
        {
            writer.WriteRecordBatch(batch);
            writer.WriteEnd();
        }

        if (bytes.Length > _room.BytesMax)
        {
            throw TooLong(_room.BytesMax);
        }

        _room.Grow(bytes.Length);
        bytes.Position = 0;
        return bytes;
    }

    /// <summary>What is sent behind the end would be lost without a word.</summary>
    private async Task RefuseMoreAsync(CancellationToken cancellation)
    {
        if (await _source.ReadAsync(new byte[1], cancellation) > 0)
        {
            throw new StageException(
                FailureKind.InvalidData, "More bytes follow behind the end of the Arrow stream. Send one stream in a request; all "
                    + "batches before its end count.");
        }
    }

    private void Held(long bytes)
    {
        if (bytes > 2 * _room.BytesMax)
        {
            throw TooLong(_room.BytesMax);
        }

        // A body that grows is accounted for by its bytes; only what is decompressed comes on top.
        if (bytes > (2 * _meter.TakenBytes) + TrustedBytes)
        {
            _room.Grow(Math.Min(bytes, _room.BytesMax));
        }
    }

    private static StageException TooLong(long bytesMax) => new(
        FailureKind.OverBudget,
        $"One batch, with its schema and dictionaries, has more than {ByteSize.Format(bytesMax)}, the most that is taken at once. Send "
        + "smaller batches, or raise "
        + "Pipeline:Memory.");

    /// <summary>Counts the bytes of a batch and asks for room before they are read.</summary>
    private sealed class MeteredStream(Stream source, IBatchRoom room) : Stream
    {
        private readonly byte[] _head = new byte[4];
        private long _roomBytes;
        private long _total;

        /// <summary>Bytes since the batch was begun, with what was kept before.</summary>
        public long TakenBytes { get; private set; }

        /// <summary>True where the first bytes are those of the file form.</summary>
        public bool LooksLikeFile => _total >= _head.Length && _head.AsSpan().SequenceEqual("ARRO"u8);

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        /// <summary>Begins a batch; so many bytes are kept from before.</summary>
        public void Begin(long keptBytes)
        {
            TakenBytes = keptBytes;
            _roomBytes = keptBytes;
            room.ShrinkTo(keptBytes);
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (TakenBytes > room.BytesMax)
            {
                throw TooLong(room.BytesMax);
            }

            if (TakenBytes + buffer.Length > _roomBytes)
            {
                // In steps, so that few are asked for, and never for more than as much again as has arrived.
                _roomBytes = Math.Min(Math.Max(FirstBytes, 2 * TakenBytes), room.BytesMax);
                if (TakenBytes + buffer.Length > _roomBytes)
                {
                    buffer = buffer[..(int)Math.Max(1, Math.Min(buffer.Length, _roomBytes - TakenBytes))];
                }

                await room.GrowAsync(_roomBytes, cancellationToken);
            }

            int count = await source.ReadAsync(buffer, cancellationToken);
            for (int i = 0; i < count && _total + i < _head.Length; i++)
            {
                _head[_total + i] = buffer.Span[i];
            }

            _total += count;
            TakenBytes += count;
            return count;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
