using System.Buffers.Binary;

namespace Apache.Arrow.Flatbuf;

/// <summary>Reads inside a flatbuffer that cannot leave it.</summary>
internal static class FlatBounds
{
    /// <summary>The position, if so many bytes from there lie inside the buffer.</summary>
    internal static int Checked(long position, long size, int length) =>
        position >= 0 && size >= 0 && position <= length - size
            ? (int)position
            : throw Damaged($"{size} bytes at {position} leave its {length} bytes");

    /// <summary>The number at a position.</summary>
    internal static int Int32(ReadOnlySpan<byte> buffer, int position) =>
        BinaryPrimitives.ReadInt32LittleEndian(buffer[Checked(position, sizeof(int), buffer.Length)..]);

    /// <summary>The number at a position.</summary>
    internal static ushort UInt16(ReadOnlySpan<byte> buffer, int position) =>
        BinaryPrimitives.ReadUInt16LittleEndian(buffer[Checked(position, sizeof(ushort), buffer.Length)..]);

    /// <summary>Where the offset at a position leads.</summary>
    internal static int Follow(ReadOnlySpan<byte> buffer, int position)
    {
        uint distance = (uint)Int32(buffer, position);
        return distance == 0
            ? throw Damaged("an offset leads to itself")
            : Checked((long)position + distance, sizeof(int), buffer.Length);
    }

    /// <summary>What is thrown at damaged bytes.</summary>
    internal static InvalidDataException Damaged(string what) => new($"The Arrow metadata are damaged: {what}.");
}
