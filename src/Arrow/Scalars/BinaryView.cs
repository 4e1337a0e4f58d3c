using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Apache.Arrow.Scalars;

/// <summary>16 bytes that stand for a byte string: its length, then itself if it is short, else where it lies.</summary>
/// <remarks>
/// A long one is its first 4 bytes, the number of a buffer and the position in it, all little-endian.
/// </remarks>
public readonly struct BinaryView : IEquatable<BinaryView>
{
    /// <summary>Bytes of a long string that its view repeats.</summary>
    public const int PrefixLength = 4;

    /// <summary>The most bytes that a view holds itself.</summary>
    public const int MaxInlineLength = 12;

    /// <summary>The number of bytes of the string.</summary>
    public readonly int Length;

    private readonly Content _content;

    /// <summary>The view of a short string, which it holds itself.</summary>
    public BinaryView(ReadOnlySpan<byte> inline)
    {
        if (inline.Length > MaxInlineLength)
        {
            throw new ArgumentException(
                $"A view holds no more than {MaxInlineLength} bytes itself, found {inline.Length}.", nameof(inline));
        }

        Length = inline.Length;
        inline.CopyTo(_content);
    }

    /// <summary>The view of a long string that lies in a buffer.</summary>
    public BinaryView(int length, ReadOnlySpan<byte> prefix, int bufferIndex, int bufferOffset)
    {
        if (length <= MaxInlineLength)
        {
            throw new ArgumentException(
                $"A string in a buffer is longer than {MaxInlineLength} bytes, found {length}.", nameof(length));
        }

        if (prefix.Length != PrefixLength)
        {
            throw new ArgumentException($"A prefix has {PrefixLength} bytes, found {prefix.Length}.", nameof(prefix));
        }

        Length = length;
        Span<byte> content = _content;
        prefix.CopyTo(content);
        BinaryPrimitives.WriteInt32LittleEndian(content[4..], bufferIndex);
        BinaryPrimitives.WriteInt32LittleEndian(content[8..], bufferOffset);
    }

    /// <summary>True when the view holds the whole string.</summary>
    public bool IsInline => Length <= MaxInlineLength;

    /// <summary>The whole of a short string, the prefix of a long one.</summary>
    [UnscopedRef]
    public ReadOnlySpan<byte> Bytes => ((ReadOnlySpan<byte>)_content)[..(IsInline ? Length : PrefixLength)];

    /// <summary>The number of the buffer of a long string; -1 of a short one.</summary>
    public int BufferIndex => IsInline ? -1 : BinaryPrimitives.ReadInt32LittleEndian(((ReadOnlySpan<byte>)_content)[4..]);

    /// <summary>The position in the buffer of a long string; -1 of a short one.</summary>
    public int BufferOffset => IsInline ? -1 : BinaryPrimitives.ReadInt32LittleEndian(((ReadOnlySpan<byte>)_content)[8..]);

    /// <summary>True when all 16 bytes are equal.</summary>
    public bool Equals(BinaryView other) =>
        Length == other.Length && ((ReadOnlySpan<byte>)_content).SequenceEqual(other._content);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is BinaryView other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Length);
        hash.AddBytes(_content);
        return hash.ToHashCode();
    }

    /// <summary>The bytes behind the length.</summary>
    [InlineArray(MaxInlineLength)]
    private struct Content
    {
        private byte _first;
    }
}
