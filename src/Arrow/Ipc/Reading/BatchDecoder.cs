using Apache.Arrow.Flatbuf;
using Apache.Arrow.Memory;
using Apache.Arrow.Types;

namespace Apache.Arrow.Ipc.Reading;

/// <summary>Makes columns of one batch; their buffers are slices of its body, with leases of their own.</summary>
/// <remarks>
/// Nothing is copied, except what is compressed. Everything on which a later access relies is checked here: that buffers
/// lie inside the body and hold as many values as announced, that nulls are as many as announced, that children have as
/// many values as their parents need, and what <see cref="BufferChecks"/> says of offsets, views and indices.
/// </remarks>
internal ref struct BatchDecoder
{
    private const int NodeBytes = 16;
    private const int BufferBytes = 16;
    private const int PartsMax = 1 << 18;

    private readonly FlatVector _nodes;
    private readonly FlatVector _buffers;
    private readonly FlatVector _viewBufferCounts;
    private readonly LeasedBytes _body;
    private readonly BodyDecompressor? _decompressor;
    private readonly Dictionaries _dictionaries;
    private readonly List<IDisposable> _taken = [];
    private long _bytesLeft;
    private int _partsLeft = PartsMax;
    private int _node;
    private int _buffer;
    private int _views;

    private BatchDecoder(FlatTable batch, LeasedBytes body, Dictionaries dictionaries, BodyDecompressor decompressor)
    {
        _nodes = batch.GetVector(Slots.RecordBatch.Nodes, NodeBytes);
        _buffers = batch.GetVector(Slots.RecordBatch.Buffers, BufferBytes);
        _viewBufferCounts = batch.GetVector(Slots.RecordBatch.ViewBufferCounts, sizeof(long));
        _body = body;
        _bytesLeft = body.Memory.Length;
        _dictionaries = dictionaries;
        if (batch.TryGetTable(Slots.RecordBatch.Compression, out FlatTable compression))
        {
            decompressor.Start(compression, body.Memory.Length);
            _decompressor = decompressor;
        }
    }

    /// <summary>The columns of a batch and the number of its rows.</summary>
    /// <remarks>
    /// Buffers follow each other in a body. Those that lie over each other are refused, since checking them, and copying
    /// them into a growing dictionary, would cost many times what they cost to send.
    /// </remarks>
    internal static (ArrayData[] Columns, int Length) Decode(
        FlatTable batch,
        LeasedBytes body,
        ReadOnlySpan<IpcField> fields,
        Dictionaries dictionaries,
        BodyDecompressor decompressor)
    {
        var decoder = new BatchDecoder(batch, body, dictionaries, decompressor);
        try
        {
            int length = Count(batch.GetInt64(Slots.RecordBatch.Length), "rows");
            var columns = new ArrayData[fields.Length];
            for (int i = 0; i < columns.Length; i++)
            {
                columns[i] = decoder.Column(fields[i]);
                if (columns[i].Length != length)
                {
                    throw BufferChecks.Invalid(fields[i], $"{columns[i].Length} values in a batch of {length} rows");
                }
            }

            return (columns, length);
        }
        catch
        {
            // No array holds these, so nobody else can give them back.
            decoder._taken.ForEach(lease => lease.Dispose());
            throw;
        }
    }

    private ArrayData Column(IpcField field)
    {
        int length = Count(_nodes.Int64(_node, 0), "values");
        long nulls = _nodes.Int64(_node, sizeof(long));
        _node++;
        IArrowType type = field.Field.DataType;
        Layout layout = Layouts.Of(type);
        if (layout == Layout.Null)
        {
            return new ArrayData(type, length, length, 0, System.Array.Empty<ArrowBuffer>(), []);
        }

        (ArrowBuffer validity, int nullCount) = Validity(field, length, nulls);
        if (type is DictionaryType dictionary)
        {
            ArrowBuffer indices = Values(field, length, dictionary.BitWidth);
            ArrayData values = _dictionaries.Get(field, nullCount == length, ref _partsLeft);
            _taken.Add(values);
            BufferChecks.RequireIndices(field, dictionary.IndexType.TypeId, indices.Span, validity.Span, length, values.Length);
            return new ArrayData(type, length, nullCount, 0, [validity, indices], [], values);
        }

        ArrowBuffer[] buffers;
        switch (layout)
        {
            case Layout.Bits:
                buffers = [validity, Values(field, length, 1)];
                break;
            case Layout.Fixed:
                buffers = [validity, Values(field, length, ((FixedWidthType)type).BitWidth)];
                break;
            case Layout.Texts or Layout.LargeTexts:
                ArrowBuffer offsets = NextBuffer(field);
                ArrowBuffer bytes = NextBuffer(field);
                buffers = [validity, BufferChecks.Offsets(field, layout, offsets, length, bytes.Length), bytes];
                break;
            case Layout.Views:
                buffers = Views(field, validity, length);
                break;
            default:
                return Nested(field, layout, validity, length, nullCount);
        }

        return new ArrayData(type, length, nullCount, 0, buffers, []);
    }

    private ArrayData Nested(IpcField field, Layout layout, ArrowBuffer validity, int length, int nullCount)
    {
        IArrowType type = field.Field.DataType;
        ArrowBuffer offsets = layout is Layout.Lists or Layout.LargeLists ? NextBuffer(field) : default;
        var children = new ArrayData[field.Children.Length];
        for (int i = 0; i < children.Length; i++)
        {
            children[i] = Column(field.Children[i]);
        }

        ArrowBuffer[] buffers = [validity];
        switch (layout)
        {
            case Layout.Lists or Layout.LargeLists:
                buffers = [validity, BufferChecks.Offsets(field, layout, offsets, length, children[0].Length)];
                break;
            case Layout.FixedSizeLists:
                int size = ((FixedSizeListType)type).ListSize;
                RequireChild(field, children[0], (long)length * size);
                break;
            default:
                foreach (ArrayData child in children)
                {
                    RequireChild(field, child, length);
                }

                break;
        }

        return new ArrayData(type, length, nullCount, 0, buffers, children);
    }

    private static void RequireChild(IpcField field, ArrayData child, long expected)
    {
        if (child.Length < expected)
        {
            throw BufferChecks.Invalid(field, $"{child.Length} values in a child that needs {expected}");
        }
    }

    private ArrowBuffer[] Views(IpcField field, ArrowBuffer validity, int length)
    {
        ArrowBuffer views = Values(field, length, 8 * Layouts.ViewBytes);
        long count = _viewBufferCounts.Int64(_views++, 0);
        if (count < 0 || count > _buffers.Count - _buffer)
        {
            throw BufferChecks.Invalid(field, $"{count} buffers behind its views");
        }

        ArrowBuffer[] buffers = new ArrowBuffer[2 + count];
        (buffers[0], buffers[1]) = (validity, views);
        for (int i = 2; i < buffers.Length; i++)
        {
            buffers[i] = NextBuffer(field);
        }

        BufferChecks.RequireViews(field, views.Span, validity.Span, length, buffers.AsSpan(2));
        return buffers;
    }

    private (ArrowBuffer Validity, int NullCount) Validity(IpcField field, int length, long nulls)
    {
        if (nulls == 0)
        {
            _buffers.Int64(_buffer++, 0);
            return (ArrowBuffer.Empty, 0);
        }

        ArrowBuffer validity = NextBuffer(field);
        if (nulls < 0 || nulls > length || validity.Length < BitUtility.ByteCount(length)
            || length - BitUtility.CountBits(validity.Span, 0, length) != nulls)
        {
            throw BufferChecks.Invalid(field, $"{nulls} nulls announced, which is not what its validity bitmap says");
        }

        return (validity, (int)nulls);
    }

    private ArrowBuffer Values(IpcField field, int length, int bitWidth)
    {
        ArrowBuffer values = NextBuffer(field);
        return values.Length >= (((long)length * bitWidth) + 7) / 8
            ? values
            : throw BufferChecks.Invalid(field, $"{values.Length} bytes for {length} values of {bitWidth} bits");
    }

    private ArrowBuffer NextBuffer(IpcField field)
    {
        long start = _buffers.Int64(_buffer, 0);
        long length = _buffers.Int64(_buffer, sizeof(long));
        _buffer++;
        if (start < 0 || length < 0 || start > _body.Memory.Length - length)
        {
            throw BufferChecks.Invalid(field, $"{length} bytes at {start} of a body of {_body.Memory.Length} bytes");
        }

        if ((_bytesLeft -= length) < 0)
        {
            throw BufferChecks.Invalid(field, $"its buffers lie over each other in a body of {_body.Memory.Length} bytes");
        }

        ArrowBuffer buffer = _body.Buffer((int)start, (int)length);
        if (_decompressor is null)
        {
            return Taken(buffer);
        }

        using (buffer)
        {
            return Taken(_decompressor.Decompress(buffer));
        }
    }

    private readonly ArrowBuffer Taken(ArrowBuffer buffer)
    {
        if (buffer.HasLease)
        {
            _taken.Add(buffer);
        }

        return buffer;
    }

    private static int Count(long count, string what) => count is >= 0 and <= int.MaxValue
        ? (int)count
        : throw new InvalidDataException($"An Arrow batch announces {count} {what}.");
}
