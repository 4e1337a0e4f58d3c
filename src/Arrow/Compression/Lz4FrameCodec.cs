using System.Buffers;
using System.Runtime.InteropServices;

namespace Apache.Arrow.Compression;

/// <summary>The codec of LZ4 frames.</summary>
/// <remarks>
/// Frames are written with independent blocks of 64 KiB, without checksums and without their content's size. Every
/// reader of the frame format takes such frames; blocks that refer back to others, which are its default, some refuse.
/// Levels from 3 on search longer, those below 0 search less. Reading takes 8.5 MB of working memory at most.
/// </remarks>
internal sealed class Lz4FrameCodec : NativeCodec
{
    // Each step below 0 skips more of the input; the library itself goes no further.
    private const int LevelMin = -65536;

    private readonly Lz4Functions.Preferences _preferences;

    /// <summary>Makes a codec of a level, 0 when none is given.</summary>
    internal Lz4FrameCodec(CodecLibrary library, int? compressionLevel)
        : base(library)
    {
        _preferences = new Lz4Functions.Preferences
        {
            BlockIndependence = 1,
            Level = RequireLevel(compressionLevel, 0, LevelMin, Lz4Functions.LevelMax()),
            AutoFlush = 1,
        };
    }

    /// <inheritdoc/>
    private protected override long FrameBytesMax(int sourceBytes) =>
        (long)Lz4Functions.FrameBound((nuint)sourceBytes, _preferences);

    /// <inheritdoc/>
    private protected override NativeContext CreateCompression()
    {
        _ = Lz4Functions.CreateCompression(out nint context, Lz4Functions.Version);
        return new NativeContext(context, Lz4Functions.FreeCompression);
    }

    /// <inheritdoc/>
    private protected override NativeContext CreateDecompression()
    {
        _ = Lz4Functions.CreateDecompression(out nint context, Lz4Functions.Version);
        return new NativeContext(context, Lz4Functions.FreeDecompression);
    }

    /// <inheritdoc/>
    private protected override bool TryCompress(
        NativeContext context, ReadOnlySpan<byte> source, Span<byte> destination, out int bytesWritten)
    {
        // The library wants room for the worst case, even where the frame would fit into less.
        long room = FrameBytesMax(source.Length);
        if (destination.Length >= room)
        {
            bytesWritten = Compress(context, source, destination);
            return true;
        }

        bytesWritten = 0;
        if (room > System.Array.MaxLength)
        {
            return false;
        }

        byte[] frame = ArrayPool<byte>.Shared.Rent((int)room);
        try
        {
            int length = Compress(context, source, frame);
            if (!frame.AsSpan(0, length).TryCopyTo(destination))
            {
                return false;
            }

            bytesWritten = length;
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(frame);
        }
    }

    /// <inheritdoc/>
    private protected override int Decompress(NativeContext context, ReadOnlySpan<byte> source, Span<byte> destination)
    {
        Lz4Functions.Reset(context);
        ReadOnlySpan<byte> rest = source;
        byte none = 0;
        int written = 0;
        nuint expected;
        do
        {
            Span<byte> free = destination[written..];
            nuint produced = (nuint)free.Length;
            nuint consumed = (nuint)rest.Length;
            expected = Lz4Functions.Decompress(
                context,
                ref free.IsEmpty ? ref none : ref MemoryMarshal.GetReference(free),
                ref produced,
                in rest.IsEmpty ? ref none : ref MemoryMarshal.GetReference(rest),
                ref consumed,
                options: 0);
            if (Lz4Functions.IsError(expected) != 0)
            {
                throw Damaged(source.Length, Text(Lz4Functions.ErrorName(expected)));
            }

            if (produced == 0 && consumed == 0)
            {
                break;
            }

            written += (int)produced;
            rest = rest[(int)consumed..];
        }
        while (!rest.IsEmpty);

        // 0 says that a frame is complete; behind it, the next one would have begun.
        return (expected, rest.IsEmpty) switch
        {
            (0, true) => written,
            (_, true) => throw Damaged(source.Length, $"they end inside a frame, after {written} bytes of content"),
            _ => throw Damaged(source.Length, $"they hold more than the {destination.Length} bytes expected"),
        };
    }

    private int Compress(NativeContext context, ReadOnlySpan<byte> source, Span<byte> destination)
    {
        int written = Advance(Lz4Functions.Begin(
            context, ref MemoryMarshal.GetReference(destination), (nuint)destination.Length, _preferences));
        if (!source.IsEmpty)
        {
            Span<byte> blocks = destination[written..];
            written += Advance(Lz4Functions.Update(
                context,
                ref MemoryMarshal.GetReference(blocks),
                (nuint)blocks.Length,
                in MemoryMarshal.GetReference(source),
                (nuint)source.Length,
                options: 0));
        }

        Span<byte> end = destination[written..];
        return written + Advance(Lz4Functions.End(
            context, ref MemoryMarshal.GetReference(end), (nuint)end.Length, options: 0));
    }

    private static int Advance(nuint result) => Lz4Functions.IsError(result) == 0
        ? (int)result
        : throw new InvalidOperationException($"LZ4_FRAME: {Text(Lz4Functions.ErrorName(result))}");
}
