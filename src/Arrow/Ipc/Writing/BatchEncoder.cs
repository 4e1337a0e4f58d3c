using System.Numerics;
using System.Runtime.InteropServices;
using Apache.Arrow.Flatbuf;
using Apache.Arrow.Types;

namespace Apache.Arrow.Ipc.Writing;

/// <summary>Collects the nodes and buffers of arrays for one batch.</summary>
/// <remarks>
/// Only the values of a slice are written, from bit 0 and offset 0 on. Bits that start on a whole byte, offsets that
/// start at 0 and all other values are not copied. Each buffer starts at a multiple of 64 bytes of the body and is padded with zeros to the next.
/// </remarks>
internal sealed class BatchEncoder(BodyCompressor? compressor = null)
{
    private const int BufferAlignment = 64;
    private static readonly byte[] Zeros = new byte[BufferAlignment];

    private readonly List<long> _nodes = [];
    private readonly List<long> _buffers = [];
    private readonly List<long> _viewBufferCounts = [];
    private readonly List<ReadOnlyMemory<byte>> _body = [];

    /// <summary>The pieces of the body.</summary>
    internal IReadOnlyList<ReadOnlyMemory<byte>> Body => _body;

    /// <summary>Bytes of the body.</summary>
    internal long BodyBytes { get; private set; }

    /// <summary>Adds an array.</summary>
    internal void Add(ArrayData data)
    {
        Layout layout = Layouts.Of(data.DataType);
        int nulls = layout == Layout.Null ? data.Length : data.GetNullCount();
        _nodes.Add(data.Length);
        _nodes.Add(nulls);
        if (layout != Layout.Null)
        {
            AddBuffer(nulls == 0 ? default : Bits(data.Buffers[0], data.Offset, data.Length));
        }

        switch (layout)
        {
            case Layout.Null:
                break;
            case Layout.Bits:
                AddBuffer(Bits(data.Buffers[1], data.Offset, data.Length));
                break;
            case Layout.Fixed:
                AddBuffer(Values(data, Layouts.WidthOf(data.DataType)));
                break;
            case Layout.Texts or Layout.Lists:
                AddBehindOffsets<int>(data, sizeof(int));
                break;
            case Layout.LargeTexts or Layout.LargeLists:
                AddBehindOffsets<long>(data, sizeof(long));
                break;
            case Layout.Views:
                AddViews(data);
                break;
            case Layout.FixedSizeLists:
                int size = ((FixedSizeListType)data.DataType).ListSize;
                Add(Child(data.Children[0], (long)data.Offset * size, (long)data.Length * size));
                break;
            default:
                foreach (ArrayData child in data.Children)
                {
                    Add(Child(child, data.Offset, data.Length));
                }

                break;
        }
    }

    /// <summary>Adds the table of the batch.</summary>
    internal int Encode(FlatBuilder builder, int length)
    {
        int viewBufferCounts = _viewBufferCounts.Count == 0
            ? 0
            : builder.CreateStructs(CollectionsMarshal.AsSpan(_viewBufferCounts), 1);
        int compression = compressor?.Encode(builder) ?? 0;
        int buffers = builder.CreateStructs(CollectionsMarshal.AsSpan(_buffers), 2);
        int nodes = builder.CreateStructs(CollectionsMarshal.AsSpan(_nodes), 2);
        builder.StartTable();
        builder.AddInt64(Slots.RecordBatch.Length, length);
        builder.AddReference(Slots.RecordBatch.Nodes, nodes);
        builder.AddReference(Slots.RecordBatch.Buffers, buffers);
        builder.AddPresent(Slots.RecordBatch.Compression, compression);
        builder.AddPresent(Slots.RecordBatch.ViewBufferCounts, viewBufferCounts);
        return builder.EndTable();
    }

    /// <summary>True when two arrays hold the same values, so that one may stand for the other.</summary>
    /// <remarks>They are written as the same bytes, and a dictionary inside them starts with the other's.</remarks>
    internal static bool AreSame(ArrayData first, ArrayData second)
    {
        if (first.Length == second.Length && StartInSameMemory(first, second))
        {
            return true;
        }

        var one = new BatchEncoder();
        var two = new BatchEncoder();
        one.Add(first);
        two.Add(second);
        return one._nodes.SequenceEqual(two._nodes)
            && one._buffers.SequenceEqual(two._buffers)
            && one._body.Zip(two._body).All(pair => pair.First.Span.SequenceEqual(pair.Second.Span))
            && HaveSameDictionaries(first, second);
    }

    private static bool HaveSameDictionaries(ArrayData first, ArrayData second) =>
        first.Children.Zip(second.Children).All(pair => HaveSameDictionaries(pair.First, pair.Second))
        && (first.Dictionary is not ArrayData one || second.Dictionary is not ArrayData two
            || (one.Length <= two.Length && AreSame(one, two.Slice(0, one.Length))));

    /// <summary>True when the first's values are those with which the second starts, without a look at them.</summary>
    private static bool StartInSameMemory(ArrayData first, ArrayData second) =>
        first.Offset == second.Offset
        && first.Length <= second.Length
        && first.Buffers.Length == second.Buffers.Length
        && first.Buffers.Zip(second.Buffers).All(pair => StartAlike(pair.First.Memory, pair.Second.Memory))
        && first.Children.Length == second.Children.Length
        && first.Children.Zip(second.Children).All(pair => StartInSameMemory(pair.First, pair.Second))
        && (first.Dictionary, second.Dictionary) switch
        {
            (null, null) => true,
            (ArrayData one, ArrayData two) => StartInSameMemory(one, two),
            _ => false,
        };

    private static bool StartAlike(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second) =>
        first.Length <= second.Length && first.Equals(second[..first.Length]);

    private static ArrayData Child(ArrayData child, long start, long count) =>
        start + count <= child.Length
            ? child.Slice((int)start, (int)count)
            : throw new ArgumentException($"A child of {child.Length} values lacks some of {count} from {start} on.");

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

    private static ReadOnlyMemory<byte> Values(ArrayData data, int width) =>
        data.Buffers[1].Memory.Slice(checked(data.Offset * width), checked(data.Length * width));

    private void AddBehindOffsets<T>(ArrayData data, int width)
        where T : struct, IBinaryInteger<T>
    {
        // An array without values may have no offsets either.
        ReadOnlySpan<T> all = data.Buffers[1].IsEmpty ? new T[data.Offset + 1] : MemoryMarshal.Cast<byte, T>(data.Buffers[1].Span);
        ReadOnlySpan<T> offsets = all.Slice(data.Offset, data.Length + 1);
        int first = int.CreateChecked(offsets[0]);
        int count = int.CreateChecked(offsets[^1]) - first;
        bool areReady = first == 0 && !data.Buffers[1].IsEmpty;
        AddBuffer(areReady ? data.Buffers[1].Memory.Slice(data.Offset * width, offsets.Length * width) : Shifted(offsets));
        if (data.Children.Length > 0)
        {
            Add(Child(data.Children[0], first, count));
        }
        else
        {
            AddBuffer(data.Buffers[2].Memory.Slice(first, count));
        }
    }

    /// <summary>The offsets as they are when the first value starts at 0.</summary>
    private static byte[] Shifted<T>(ReadOnlySpan<T> offsets)
        where T : struct, IBinaryInteger<T>
    {
        byte[] bytes = new byte[MemoryMarshal.AsBytes(offsets).Length];
        Span<T> shifted = MemoryMarshal.Cast<byte, T>(bytes.AsSpan());
        for (int i = 0; i < shifted.Length; i++)
        {
            shifted[i] = offsets[i] - offsets[0];
        }

        return bytes;
    }

    /// <summary>Adds views and all buffers behind them, also those that a slice no longer needs.</summary>
    private void AddViews(ArrayData data)
    {
        AddBuffer(Values(data, Layouts.ViewBytes));
        ReadOnlySpan<ArrowBuffer> buffers = data.Buffers.AsSpan(2);
        _viewBufferCounts.Add(buffers.Length);
        foreach (ArrowBuffer buffer in buffers)
        {
            AddBuffer(buffer.Memory);
        }
    }

    private void AddBuffer(ReadOnlyMemory<byte> plain)
    {
        ReadOnlyMemory<byte> bytes = compressor?.Compress(plain) ?? plain;
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
