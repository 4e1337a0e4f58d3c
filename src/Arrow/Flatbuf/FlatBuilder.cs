using System.Buffers.Binary;
using System.Text;

namespace Apache.Arrow.Flatbuf;

/// <summary>Writes a flatbuffer from its end to its start.</summary>
/// <remarks>
/// Children come first: a table is started when everything to which it refers is finished. A reference is the
/// number of bytes from the end of the buffer, which stays true while the buffer grows at its start.
/// Alignment counts from the end, and the finished buffer is a multiple of 8 bytes.
/// </remarks>
internal sealed class FlatBuilder
{
    private const int Alignment = 8;

    private readonly List<int> _slots = [];
    private byte[] _bytes = new byte[512];
    private int _used;
    private int _tableEnd;

    /// <summary>Adds a text.</summary>
    internal int CreateString(string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        Align(sizeof(int), utf8.Length + 1);
        Push(1);
        utf8.CopyTo(Push(utf8.Length));
        PushInt32(utf8.Length);
        return _used;
    }

    /// <summary>Adds a vector of references to tables.</summary>
    internal int CreateVector(ReadOnlySpan<int> references)
    {
        Align(sizeof(int), references.Length * sizeof(int));
        for (int i = references.Length - 1; i >= 0; i--)
        {
            PushReference(references[i]);
        }

        PushInt32(references.Length);
        return _used;
    }

    /// <summary>Adds a vector of structs whose members are all 64 bits wide, given one behind the other.</summary>
    internal int CreateStructs(ReadOnlySpan<long> members, int membersPerStruct)
    {
        Align(sizeof(long), members.Length * sizeof(long));
        for (int i = members.Length - 1; i >= 0; i--)
        {
            BinaryPrimitives.WriteInt64LittleEndian(Push(sizeof(long)), members[i]);
        }

        PushInt32(members.Length / membersPerStruct);
        return _used;
    }

    /// <summary>Starts a table; tables do not nest.</summary>
    internal void StartTable()
    {
        _slots.Clear();
        _tableEnd = _used;
    }

    /// <summary>Fills a slot of the table.</summary>
    internal void AddByte(int slot, byte value)
    {
        Push(1)[0] = value;
        Fill(slot);
    }

    /// <summary>Fills a slot of the table.</summary>
    internal void AddBool(int slot, bool value) => AddByte(slot, value ? (byte)1 : (byte)0);

    /// <summary>Fills a slot of the table.</summary>
    internal void AddInt16(int slot, short value)
    {
        Align(sizeof(short), 0);
        BinaryPrimitives.WriteInt16LittleEndian(Push(sizeof(short)), value);
        Fill(slot);
    }

    /// <summary>Fills a slot of the table.</summary>
    internal void AddInt32(int slot, int value)
    {
        Align(sizeof(int), 0);
        PushInt32(value);
        Fill(slot);
    }

    /// <summary>Fills a slot of the table.</summary>
    internal void AddInt64(int slot, long value)
    {
        Align(sizeof(long), 0);
        BinaryPrimitives.WriteInt64LittleEndian(Push(sizeof(long)), value);
        Fill(slot);
    }

    /// <summary>Fills a slot of the table with a reference.</summary>
    internal void AddReference(int slot, int reference)
    {
        Align(sizeof(int), 0);
        PushReference(reference);
        Fill(slot);
    }

    /// <summary>Fills a slot of the table with a reference, unless that is 0, which none is.</summary>
    internal void AddPresent(int slot, int reference)
    {
        if (reference != 0)
        {
            AddReference(slot, reference);
        }
    }

    /// <summary>Finishes the table.</summary>
    internal int EndTable()
    {
        Align(sizeof(int), 0);
        PushInt32(0);
        int table = _used;
        for (int slot = _slots.Count - 1; slot >= 0; slot--)
        {
            PushUInt16(_slots[slot] == 0 ? 0 : table - _slots[slot]);
        }

        PushUInt16(table - _tableEnd);
        PushUInt16((_slots.Count + 2) * sizeof(ushort));
        BinaryPrimitives.WriteInt32LittleEndian(_bytes.AsSpan(_bytes.Length - table), _used - table);
        return table;
    }

    /// <summary>The finished buffer with its root table.</summary>
    internal ReadOnlySpan<byte> Finish(int root)
    {
        Align(Alignment, sizeof(int));
        PushReference(root);
        return _bytes.AsSpan(_bytes.Length - _used);
    }

    private void Fill(int slot)
    {
        while (_slots.Count <= slot)
        {
            _slots.Add(0);
        }

        _slots[slot] = _used;
    }

    private void PushInt32(int value) => BinaryPrimitives.WriteInt32LittleEndian(Push(sizeof(int)), value);

    private void PushUInt16(int value) =>
        BinaryPrimitives.WriteUInt16LittleEndian(Push(sizeof(ushort)), checked((ushort)value));

    private void PushReference(int reference)
    {
        int distance = _used + sizeof(int) - reference;
        PushInt32(distance);
    }

    /// <summary>Pads so that after <paramref name="upcoming"/> more bytes the position is aligned.</summary>
    private void Align(int alignment, int upcoming) => Push(-(_used + upcoming) & (alignment - 1));

    private Span<byte> Push(int count)
    {
        if (_used + count > _bytes.Length)
        {
            byte[] larger = new byte[Math.Max(2 * _bytes.Length, checked(_used + count))];
            _bytes.AsSpan(_bytes.Length - _used).CopyTo(larger.AsSpan(larger.Length - _used));
            _bytes = larger;
        }

        _used += count;
        Span<byte> pushed = _bytes.AsSpan(_bytes.Length - _used, count);
        pushed.Clear();
        return pushed;
    }
}
