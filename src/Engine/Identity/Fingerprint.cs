using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Pipeline.Engine.Identity;

/// <summary>A 256-bit identity: the key of a piece of work, or the digest of some bytes.</summary>
/// <remarks>
/// Ordered as its hexadecimal text is; the order serves as tie-break wherever results are equal. Words of 64 bits and not of 128, because
/// code that meets those is never compiled beforehand, and this type is met everywhere.
/// </remarks>
/// <param name="First">Bytes 0 to 7, the first being the most significant; so the other words.</param>
/// <param name="Second">Bytes 8 to 15.</param>
/// <param name="Third">Bytes 16 to 23.</param>
/// <param name="Fourth">Bytes 24 to 31.</param>
public readonly record struct Fingerprint(ulong First, ulong Second, ulong Third, ulong Fourth) : IComparable<Fingerprint>
{
    /// <summary>Bytes of one.</summary>
    public const int SizeBytes = SHA256.HashSizeInBytes;

    /// <summary>The digest of bytes: their SHA-256.</summary>
    public static Fingerprint OfBytes(ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[SizeBytes];
        SHA256.HashData(bytes, hash);
        return FromHash(hash);
    }

    /// <summary>The identity given by 32 bytes of a SHA-256.</summary>
    public static Fingerprint FromHash(ReadOnlySpan<byte> hash) => new(
        BinaryPrimitives.ReadUInt64BigEndian(hash),
        BinaryPrimitives.ReadUInt64BigEndian(hash[8..]),
        BinaryPrimitives.ReadUInt64BigEndian(hash[16..]),
        BinaryPrimitives.ReadUInt64BigEndian(hash[24..]));

    /// <summary>Reads 64 hexadecimal digits.</summary>
    public static bool TryParse(string? text, out Fingerprint fingerprint)
    {
        Span<byte> bytes = stackalloc byte[SizeBytes];
        if (text is not { Length: 2 * SizeBytes } || Convert.FromHexString(text, bytes, out _, out _) != OperationStatus.Done)
        {
            fingerprint = default;
            return false;
        }

        fingerprint = FromHash(bytes);
        return true;
    }

    /// <summary>The 32 bytes that <see cref="FromHash"/> reads.</summary>
    public byte[] ToBytes()
    {
        byte[] bytes = new byte[SizeBytes];
        WriteTo(bytes);
        return bytes;
    }

    /// <summary>Writes the 32 bytes that <see cref="FromHash"/> reads.</summary>
    public void WriteTo(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt64BigEndian(target, First);
        BinaryPrimitives.WriteUInt64BigEndian(target[8..], Second);
        BinaryPrimitives.WriteUInt64BigEndian(target[16..], Third);
        BinaryPrimitives.WriteUInt64BigEndian(target[24..], Fourth);
    }

    /// <summary>The first 12 digits, for people; never used to compare.</summary>
    public string ToShortString() => ToString()[..12];

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[SizeBytes];
        WriteTo(bytes);
        return Convert.ToHexStringLower(bytes);
    }

    /// <inheritdoc/>
    /// <remarks>The bits are a digest's, so any of them will do.</remarks>
    public override int GetHashCode() => Fourth.GetHashCode();

    /// <inheritdoc/>
    public int CompareTo(Fingerprint other) =>
        First != other.First ? First.CompareTo(other.First)
        : Second != other.Second ? Second.CompareTo(other.Second)
        : Third != other.Third ? Third.CompareTo(other.Third)
        : Fourth.CompareTo(other.Fourth);

    /// <summary>Order of the hexadecimal texts.</summary>
    public static bool operator <(Fingerprint left, Fingerprint right) => left.CompareTo(right) < 0;

    /// <summary>Order of the hexadecimal texts.</summary>
    public static bool operator >(Fingerprint left, Fingerprint right) => left.CompareTo(right) > 0;

    /// <summary>Order of the hexadecimal texts.</summary>
    public static bool operator <=(Fingerprint left, Fingerprint right) => left.CompareTo(right) <= 0;

    /// <summary>Order of the hexadecimal texts.</summary>
    public static bool operator >=(Fingerprint left, Fingerprint right) => left.CompareTo(right) >= 0;
}
