using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Apache.Arrow.Compression;

/// <summary>The codec of Zstandard frames.</summary>
/// <remarks>
/// Frames are written with their content's size and without checksums. All content is decompressed in one step into the
/// caller's memory, so a frame cannot ask for a window of its own: reading takes 0.1 MB of working memory. Writing takes
/// up to 1.3 MB at level 3, 85 MB at level 19 and 680 MB at level 22.
/// </remarks>
internal sealed class ZstdCodec : NativeCodec
{
    private const int LevelDefault = 3;
    private const uint FrameMark = 0xFD2FB528;
    private const uint SkippedMark = 0x184D2A50;
    private const uint SkippedMask = 0xFFFFFFF0;

    private readonly int _level;

    /// <summary>Makes a codec of a level, 3 when none is given.</summary>
    internal ZstdCodec(CodecLibrary library, int? compressionLevel)
        : base(library)
    {
        _level = RequireLevel(compressionLevel, LevelDefault, ZstdFunctions.LevelMin(), ZstdFunctions.LevelMax());
    }

    /// <summary>The bytes that frames say they hold together, null when one of them does not say.</summary>
    /// <exception cref="InvalidDataException">There is no frame, one is incomplete, or something else is between them.</exception>
    internal long? StatedBytes(ReadOnlySpan<byte> frames)
    {
        ulong sum = 0;
        bool isKnown = true;
        ReadOnlySpan<byte> rest = frames;
        do
        {
            // Frames of versions before 0.8 look otherwise; the library reads them through code that few look after.
            uint mark = BinaryPrimitives.TryReadUInt32LittleEndian(rest, out uint first) ? first : 0;
            if (mark != FrameMark && (mark & SkippedMask) != SkippedMark)
            {
                throw Damaged(frames.Length, $"no frame begins at byte {frames.Length - rest.Length}");
            }

            nuint length = ZstdFunctions.FrameBytes(in MemoryMarshal.GetReference(rest), (nuint)rest.Length);
            if (ZstdFunctions.IsError(length) != 0)
            {
                throw Damaged(frames.Length, NameOf(length));
            }

            ulong content = ZstdFunctions.ContentBytes(in MemoryMarshal.GetReference(rest), (nuint)rest.Length);
            isKnown &= content != ZstdFunctions.ContentUnknown;
            if (isKnown)
            {
                sum = content <= long.MaxValue - sum
                    ? sum + content
                    : throw Damaged(frames.Length, $"a frame announces {content} bytes");
            }

            rest = rest[(int)length..];
        }
        while (!rest.IsEmpty);
        return isKnown ? (long)sum : null;
    }

    /// <inheritdoc/>
    private protected override long FrameBytesMax(int sourceBytes) => (long)ZstdFunctions.FrameBound((nuint)sourceBytes);

    /// <inheritdoc/>
    private protected override NativeContext CreateCompression() =>
        new(ZstdFunctions.CreateCompression(), ZstdFunctions.FreeCompression);

    /// <inheritdoc/>
    private protected override NativeContext CreateDecompression() =>
        new(ZstdFunctions.CreateDecompression(), ZstdFunctions.FreeDecompression);

    /// <inheritdoc/>
    private protected override bool TryCompress(
        NativeContext context, ReadOnlySpan<byte> source, Span<byte> destination, out int bytesWritten)
    {
        nuint result = ZstdFunctions.Compress(
            context,
            ref MemoryMarshal.GetReference(destination),
            (nuint)destination.Length,
            in MemoryMarshal.GetReference(source),
            (nuint)source.Length,
            _level);
        bool isWritten = ZstdFunctions.IsError(result) == 0;
        if (!isWritten && ZstdFunctions.ErrorCode(result) != ZstdFunctions.TargetTooSmall)
        {
            throw new InvalidOperationException($"ZSTD: {NameOf(result)}");
        }

        bytesWritten = isWritten ? (int)result : 0;
        return isWritten;
    }

    /// <inheritdoc/>
    private protected override int Decompress(NativeContext context, ReadOnlySpan<byte> source, Span<byte> destination)
    {
        _ = StatedBytes(source);
        nuint result = ZstdFunctions.Decompress(
            context,
            ref MemoryMarshal.GetReference(destination),
            (nuint)destination.Length,
            in MemoryMarshal.GetReference(source),
            (nuint)source.Length);
        if (ZstdFunctions.IsError(result) == 0)
        {
            return (int)result;
        }

        throw ZstdFunctions.ErrorCode(result) == ZstdFunctions.TargetTooSmall
            ? Damaged(source.Length, $"they hold more than the {destination.Length} bytes expected ({NameOf(result)})")
            : Damaged(source.Length, NameOf(result));
    }

    private static string NameOf(nuint error) => Text(ZstdFunctions.ErrorName(error));
}
