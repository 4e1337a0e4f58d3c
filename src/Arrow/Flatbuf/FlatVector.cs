using System.Buffers.Binary;

namespace Apache.Arrow.Flatbuf;

/// <summary>A vector inside a flatbuffer, read in place.</summary>
/// <remarks>Layout: the count (int32), then the elements. All of it is inside the buffer, which was checked.</remarks>
internal readonly ref struct FlatVector
{
    private readonly ReadOnlySpan<byte> _buffer;
    private readonly int _start;
    private readonly int _elementSize;

    private FlatVector(ReadOnlySpan<byte> buffer, int start, int count, int elementSize)
    {
        _buffer = buffer;
        _start = start;
        _elementSize = elementSize;
        Count = count;
    }

    /// <summary>The number of elements.</summary>
    internal int Count { get; }

    /// <summary>The elements' bytes.</summary>
    internal ReadOnlySpan<byte> Bytes => _buffer.Slice(_start, Count * _elementSize);

    /// <summary>The vector to which the offset at a position leads.</summary>
    internal static FlatVector At(ReadOnlySpan<byte> buffer, int position, int elementSize)
    {
        int at = FlatBounds.Follow(buffer, position);
        int count = FlatBounds.Int32(buffer, at);
        if (count < 0)
        {
            throw FlatBounds.Damaged("a vector has a negative length");
        }

        int start = FlatBounds.Checked(at + (long)sizeof(int), (long)count * elementSize, buffer.Length);
        return new FlatVector(buffer, start, count, elementSize);
    }

    /// <summary>The table to which an element leads.</summary>
    internal FlatTable Table(int index) => FlatTable.At(_buffer, _start + (Checked(index) * _elementSize));

    /// <summary>A number inside an element.</summary>
    internal int Int32(int index, int offset) => BinaryPrimitives.ReadInt32LittleEndian(Element(index)[offset..]);

    /// <summary>A number inside an element.</summary>
    internal long Int64(int index, int offset) => BinaryPrimitives.ReadInt64LittleEndian(Element(index)[offset..]);

    private ReadOnlySpan<byte> Element(int index) => _buffer.Slice(_start + (Checked(index) * _elementSize), _elementSize);

    private int Checked(int index) =>
        (uint)index < (uint)Count ? index : throw FlatBounds.Damaged("a vector is shorter than announced");
}
