using System.Buffers.Binary;

namespace Pipeline.Stages.Spectra.OnDisk;

/// <summary>A table of a flatbuffer, as Arrow describes its messages.</summary>
/// <remarks>
/// Enough of the format to find where columns lie. What points outside throws <see cref="ArgumentOutOfRangeException"/>
/// or <see cref="IndexOutOfRangeException"/>, which whoever reads takes for damage.
/// </remarks>
internal readonly ref struct FlatFields
{
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly int _start;

    private FlatFields(ReadOnlySpan<byte> bytes, int start)
    {
        _bytes = bytes;
        _start = start;
    }

    /// <summary>The root of a flatbuffer.</summary>
    public static FlatFields Root(ReadOnlySpan<byte> bytes) => new(bytes, Int32(bytes, 0));

    /// <summary>Whether a field is there.</summary>
    public bool Has(int field) => PlaceOf(field) != 0;

    /// <summary>A small number, 0 where it is not there.</summary>
    public byte Byte(int field) => PlaceOf(field) is var place && place != 0 ? _bytes[place] : (byte)0;

    /// <summary>A number, 0 where it is not there.</summary>
    public long Int64(int field) => PlaceOf(field) is var place && place != 0 ? Int64(_bytes, place) : 0;

    /// <summary>A table inside.</summary>
    public FlatFields Table(int field)
    {
        int place = PlaceOf(field);
        return new FlatFields(_bytes, checked(place + Int32(_bytes, place)));
    }

    /// <summary>A vector of pairs of numbers; empty where it is not there.</summary>
    public (long First, long Second)[] Pairs(int field)
    {
        int place = PlaceOf(field);
        if (place == 0)
        {
            return [];
        }

        int vector = checked(place + Int32(_bytes, place));
        int count = Int32(_bytes, vector);
        ReadOnlySpan<byte> all = _bytes.Slice(vector + sizeof(int), checked(2 * sizeof(long) * count));
        var pairs = new (long, long)[count];
        for (int i = 0; i < count; i++)
        {
            pairs[i] = (Int64(all, 2 * sizeof(long) * i), Int64(all, sizeof(long) * ((2 * i) + 1)));
        }

        return pairs;
    }

    private static int Int32(ReadOnlySpan<byte> bytes, int place) => BinaryPrimitives.ReadInt32LittleEndian(bytes[place..]);

    private static long Int64(ReadOnlySpan<byte> bytes, int place) => BinaryPrimitives.ReadInt64LittleEndian(bytes[place..]);

    private int PlaceOf(int field)
    {
        int slots = checked(_start - Int32(_bytes, _start));
        int size = BinaryPrimitives.ReadUInt16LittleEndian(_bytes[slots..]);
        int slot = 2 * sizeof(ushort) + (sizeof(ushort) * field);
        int offset = slot + sizeof(ushort) <= size ? BinaryPrimitives.ReadUInt16LittleEndian(_bytes[(slots + slot)..]) : 0;
        return offset == 0 ? 0 : _start + offset;
    }
}
