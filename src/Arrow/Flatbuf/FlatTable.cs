using System.Buffers.Binary;

namespace Apache.Arrow.Flatbuf;

/// <summary>A table inside a flatbuffer, read in place.</summary>
/// <remarks>
/// Every offset is checked against the buffer before it is followed, so that damaged bytes give an
/// <see cref="InvalidDataException"/>. Offsets to tables, vectors and strings point forward only, hence no cycles.
/// Layout: at the table's position the distance back to its vtable (int32); in the vtable its own size and the
/// table's size (uint16 each), then per slot the distance of the value from the table's position, or 0 if absent.
/// </remarks>
internal readonly ref struct FlatTable
{
    private readonly ReadOnlySpan<byte> _buffer;
    private readonly ReadOnlySpan<byte> _slots;
    private readonly int _position;

    private FlatTable(ReadOnlySpan<byte> buffer, int position)
    {
        int vtable = FlatBounds.Checked(position - (long)FlatBounds.Int32(buffer, position), sizeof(int), buffer.Length);
        int size = FlatBounds.UInt16(buffer, vtable);
        if (size < 2 * sizeof(ushort))
        {
            throw FlatBounds.Damaged("a table's layout is too short");
        }

        FlatBounds.Checked(vtable, size, buffer.Length);
        _buffer = buffer;
        _position = position;
        _slots = buffer[(vtable + (2 * sizeof(ushort)))..(vtable + size)];
    }

    /// <summary>The table at the root of a buffer.</summary>
    internal static FlatTable Root(ReadOnlySpan<byte> buffer) => At(buffer, 0);

    /// <summary>The table to which the offset at a position leads.</summary>
    internal static FlatTable At(ReadOnlySpan<byte> buffer, int position) =>
        new(buffer, FlatBounds.Follow(buffer, position));

    /// <summary>The value of a slot.</summary>
    internal byte GetByte(int slot) => TryFind(slot, sizeof(byte), out int at) ? _buffer[at] : (byte)0;

    /// <summary>The value of a slot.</summary>
    internal bool GetBool(int slot) => GetByte(slot) != 0;

    /// <summary>The value of a slot.</summary>
    internal short GetInt16(int slot, short absent = 0) =>
        TryFind(slot, sizeof(short), out int at) ? BinaryPrimitives.ReadInt16LittleEndian(_buffer[at..]) : absent;

    /// <summary>The value of a slot.</summary>
    internal int GetInt32(int slot, int absent = 0) =>
        TryFind(slot, sizeof(int), out int at) ? FlatBounds.Int32(_buffer, at) : absent;

    /// <summary>The value of a slot.</summary>
    internal long GetInt64(int slot) =>
        TryFind(slot, sizeof(long), out int at) ? BinaryPrimitives.ReadInt64LittleEndian(_buffer[at..]) : 0;

    /// <summary>The table in a slot.</summary>
    internal bool TryGetTable(int slot, out FlatTable table)
    {
        table = default;
        if (!TryFind(slot, sizeof(int), out int at))
        {
            return false;
        }

        table = At(_buffer, at);
        return true;
    }

    /// <summary>The vector in a slot, of elements of so many bytes; empty when absent.</summary>
    internal FlatVector GetVector(int slot, int elementSize) =>
        TryFind(slot, sizeof(int), out int at) ? FlatVector.At(_buffer, at, elementSize) : default;

    /// <summary>The bytes of the text in a slot; none when absent.</summary>
    internal ReadOnlySpan<byte> GetUtf8(int slot, out bool isPresent)
    {
        isPresent = TryFind(slot, sizeof(int), out int at);
        return isPresent ? FlatVector.At(_buffer, at, 1).Bytes : default;
    }

    private bool TryFind(int slot, int size, out int at)
    {
        int entry = slot * sizeof(ushort);
        int distance = entry + sizeof(ushort) <= _slots.Length ? BinaryPrimitives.ReadUInt16LittleEndian(_slots[entry..]) : 0;
        at = distance == 0 ? 0 : FlatBounds.Checked((long)_position + distance, size, _buffer.Length);
        return distance != 0;
    }
}
