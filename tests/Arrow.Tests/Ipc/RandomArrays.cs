using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Arrays;
using Apache.Arrow.Types;
using Pipeline.Stages.Numerics.Random;

namespace Pipeline.Arrow.Tests.Ipc;

/// <summary>Arrays of random types, nested three deep: slices, gaps between lists, children longer than needed, unknown null counts.</summary>
internal sealed class RandomArrays(ulong seed)
{
    private const int KindsWithoutChildren = 8;
    private const int Kinds = 15;
    private readonly Pcg64 _random = new(seed);

    /// <summary>A number below another.</summary>
    public int Below(int end) => _random.NextInt(end);

    /// <summary>An array of so many values.</summary>
    public IArrowArray Next(int length, int depth)
    {
        int more = OneIn(3) ? Below(20) : 0;
        IArrowArray whole = Whole(length + more, depth);
        return ArrowArrayFactory.Slice(whole, Below(more + 1), length);
    }

    /// <summary>An array that a dictionary may hold: not one of indices into another, which has no form in a schema.</summary>
    public IArrowArray NextValues(int length, int depth)
    {
        IArrowArray values;
        do
        {
            values = Next(length, depth);
        }
        while (values is DictionaryArray);
        return values;
    }

    private IArrowArray Whole(int length, int depth)
    {
        switch (Below(depth > 0 ? Kinds : KindsWithoutChildren))
        {
            case 0:
                return new Int32Array(Buffer<int>(length), Validity(length, out int nulls), length, nulls, 0);
            case 1:
                return new BooleanArray(Buffer<byte>(length), Validity(length, out nulls), length, nulls, 0);
            case 2:
                ArrowBuffer offsets = Offsets(length, 4, out int end, out _);
                return new StringArray(length, offsets, Text(end), Validity(length, out nulls), nulls);
            case 3:
                Offsets(length, 4, out end, out ArrowBuffer largeOffsets);
                return new LargeBinaryArray(
                    LargeBinaryType.Default, length, largeOffsets, Buffer<byte>(end), Validity(length, out nulls), nulls);
            case 4:
                return Views(length);
            case 5:
                return new NullArray(length);
            case 6:
                int width = Below(4);
                return new FixedSizeBinaryArray(
                    new ArrayData(new FixedSizeBinaryType(width), length, 0, 0, [ArrowBuffer.Empty, Buffer<byte>(length * width)]));
            case 7:
                return new DoubleArray(Buffer<double>(length), Validity(length, out nulls), length, nulls, 0);
            default:
                return Nested(length, depth - 1);
        }
    }

    private IArrowArray Nested(int length, int depth)
    {
        int kind = Below(7);
        ArrowBuffer validity = Validity(length, out int nulls);
        switch (kind)
        {
            case 0:
                ArrowBuffer offsets = Offsets(length, 3, out int end, out ArrowBuffer largeOffsets);
                IArrowArray child = Next(end, depth);
                return new ListArray(new ListType(child.Data.DataType), length, offsets, child, validity, nulls);
            case 1:
                Offsets(length, 3, out end, out largeOffsets);
                child = Next(end, depth);
                return new LargeListArray(new LargeListType(child.Data.DataType), length, largeOffsets, child, validity, nulls);
            case 2:
                int size = Below(4);
                child = Next((length * size) + Below(2), depth);
                return new FixedSizeListArray(new FixedSizeListType(child.Data.DataType, size), length, child, validity, nulls);
            case 3:
                offsets = Offsets(length, 3, out end, out _);
                StructArray entries = Records([Next(end, 0), Next(end, depth)], end, ArrowBuffer.Empty, 0);
                return new MapArray(new MapType((StructType)entries.Data.DataType), length, offsets, entries, validity, nulls);
            case 4 or 5:
                IArrowArray[] fields = [.. Enumerable.Range(0, Below(4)).Select(_ => Next(length + Below(5), depth))];
                return Records(fields, length, validity, nulls);
            default:
                return Indexed(NextValues(1 + Below(6), depth), length, validity, nulls);
        }
    }

    /// <summary>Random indices into a dictionary.</summary>
    private DictionaryArray Indexed(IArrowArray dictionary, int length, ArrowBuffer validity, int nulls)
    {
        sbyte[] indices = [.. Enumerable.Range(0, length).Select(_ => (sbyte)Below(dictionary.Length))];
        var values = new Int8Array(new ArrowBuffer(MemoryMarshal.AsBytes(indices.AsSpan()).ToArray()), validity, length, nulls, 0);
        return new DictionaryArray(new DictionaryType(Int8Type.Default, dictionary.Data.DataType, ordered: false), values, dictionary);
    }

    private static StructArray Records(IArrowArray[] fields, int length, ArrowBuffer validity, int nulls)
    {
        Field[] described = [.. fields.Select((field, i) => new Field($"f{i}", field.Data.DataType, nullable: true))];
        return new StructArray(new StructType(described), length, fields, validity, nulls);
    }

    private StringViewArray Views(int length)
    {
        var builder = new StringViewArray.Builder();
        for (int i = 0; i < length; i++)
        {
            if (OneIn(4))
            {
                builder.AppendNull();
            }
            else
            {
                builder.Append(new string((char)('a' + Below(26)), Below(30)));
            }
        }

        return builder.Build();
    }

    /// <summary>A bitmap, or none; the null count may be left to be counted.</summary>
    private ArrowBuffer Validity(int length, out int nulls)
    {
        nulls = 0;
        if (OneIn(3))
        {
            return ArrowBuffer.Empty;
        }

        var bits = new ArrowBuffer.BitmapBuilder();
        for (int i = 0; i < length; i++)
        {
            bits.Append(!OneIn(4));
        }

        nulls = OneIn(2) ? -1 : bits.UnsetBitCount;
        return bits.Build();
    }

    /// <summary>Rising offsets that need not start at 0, and how many values there must be at least; the same twice as wide.</summary>
    private ArrowBuffer Offsets(int length, int valuesMax, out int end, out ArrowBuffer large)
    {
        int[] offsets = new int[length + 1];
        offsets[0] = Below(3);
        for (int i = 0; i < length; i++)
        {
            offsets[i + 1] = offsets[i] + Below(valuesMax + 1);
        }

        end = offsets[length] + Below(3);
        large = new ArrowBuffer(MemoryMarshal.AsBytes(System.Array.ConvertAll(offsets, offset => (long)offset).AsSpan()).ToArray());
        return new ArrowBuffer(MemoryMarshal.AsBytes(offsets.AsSpan()).ToArray());
    }

    private ArrowBuffer Text(int length) =>
        new(Enumerable.Range(0, length).Select(_ => (byte)('a' + Below(26))).ToArray());

    private ArrowBuffer Buffer<T>(int length)
        where T : unmanaged
    {
        byte[] bytes = new byte[length * Marshal.SizeOf<T>()];
        foreach (ref byte one in bytes.AsSpan())
        {
            one = (byte)Below(256);
        }

        return new ArrowBuffer(bytes);
    }

    private bool OneIn(int count) => Below(count) == 0;
}
