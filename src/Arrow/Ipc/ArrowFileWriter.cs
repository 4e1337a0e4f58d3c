using System.Buffers.Binary;
using Apache.Arrow.Flatbuf;
using Apache.Arrow.Ipc.Writing;

namespace Apache.Arrow.Ipc;

/// <summary>Writes the file format: a stream between two marks, and a footer that says where its batches lie.</summary>
/// <remarks>
/// The stream must be able to seek, though nobody does; places count from where it stands. <see cref="ArrowStreamWriter.WriteEnd"/> writes
/// the footer.
/// </remarks>
public class ArrowFileWriter : ArrowStreamWriter
{
    private const int HeadBytes = 8;

    private readonly List<long> _dictionaries = [];
    private readonly List<long> _batches = [];
    private long _position = HeadBytes;

    /// <summary>Writes to a stream that can seek, which is closed at the end.</summary>
    public ArrowFileWriter(Stream stream, Schema schema)
        : this(stream, schema, leaveOpen: false)
    {
    }

    /// <summary>Writes to a stream.</summary>
    public ArrowFileWriter(Stream stream, Schema schema, bool leaveOpen)
        : this(stream, schema, leaveOpen, options: null)
    {
    }

    /// <summary>Writes to a stream in a way.</summary>
    public ArrowFileWriter(Stream stream, Schema schema, bool leaveOpen, IpcOptions? options)
        : base(stream, schema, leaveOpen, options, canReplace: false)
    {
        // Places are counted here, but the package asks the stream for them, so a caller must bring one that knows.
        if (!stream.CanWrite || !stream.CanSeek)
        {
            throw new ArgumentException("A file needs a stream that can write and seek.", nameof(stream));
        }
    }

    /// <inheritdoc/>
    private protected override ReadOnlyMemory<byte> Prologue()
    {
        byte[] head = new byte[HeadBytes];
        IpcFormat.Magic.CopyTo(head);
        return head;
    }

    /// <inheritdoc/>
    private protected override void OnWriting(EncodedMessage message)
    {
        List<long>? blocks = message.Kind switch
        {
            MessageKind.DictionaryBatch => _dictionaries,
            MessageKind.RecordBatch => _batches,
            _ => null,
        };
        blocks?.AddRange(_position, message.Head.Length, message.BodyBytes);
        _position += message.Head.Length + message.BodyBytes;
    }

    /// <inheritdoc/>
    private protected override ReadOnlyMemory<byte> Epilogue()
    {
        ReadOnlySpan<byte> footer = Encoder.EncodeFooter(_dictionaries, _batches);
        byte[] length = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, footer.Length);
        return (byte[])[.. EndMark(), .. footer, .. length, .. IpcFormat.Magic];
    }
}
