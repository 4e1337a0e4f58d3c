using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace Pipeline.Engine.Identity;

/// <summary>A 256-bit identity: the key of a piece of work, or the digest of some bytes.</summary>
/// <remarks>
/// Ordered as its hexadecimal text is; the order serves as tie-break wherever results are equal.
/// </remarks>
public readonly record struct Fingerprint(UInt128 High, UInt128 Low) : IComparable<Fingerprint>
{
    /// <summary>The digest of bytes: their SHA-256.</summary>
    public static Fingerprint OfBytes(ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, hash);
        return FromHash(hash);
    }

    /// <summary>The identity given by 32 bytes of a SHA-256.</summary>
    public static Fingerprint FromHash(ReadOnlySpan<byte> hash) =>
        new(BinaryPrimitives.ReadUInt128BigEndian(hash), BinaryPrimitives.ReadUInt128BigEndian(hash[16..]));

    /// <summary>Reads 64 hexadecimal digits.</summary>
    public static bool TryParse(string? text, out Fingerprint fingerprint)
    {
        fingerprint = default;
        if (text is not { Length: 64 })
        {
            return false;
        }

        const NumberStyles Hex = NumberStyles.AllowHexSpecifier;
        if (!UInt128.TryParse(text.AsSpan(0, 32), Hex, CultureInfo.InvariantCulture, out UInt128 high)
            || !UInt128.TryParse(text.AsSpan(32), Hex, CultureInfo.InvariantCulture, out UInt128 low))
        {
            return false;
        }

        fingerprint = new Fingerprint(high, low);
        return true;
    }

    /// <summary>The 32 bytes that <see cref="FromHash"/> reads.</summary>
    public byte[] ToBytes()
    {
        byte[] bytes = new byte[32];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, High);
        BinaryPrimitives.WriteUInt128BigEndian(bytes.AsSpan(16), Low);
        return bytes;
    }

    /// <summary>The first 12 digits, for people; never used to compare.</summary>
    public string ToShortString() => ToString()[..12];

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public override string ToString() => $"{High:x32}{Low:x32}";

    /// <inheritdoc/>
    public int CompareTo(Fingerprint other)
    {
        int high = High.CompareTo(other.High);
        return high != 0 ? high : Low.CompareTo(other.Low);
    }

    /// <summary>Order of the hexadecimal texts.</summary>
    public static bool operator <(Fingerprint left, Fingerprint right) => left.CompareTo(right) < 0;

    /// <summary>Order of the hexadecimal texts.</summary>
    public static bool operator >(Fingerprint left, Fingerprint right) => left.CompareTo(right) > 0;

    /// <summary>Order of the hexadecimal texts.</summary>
    public static bool operator <=(Fingerprint left, Fingerprint right) => left.CompareTo(right) <= 0;

    /// <summary>Order of the hexadecimal texts.</summary>
    public static bool operator >=(Fingerprint left, Fingerprint right) => left.CompareTo(right) >= 0;
}
