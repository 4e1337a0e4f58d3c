using System.Runtime.InteropServices;

namespace Apache.Arrow.Compression;

/// <summary>Functions of the Zstandard library, of the part of zstd.h that is stable since 1.4.</summary>
/// <remarks>Sizes that functions return are errors where <see cref="IsError"/> says so.</remarks>
internal static partial class ZstdFunctions
{
    /// <summary>ZSTD_error_dstSize_tooSmall.</summary>
    internal const int TargetTooSmall = 70;

    /// <summary>ZSTD_CONTENTSIZE_UNKNOWN and, one below, ZSTD_CONTENTSIZE_ERROR.</summary>
    internal const ulong ContentUnknown = ulong.MaxValue;

    /// <summary>The name of an error; the text is the library's.</summary>
    [LibraryImport(CodecLibrary.ZstdName, EntryPoint = "ZSTD_getErrorName")]
    internal static partial nint ErrorName(nuint result);

    /// <summary>The number of an error.</summary>
    [LibraryImport(CodecLibrary.ZstdName, EntryPoint = "ZSTD_getErrorCode")]
    internal static partial int ErrorCode(nuint result);

    /// <summary>Whether a result is an error, then not 0.</summary>
    [LibraryImport(CodecLibrary.ZstdName, EntryPoint = "ZSTD_isError")]
    internal static partial uint IsError(nuint result);

    /// <summary>The lowest level.</summary>
    [LibraryImport(CodecLibrary.ZstdName, EntryPoint = "ZSTD_minCLevel")]
    internal static partial int LevelMin();

    /// <summary>The highest level.</summary>
    [LibraryImport(CodecLibrary.ZstdName, EntryPoint = "ZSTD_maxCLevel")]
    internal static partial int LevelMax();

    /// <summary>Bytes that a frame has at most.</summary>
    [LibraryImport(CodecLibrary.ZstdName, EntryPoint = "ZSTD_compressBound")]
    internal static partial nuint FrameBound(nuint sourceBytes);

    /// <summary>Makes working memory.</summary>
    [LibraryImport(CodecLibrary.ZstdName, EntryPoint = "ZSTD_createCCtx")]
    internal static partial nint CreateCompression();

    /// <summary>Releases working memory.</summary>
    [LibraryImport(CodecLibrary.ZstdName, EntryPoint = "ZSTD_freeCCtx")]
    internal static partial nuint FreeCompression(nint context);

    /// <summary>Writes a frame.</summary>
    [LibraryImport(CodecLibrary.ZstdName, EntryPoint = "ZSTD_compressCCtx")]
    internal static partial nuint Compress(
        NativeContext context, ref byte target, nuint targetBytes, in byte source, nuint sourceBytes, int level);

    /// <summary>Makes working memory.</summary>
    [LibraryImport(CodecLibrary.ZstdName, EntryPoint = "ZSTD_createDCtx")]
    internal static partial nint CreateDecompression();

    /// <summary>Releases working memory.</summary>
    [LibraryImport(CodecLibrary.ZstdName, EntryPoint = "ZSTD_freeDCtx")]
    internal static partial nuint FreeDecompression(nint context);

    /// <summary>Reads all frames.</summary>
    [LibraryImport(CodecLibrary.ZstdName, EntryPoint = "ZSTD_decompressDCtx")]
    internal static partial nuint Decompress(
        NativeContext context, ref byte target, nuint targetBytes, in byte source, nuint sourceBytes);

    /// <summary>What the first frame says that it holds, or <see cref="ContentUnknown"/>, or one less when it is damaged.</summary>
    [LibraryImport(CodecLibrary.ZstdName, EntryPoint = "ZSTD_getFrameContentSize")]
    internal static partial ulong ContentBytes(in byte source, nuint sourceBytes);

    /// <summary>Bytes of the first frame.</summary>
    [LibraryImport(CodecLibrary.ZstdName, EntryPoint = "ZSTD_findFrameCompressedSize")]
    internal static partial nuint FrameBytes(in byte source, nuint sourceBytes);
}
