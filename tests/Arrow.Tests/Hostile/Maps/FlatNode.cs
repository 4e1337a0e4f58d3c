using System.Buffers.Binary;

namespace Pipeline.Arrow.Tests.Hostile.Maps;

/// <summary>A table of a flatbuffer, read by code that shares nothing with the reader under test.</summary>
/// <remarks>Positions count from the start of all bytes. What leaves the flatbuffer is absent.</remarks>
/// <param name="Bytes">All bytes.</param>
/// <param name="Start">Where the flatbuffer starts.</param>
/// <param name="End">Where it ends.</param>
/// <param name="At">Where the table starts.</param>
internal readonly record struct FlatNode(byte[] Bytes, int Start, int End, int At)
{
    /// <summary>Where the table's layout starts, or 0.</summary>
    public int Layout => Inside(At - (long)Int32(At), 4);

    /// <summary>Bytes of the layout: four, and two for each slot.</summary>
    public int LayoutBytes => Layout == 0 ? 0 : Math.Min(BinaryPrimitives.ReadUInt16LittleEndian(Bytes.AsSpan(Layout)), End - Layout) & ~1;

    /// <summary>The root of a flatbuffer, or null.</summary>
    public static FlatNode? Root(byte[] bytes, int start, int end)
    {
        var outside = new FlatNode(bytes, start, end, start);
        return outside.Follow(start) is int at and not 0 ? outside with { At = at } : null;
    }

    /// <summary>Where the member in a slot lies, or 0.</summary>
    public int Slot(int slot, int size)
    {
        int entry = 4 + (2 * slot);
        int distance = entry + 2 <= LayoutBytes ? BinaryPrimitives.ReadUInt16LittleEndian(Bytes.AsSpan(Layout + entry)) : 0;
        return distance == 0 ? 0 : Inside((long)At + distance, size);
    }

    /// <summary>The number in a slot, 0 when absent.</summary>
    public long Number(int slot, int size) => Slot(slot, size) is int at and not 0 ? ReadNumber(Bytes, at, size) : 0;

    /// <summary>The table in a slot, or null.</summary>
    public FlatNode? Table(int slot) => Slot(slot, 4) is int at and not 0 ? TableAt(at) : null;

    /// <summary>The table to which the offset at a position leads, or null.</summary>
    public FlatNode? TableAt(int offset) => Follow(offset) is int at and not 0 ? this with { At = at } : null;

    /// <summary>First element and number of elements of the vector in a slot.</summary>
    public (int First, int Count) Vector(int slot, int elementBytes)
    {
        int at = Slot(slot, 4) is int offset and not 0 ? Follow(offset) : 0;
        int count = at == 0 ? 0 : Int32(at);
        return count > 0 && Inside(at + 4L, (long)count * elementBytes) is int first and not 0 ? (first, count) : (0, 0);
    }

    /// <summary>The tables of the vector in a slot.</summary>
    public FlatNode[] Tables(int slot)
    {
        FlatNode self = this;
        (int first, int count) = Vector(slot, 4);
        return [.. Enumerable.Range(0, count).Select(i => self.TableAt(first + (4 * i))).OfType<FlatNode>()];
    }

    /// <summary>Where the offset at a position leads, or 0.</summary>
    public int Follow(int offset) => Inside(offset, 4) == 0 ? 0 : Inside(offset + (long)(uint)Int32(offset), 4);

    /// <summary>A number with sign.</summary>
    public static long ReadNumber(byte[] bytes, int at, int size) => size switch
    {
        1 => bytes[at],
        2 => BinaryPrimitives.ReadInt16LittleEndian(bytes.AsSpan(at)),
        4 => BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at)),
        _ => BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at)),
    };

    private int Int32(int at) => BinaryPrimitives.ReadInt32LittleEndian(Bytes.AsSpan(at));

    private int Inside(long position, long size) => position >= Start && size >= 0 && position <= End - size ? (int)position : 0;
}
