using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using Pipeline.Engine;

namespace Pipeline.Stages.Spectra.OnDisk;

/// <summary>Where the columns of an Arrow file or stream lie, found without reading them.</summary>
/// <remarks>
/// Only the descriptions of batches are read, so this costs the same for any number of spectra in a batch. Both forms
/// are one sequence of messages; a file has a magic before and a footer behind it. What is compressed has no rows at
/// places that could be computed, and is refused.
/// </remarks>
internal sealed class ArrowLayout
{
    private const int FileHeadBytes = 8;
    private const int MetadataBytesMax = 64 << 20;
    private const int Continuation = -1;
    private const byte BatchKind = 3;

    private ArrowLayout(Schema schema, List<ArrowBatchLayout> batches, bool isFile)
    {
        Schema = schema;
        Batches = batches;
        IsFile = isFile;
    }

    /// <summary>The columns.</summary>
    public Schema Schema { get; }

    /// <summary>The batches in order.</summary>
    public IReadOnlyList<ArrowBatchLayout> Batches { get; }

    /// <summary>Whether it is a file and not a stream.</summary>
    public bool IsFile { get; }

    /// <summary>Number of rows.</summary>
    public long RowCount => Batches.Sum(batch => batch.Rows);

    /// <summary>Finds the columns of a file.</summary>
    /// <exception cref="StageException">The bytes are damaged, or something that cannot be read row by row.</exception>
    public static ArrowLayout Of(IByteFile file)
    {
        // The library and the flatbuffers speak of bytes; whoever gave the file needs to know what to do with it.
        try
        {
            return Read(file);
        }
        catch (Exception damaged) when (damaged is InvalidDataException or EndOfStreamException or ArgumentOutOfRangeException
            or IndexOutOfRangeException or OverflowException)
        {
            throw new StageException(
                FailureKind.InvalidData, $"The Arrow data are damaged or cut off: {damaged.Message} Write the file again.", damaged);
        }
        catch (NotSupportedException unsupported)
        {
            throw new StageException(
                FailureKind.InvalidData, $"{unsupported.Message}. Write spectra as lists of float32 or float64, ids as text.", unsupported);
        }
    }

    /// <summary>Buffers that one column of a type has, and how many nodes; null where that is not known here.</summary>
    public static (int Nodes, int Buffers)? Shape(IArrowType type) => type switch
    {
        NullType => (1, 0),
        StringViewType or BinaryViewType => null,
        StringType or BinaryType or LargeStringType or LargeBinaryType => (1, 3),
        DictionaryType words => Shape(words.IndexType),
        FixedSizeListType list => Shape(list.ValueDataType) is { } one ? (one.Nodes + 1, one.Buffers + 1) : null,
        ListType list => Shape(list.ValueDataType) is { } one ? (one.Nodes + 1, one.Buffers + 2) : null,
        LargeListType list => Shape(list.ValueDataType) is { } one ? (one.Nodes + 1, one.Buffers + 2) : null,
        FixedWidthType or FixedSizeBinaryType => (1, 2),
        _ => null,
    };

    private static ArrowLayout Read(IByteFile file)
    {
        Span<byte> head = stackalloc byte[FileHeadBytes];
        file.Read(0, head[..(int)Math.Min(head.Length, file.Length)]);
        bool isFile = head.StartsWith("ARROW1"u8);
        using var stream = new ByteFileStream(file);
        using ArrowStreamReader reader = isFile ? new ArrowFileReader(stream, leaveOpen: true) : new ArrowStreamReader(stream, leaveOpen: true);
        Schema schema = reader.Schema;
        int[] firstNodes = new int[schema.FieldsList.Count + 1];
        int[] firstBuffers = new int[schema.FieldsList.Count + 1];
        for (int c = 0; c < schema.FieldsList.Count; c++)
        {
            (int nodes, int buffers) = Shape(schema[c].DataType) ?? throw new StageException(
                FailureKind.InvalidData,
                $"Column '{schema[c].Name}' is of a kind ({schema[c].DataType.Name}) that is not read from a file larger than memory. "
                + "Write the file without it, or raise --memory.");
            firstNodes[c + 1] = firstNodes[c] + nodes;
            firstBuffers[c + 1] = firstBuffers[c] + buffers;
        }

        var batches = new List<ArrowBatchLayout>();
        long position = isFile ? FileHeadBytes : 0;
        while (Next(file, ref position) is { } message)
        {
            if (message.Kind == BatchKind)
            {
                batches.Add(Batch(message, firstNodes, firstBuffers));
            }
        }

        return new ArrowLayout(schema, batches, isFile);
    }

    /// <summary>The message at a position, which moves behind it; null at the end.</summary>
    private static Message? Next(IByteFile file, ref long position)
    {
        Span<byte> prefix = stackalloc byte[sizeof(int)];
        int length = Continuation;
        for (int i = 0; i < 2 && length == Continuation && position + prefix.Length <= file.Length; i++)
        {
            file.Read(position, prefix);
            length = BitConverter.ToInt32(prefix);
            position += prefix.Length;
        }

        // A file without an end mark ends with its footer, which is no message.
        if (length <= 0 || length > MetadataBytesMax || length > file.Length - position)
        {
            return null;
        }

        byte[] metadata = new byte[length];
        file.Read(position, metadata);
        position += length;
        FlatFields message = FlatFields.Root(metadata);
        byte kind = message.Byte(1);
        long bodyBytes = message.Int64(3);
        long body = position;
        if (bodyBytes < 0 || bodyBytes > file.Length - position)
        {
            throw new InvalidDataException($"A message at byte {body} announces {bodyBytes} bytes, the file has {file.Length}.");
        }

        position += bodyBytes;
        return new Message(kind, metadata, body, bodyBytes);
    }

    private static ArrowBatchLayout Batch(Message message, int[] firstNodes, int[] firstBuffers)
    {
        FlatFields batch = FlatFields.Root(message.Metadata).Table(2);
        if (batch.Has(3))
        {
            throw new StageException(
                FailureKind.InvalidData,
                "The Arrow file is compressed and larger than memory; spectra are read from the disk only where they lie plain. "
                + "Write it again without compression, for example with pyarrow.feather.write_feather(table, path, "
                + "compression='uncompressed'), or raise --memory.");
        }

        (long Length, long Nulls)[] nodes = batch.Pairs(1);
        (long Offset, long Length)[] buffers = batch.Pairs(2);
        long rows = batch.Int64(0);
        if (nodes.Length != firstNodes[^1] || buffers.Length != firstBuffers[^1] || rows is < 0 or > int.MaxValue)
        {
            throw new InvalidDataException($"A batch has {nodes.Length} columns and {buffers.Length} buffers, the schema asks for "
                + $"{firstNodes[^1]} and {firstBuffers[^1]}.");
        }

        foreach ((long offset, long length) in buffers)
        {
            if (offset < 0 || length < 0 || offset > message.BodyBytes - length)
            {
                throw new InvalidDataException($"A buffer of {length} bytes at {offset} lies outside its batch.");
            }
        }

        return new ArrowBatchLayout((int)rows, message.Body, nodes, buffers, firstNodes, firstBuffers);
    }

    /// <summary>One message: what it is, its description, and where its bytes lie.</summary>
    private sealed record Message(byte Kind, byte[] Metadata, long Body, long BodyBytes);
}

/// <summary>Where the columns of one batch lie.</summary>
/// <param name="rows">Rows of the batch.</param>
/// <param name="body">Where the batch's bytes begin in the file.</param>
/// <param name="nodes">Length and nulls of every column and child.</param>
/// <param name="buffers">Offset in the body and length of every buffer.</param>
/// <param name="firstNodes">The first node of every column.</param>
/// <param name="firstBuffers">The first buffer of every column.</param>
internal sealed class ArrowBatchLayout(
    int rows, long body, (long Length, long Nulls)[] nodes, (long Offset, long Length)[] buffers, int[] firstNodes, int[] firstBuffers)
{
    /// <summary>Rows of the batch.</summary>
    public int Rows => rows;

    /// <summary>Length and nulls of a column, or of its child.</summary>
    public (long Length, long Nulls) Node(int column, int child = 0) => nodes[firstNodes[column] + child];

    /// <summary>Place and bytes of a buffer of a column, its children's behind its own.</summary>
    public (long Start, long Bytes) Buffer(int column, int index)
    {
        (long offset, long length) = buffers[firstBuffers[column] + index];
        return (body + offset, length);
    }

    /// <summary>Number of buffers of a column with its children.</summary>
    public int BufferCount(int column) => firstBuffers[column + 1] - firstBuffers[column];
}
