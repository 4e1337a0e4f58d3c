using System.Runtime.InteropServices;
using Apache.Arrow.Flatbuf;
using Apache.Arrow.Types;

namespace Apache.Arrow.Ipc.Writing;

/// <summary>Collects the nodes and buffers of arrays for one batch.</summary>
/// <remarks>
/// Only the values of a slice are written, from bit 0 and text offset 0 on. Values that start on a whole byte are
/// not copied. Each buffer starts at a multiple of 64 bytes of the body and is padded with zeros to the next.
/// </remarks>
internal sealed class BatchEncoder
{
    private const int BufferAlignment = 64;
    private static readonly byte[] Zeros = new byte[BufferAlignment];

    private readonly List<long> _nodes = [];
    private readonly List<long> _buffers = [];
    private readonly List<ReadOnlyMemory<byte>> _body = [];

    /// <summary>The pieces of the body.</summary>
    internal IReadOnlyList<ReadOnlyMemory<byte>> Body => _body;

    /// <summary>Bytes of the body.</summary>
    internal long BodyBytes { get; private set; }

    /// <summary>Adds an array.</summary>
    internal void Add(ArrayData data)
    {
        int nulls = data.GetNullCount();
        _nodes.Add(data.Length);
        _nodes.Add(nulls);
        AddBuffer(nulls == 0 ? default : Bits(data.Buffers[0], data.Offset, data.Length));
        switch (data.DataType)
        {
            case BooleanType:
                AddBuffer(Bits(data.Buffers[1], data.Offset, data.Length));
                break;
            case FixedWidthType type:
                int width = type.BitWidth / 8;
                AddBuffer(Part(data.Buffers[1], (long)data.Offset * width, (long)data.Length * width));
                break;
            case StringType or BinaryType:
                AddTexts(data);
                break;
            case FixedSizeListType type:
                Add(Rows(data, type.ListSize));
                break;
            default:
                throw new NotSupportedException($"not supported: writing Arrow type {data.DataType.Name}");
        }
    }

    /// <summary>Adds the table of the batch.</summary>
    internal int Encode(FlatBuilder builder, int length)
    {
        int buffers = builder.CreateStructs(CollectionsMarshal.AsSpan(_buffers), 2);
        int nodes = builder.CreateStructs(CollectionsMarshal.AsSpan(_nodes), 2);
        builder.StartTable();
        builder.AddInt64(Slots.RecordBatch.Length, length);
        builder.AddReference(Slots.RecordBatch.Nodes, nodes);
        builder.AddReference(Slots.RecordBatch.Buffers, buffers);
        return builder.EndTable();
    }

    /// <summary>True when the values collected here and there are the same bytes.</summary>
    internal bool IsSame(BatchEncoder other) =>
        _nodes.SequenceEqual(other._nodes)
        && _buffers.SequenceEqual(other._buffers)
        && _body.Zip(other._body).All(pair => pair.First.Span.SequenceEqual(pair.Second.Span));

    private static ArrayData Rows(ArrayData data, int listSize)
    {
        ArrayData child = data.Children[0];
        int start = checked(data.Offset * listSize);
        int count = checked(data.Length * listSize);
        return child.Length - start >= count
            ? child.Slice(start, count)
            : throw new ArgumentException($"{data.Length} lists of {listSize} values have only {child.Length - start} values.");
    }

    private static ReadOnlyMemory<byte> Bits(ArrowBuffer buffer, int offset, int length)
    {
        if (length == 0)
        {
            return default;
        }

        if (((offset | length) & 7) == 0)
        {
            return buffer.Memory.Slice(offset >> 3, BitUtility.ByteCount(length));
        }

        byte[] bits = new byte[BitUtility.ByteCount(length)];
        BitUtility.CopyBits(buffer.Span, offset, length, bits);
        return bits;
    }

    private static ReadOnlyMemory<byte> Part(ArrowBuffer buffer, long start, long length) =>
        buffer.Memory.Slice(checked((int)start), checked((int)length));

    private void AddTexts(ArrayData data)
    {
        ReadOnlySpan<int> offsets = MemoryMarshal.Cast<byte, int>(data.Buffers[1].Span);
        offsets = offsets.IsEmpty ? [0] : offsets.Slice(data.Offset, data.Length + 1);
        int[] shifted = new int[offsets.Length];
        for (int i = 0; i < shifted.Length; i++)
        {
            shifted[i] = offsets[i] - offsets[0];
        }

        AddBuffer(MemoryMarshal.AsBytes(shifted.AsSpan()).ToArray());
        AddBuffer(Part(data.Buffers[2], offsets[0], shifted[^1]));
    }

    private void AddBuffer(ReadOnlyMemory<byte> bytes)
    {
        _buffers.Add(BodyBytes);
        _buffers.Add(bytes.Length);
        if (bytes.IsEmpty)
        {
            return;
        }

        _body.Add(bytes);
        int padding = -bytes.Length & (BufferAlignment - 1);
        if (padding > 0)
        {
            _body.Add(Zeros.AsMemory(0, padding));
        }

        BodyBytes += bytes.Length + padding;
    }
}
