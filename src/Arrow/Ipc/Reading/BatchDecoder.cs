using System.Numerics;
using System.Runtime.InteropServices;
using Apache.Arrow.Flatbuf;
using Apache.Arrow.Types;

namespace Apache.Arrow.Ipc.Reading;

/// <summary>Makes columns of one batch; their buffers are slices of its body.</summary>
/// <remarks>
/// Nothing is copied. Everything on which a later access relies is checked here: that buffers lie inside the body and
/// hold as many values as announced, that offsets of texts rise and stay inside, that indices lie inside their
/// dictionary, that lists have all their values, that nulls are as many as announced.
/// </remarks>
internal ref struct BatchDecoder
{
    private const int NodeBytes = 16;
    private const int BufferBytes = 16;
    private static readonly ArrowBuffer OneOffset = new(new byte[sizeof(int)]);

    private readonly FlatVector _nodes;
    private readonly FlatVector _buffers;
    private readonly ReadOnlyMemory<byte> _body;
    private readonly Dictionaries _dictionaries;
    private int _node;
    private int _buffer;

    private BatchDecoder(FlatTable batch, ReadOnlyMemory<byte> body, Dictionaries dictionaries)
    {
        if (batch.TryGetTable(Slots.RecordBatch.Compression, out FlatTable compression))
        {
            string codec = compression.GetByte(0) switch
            {
                0 => "LZ4_FRAME",
                1 => "ZSTD",
                byte other => $"number {other}",
            };
            throw new NotSupportedException($"not supported: an Arrow batch compressed with {codec}");
        }

        _nodes = batch.GetVector(Slots.RecordBatch.Nodes, NodeBytes);
        _buffers = batch.GetVector(Slots.RecordBatch.Buffers, BufferBytes);
        _body = body;
        _dictionaries = dictionaries;
    }

    /// <summary>The columns of a batch and the number of its rows.</summary>
    internal static (ArrayData[] Columns, int Length) Decode(
        FlatTable batch, ReadOnlyMemory<byte> body, ReadOnlySpan<IpcField> fields, Dictionaries dictionaries)
    {
        var decoder = new BatchDecoder(batch, body, dictionaries);
        int length = Count(batch.GetInt64(Slots.RecordBatch.Length), "rows");
        var columns = new ArrayData[fields.Length];
        for (int i = 0; i < columns.Length; i++)
        {
            columns[i] = decoder.Column(fields[i]);
            if (columns[i].Length != length)
            {
                throw Invalid(fields[i], $"{columns[i].Length} values in a batch of {length} rows");
            }
        }

        return (columns, length);
    }

    private ArrayData Column(IpcField field)
    {
        int length = Count(_nodes.Int64(_node, 0), "values");
        long nulls = _nodes.Int64(_node, sizeof(long));
        _node++;
        (ArrowBuffer validity, int nullCount) = Validity(field, length, nulls);
        IArrowType type = field.Field.DataType;
        switch (type)
        {
            case DictionaryType dictionary:
                ArrowBuffer indices = Values(field, length, dictionary.BitWidth);
                ArrayData values = _dictionaries.Get(field, nullCount == length);
                RequireIndices(field, dictionary.IndexType.TypeId, indices.Span, validity.Span, length, values.Length);
                return new ArrayData(type, length, nullCount, 0, [validity, indices], [], values);
            case FixedSizeListType list:
                ArrayData child = Column(field.Child!);
                return child.Length >= (long)length * list.ListSize
                    ? new ArrayData(type, length, nullCount, 0, [validity], [child])
                    : throw Invalid(field, $"{child.Length} values for {length} lists of {list.ListSize}");
            case FixedWidthType fixedWidth:
                return new ArrayData(type, length, nullCount, 0, [validity, Values(field, length, fixedWidth.BitWidth)], []);
            default:
                ArrowBuffer offsets = NextBuffer(field);
                ArrowBuffer bytes = NextBuffer(field);
                return new ArrayData(type, length, nullCount, 0, [validity, Offsets(field, offsets, bytes, length), bytes], []);
        }
    }

    private (ArrowBuffer Validity, int NullCount) Validity(IpcField field, int length, long nulls)
    {
        ArrowBuffer validity = NextBuffer(field);
        if (nulls == 0)
        {
            return (ArrowBuffer.Empty, 0);
        }

        if (nulls < 0 || nulls > length || validity.Length < BitUtility.ByteCount(length)
            || length - BitUtility.CountBits(validity.Span, 0, length) != nulls)
        {
            throw Invalid(field, $"{nulls} nulls announced, which is not what its validity bitmap says");
        }

        return (validity, (int)nulls);
    }

    private ArrowBuffer Values(IpcField field, int length, int bitWidth)
    {
        ArrowBuffer values = NextBuffer(field);
        return values.Length >= (((long)length * bitWidth) + 7) / 8
            ? values
            : throw Invalid(field, $"{values.Length} bytes for {length} values of {bitWidth} bits");
    }

    private static ArrowBuffer Offsets(IpcField field, ArrowBuffer offsets, ArrowBuffer bytes, int length)
    {
        if (length == 0 && offsets.Length < sizeof(int))
        {
            return OneOffset;
        }

        ReadOnlySpan<int> all = MemoryMarshal.Cast<byte, int>(offsets.Span);
        if (all.Length <= length)
        {
            throw Invalid(field, $"{all.Length} offsets for {length} values");
        }

        int last = 0;
        foreach (int offset in all[..(length + 1)])
        {
            if (offset < last)
            {
                throw Invalid(field, $"offset {offset} behind offset {last}");
            }

            last = offset;
        }

        return last <= bytes.Length ? offsets : throw Invalid(field, $"offset {last} into {bytes.Length} bytes");
    }

    private ArrowBuffer NextBuffer(IpcField field)
    {
        long start = _buffers.Int64(_buffer, 0);
        long length = _buffers.Int64(_buffer, sizeof(long));
        _buffer++;
        if (start < 0 || length < 0 || start > _body.Length - length)
        {
            throw Invalid(field, $"{length} bytes at {start} of a body of {_body.Length} bytes");
        }

        return length == 0 ? ArrowBuffer.Empty : new ArrowBuffer(_body.Slice((int)start, (int)length));
    }

    private static void RequireIndices(
        IpcField field, ArrowTypeId type, ReadOnlySpan<byte> indices, ReadOnlySpan<byte> validity, int length, int count)
    {
        int bad = type switch
        {
            ArrowTypeId.Int8 => FindOutside<sbyte>(indices, validity, length, count),
            ArrowTypeId.Int16 => FindOutside<short>(indices, validity, length, count),
            ArrowTypeId.Int32 => FindOutside<int>(indices, validity, length, count),
            ArrowTypeId.Int64 => FindOutside<long>(indices, validity, length, count),
            ArrowTypeId.UInt8 => FindOutside<byte>(indices, validity, length, count),
            ArrowTypeId.UInt16 => FindOutside<ushort>(indices, validity, length, count),
            ArrowTypeId.UInt32 => FindOutside<uint>(indices, validity, length, count),
            _ => FindOutside<ulong>(indices, validity, length, count),
        };
        if (bad >= 0)
        {
            throw Invalid(field, $"row {bad} leads outside its dictionary of {count} values");
        }
    }

    private static int FindOutside<T>(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> validity, int length, int count)
        where T : struct, IBinaryInteger<T>
    {
        ReadOnlySpan<T> indices = MemoryMarshal.Cast<byte, T>(bytes);
        for (int i = 0; i < length; i++)
        {
            long index = long.CreateSaturating(indices[i]);
            if ((index < 0 || index >= count) && (validity.IsEmpty || BitUtility.GetBit(validity, i)))
            {
                return i;
            }
        }

        return -1;
    }

    private static int Count(long count, string what) => count is >= 0 and <= int.MaxValue
        ? (int)count
        : throw new InvalidDataException($"An Arrow batch announces {count} {what}.");

    private static InvalidDataException Invalid(IpcField field, string what) =>
        new($"Arrow field '{field.Field.Name}': {what}.");
}
