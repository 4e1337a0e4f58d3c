using System.Buffers.Binary;
using System.Text;
using Pipeline.Engine.Identity;

namespace Pipeline.Engine.Cache.Disk;

/// <summary>The first bytes of an artifact's file.</summary>
/// <remarks>
/// Layout, little-endian, <see cref="SizeBytes"/> bytes:
/// <code>
///   0  magic             8 bytes "PIPEART\n"
///   8  format version    int32
///  12  length of kind    int32, at most 64
///  16  key               32 bytes, as its hexadecimal text reads
///  48  payload bytes     int64
///  56  compute seconds   double, as measured
///  64  made at           int64, milliseconds since 1970, UTC
///  72  payload checksum  uint64
///  80  kind              64 bytes of UTF-8, the rest zero
/// 144  header checksum   uint64 over everything above
/// </code>
/// </remarks>
/// <param name="Key">The key of the value.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="PayloadBytes">Bytes after the header.</param>
/// <param name="ComputeSeconds">What the value took to compute.</param>
/// <param name="MadeAtMs">When it was computed, in milliseconds since 1970.</param>
/// <param name="PayloadChecksum">The checksum of the payload.</param>
internal sealed record ArtifactHeader(
    Fingerprint Key, string Kind, long PayloadBytes, double ComputeSeconds, long MadeAtMs, ulong PayloadChecksum)
{
    public const int SizeBytes = 152;
    public const int KindBytesMax = 64;

    private const int FormatVersion = 1;
    private const int KindOffset = 80;
    private const int ChecksumOffset = 144;

    private static ReadOnlySpan<byte> Magic => "PIPEART\n"u8;

    /// <summary>Writes the header.</summary>
    public byte[] ToBytes()
    {
        byte[] bytes = new byte[SizeBytes];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), FormatVersion);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), Encoding.UTF8.GetBytes(Kind, bytes.AsSpan(KindOffset, KindBytesMax)));
        Key.WriteTo(bytes.AsSpan(16));
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(48), PayloadBytes);
        BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(56), ComputeSeconds);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(64), MadeAtMs);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(72), PayloadChecksum);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(ChecksumOffset), FileChecksum.Of(bytes.AsSpan(0, ChecksumOffset)));
        return bytes;
    }

    /// <summary>Reads a header; null where the bytes are none.</summary>
    public static ArtifactHeader? TryRead(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < SizeBytes
            || !bytes.StartsWith(Magic)
            || BinaryPrimitives.ReadUInt64LittleEndian(bytes[ChecksumOffset..]) != FileChecksum.Of(bytes[..ChecksumOffset])
            || BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]) != FormatVersion
            || BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]) is < 0 or > KindBytesMax)
        {
            return null;
        }

        int kindBytes = BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]);
        return new ArtifactHeader(
            Fingerprint.FromHash(bytes.Slice(16, Fingerprint.SizeBytes)),
            Encoding.UTF8.GetString(bytes.Slice(KindOffset, kindBytes)),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[48..]),
            BinaryPrimitives.ReadDoubleLittleEndian(bytes[56..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[64..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[72..]));
    }
}
