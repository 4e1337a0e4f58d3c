using System.Runtime.InteropServices;

namespace Apache.Arrow.Compression;

/// <summary>Functions of the LZ4 library for frames, as lz4frame.h has them since 1.8.</summary>
/// <remarks>Sizes that functions return are errors where <see cref="IsError"/> says so.</remarks>
internal static partial class Lz4Functions
{
    /// <summary>LZ4F_VERSION.</summary>
    internal const uint Version = 100;

    /// <summary>The name of an error; the text is the library's.</summary>
    [LibraryImport(CodecLibrary.Lz4Name, EntryPoint = "LZ4F_getErrorName")]
    internal static partial nint ErrorName(nuint result);

    /// <summary>Whether a result is an error, then not 0.</summary>
    [LibraryImport(CodecLibrary.Lz4Name, EntryPoint = "LZ4F_isError")]
    internal static partial uint IsError(nuint result);

    /// <summary>The highest level.</summary>
    [LibraryImport(CodecLibrary.Lz4Name, EntryPoint = "LZ4F_compressionLevel_max")]
    internal static partial int LevelMax();

    /// <summary>Bytes that a frame has at most.</summary>
    [LibraryImport(CodecLibrary.Lz4Name, EntryPoint = "LZ4F_compressFrameBound")]
    internal static partial nuint FrameBound(nuint sourceBytes, in Preferences preferences);

    /// <summary>Makes working memory.</summary>
    [LibraryImport(CodecLibrary.Lz4Name, EntryPoint = "LZ4F_createCompressionContext")]
    internal static partial nuint CreateCompression(out nint context, uint version);

    /// <summary>Releases working memory.</summary>
    [LibraryImport(CodecLibrary.Lz4Name, EntryPoint = "LZ4F_freeCompressionContext")]
    internal static partial nuint FreeCompression(nint context);

    /// <summary>Writes the head of a frame.</summary>
    [LibraryImport(CodecLibrary.Lz4Name, EntryPoint = "LZ4F_compressBegin")]
    internal static partial nuint Begin(NativeContext context, ref byte target, nuint targetBytes, in Preferences preferences);

    /// <summary>Writes blocks.</summary>
    [LibraryImport(CodecLibrary.Lz4Name, EntryPoint = "LZ4F_compressUpdate")]
    internal static partial nuint Update(
        NativeContext context, ref byte target, nuint targetBytes, in byte source, nuint sourceBytes, nint options);

    /// <summary>Writes the end of a frame.</summary>
    [LibraryImport(CodecLibrary.Lz4Name, EntryPoint = "LZ4F_compressEnd")]
    internal static partial nuint End(NativeContext context, ref byte target, nuint targetBytes, nint options);

    /// <summary>Makes working memory.</summary>
    [LibraryImport(CodecLibrary.Lz4Name, EntryPoint = "LZ4F_createDecompressionContext")]
    internal static partial nuint CreateDecompression(out nint context, uint version);

    /// <summary>Releases working memory.</summary>
    [LibraryImport(CodecLibrary.Lz4Name, EntryPoint = "LZ4F_freeDecompressionContext")]
    internal static partial nuint FreeDecompression(nint context);

    /// <summary>Forgets a frame that was begun.</summary>
    [LibraryImport(CodecLibrary.Lz4Name, EntryPoint = "LZ4F_resetDecompressionContext")]
    internal static partial void Reset(NativeContext context);

    /// <summary>
    /// Goes on with a frame: the sizes say on entry what there is, on return what was used. Gives 0 at the end of a
    /// frame, before it how many bytes would be welcome.
    /// </summary>
    [LibraryImport(CodecLibrary.Lz4Name, EntryPoint = "LZ4F_decompress")]
    internal static partial nuint Decompress(
        NativeContext context, ref byte target, ref nuint targetBytes, in byte source, ref nuint sourceBytes, nint options);

    /// <summary>LZ4F_preferences_t, which begins with LZ4F_frameInfo_t.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Preferences
    {
        /// <summary>Blocks' bytes: 0 is 64 KiB.</summary>
        public int BlockSize;

        /// <summary>0 lets blocks refer to earlier ones, 1 does not.</summary>
        public int BlockIndependence;

        /// <summary>1 writes a checksum of the content.</summary>
        public int ContentChecksum;

        /// <summary>0 is a frame, 1 one to be skipped.</summary>
        public int FrameType;

        /// <summary>Bytes of the content, 0 does not say.</summary>
        public ulong ContentBytes;

        /// <summary>Number of the dictionary, 0 is none.</summary>
        public uint DictionaryNumber;

        /// <summary>1 writes a checksum of each block.</summary>
        public int BlockChecksum;

        /// <summary>How hard to search.</summary>
        public int Level;

        /// <summary>1 writes what there is at each call.</summary>
        public uint AutoFlush;

        /// <summary>1 favours the reader at the highest levels.</summary>
        public uint FavorReading;

        /// <summary>Unused.</summary>
        public uint Reserved0;

        /// <summary>Unused.</summary>
        public uint Reserved1;

        /// <summary>Unused.</summary>
        public uint Reserved2;
    }
}
