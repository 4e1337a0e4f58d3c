using System.Reflection;
using System.Runtime.InteropServices;

namespace Apache.Arrow.Compression;

/// <summary>One of the system's compression libraries, found by name.</summary>
/// <remarks>Any thread may ask. Found once, a library stays loaded; not found, it is looked for again the next time.</remarks>
internal sealed class CodecLibrary(string codec, IReadOnlyList<string> names, string install)
{
    /// <summary>The name under which the functions of LZ4 are declared.</summary>
    internal const string Lz4Name = "lz4";

    /// <summary>The name under which the functions of Zstandard are declared.</summary>
    internal const string ZstdName = "zstd";

    private readonly Lazy<nint> _handle = new(() => Load(codec, names, install), LazyThreadSafetyMode.PublicationOnly);

    static CodecLibrary()
    {
        NativeLibrary.SetDllImportResolver(typeof(CodecLibrary).Assembly, Resolve);
    }

    /// <summary>The system's LZ4.</summary>
    internal static CodecLibrary Lz4 { get; } = new(
        "LZ4_FRAME",
        ForSystem(
            windows: ["liblz4.dll", "lz4.dll"],
            macos: ["liblz4.1.dylib", "liblz4.dylib", "/opt/homebrew/lib/liblz4.1.dylib"],
            others: ["liblz4.so.1", "liblz4.so"]),
        "Debian: apt install liblz4-1; Fedora: dnf install lz4-libs; macOS: brew install lz4; Windows: liblz4.dll beside the program");

    /// <summary>The system's Zstandard.</summary>
    internal static CodecLibrary Zstd { get; } = new(
        "ZSTD",
        ForSystem(
            windows: ["libzstd.dll", "zstd.dll"],
            macos: ["libzstd.1.dylib", "libzstd.dylib", "/opt/homebrew/lib/libzstd.1.dylib"],
            others: ["libzstd.so.1", "libzstd.so"]),
        "Debian: apt install libzstd1; Fedora: dnf install libzstd; macOS: brew install zstd; Windows: libzstd.dll beside the program");

    /// <summary>What the library compresses, in the format's words.</summary>
    internal string Codec => codec;

    /// <summary>Loads the library.</summary>
    /// <exception cref="NotSupportedException">The machine does not have it.</exception>
    internal nint Require() => _handle.Value;

    private static nint Load(string codec, IReadOnlyList<string> names, string install)
    {
        foreach (string name in names)
        {
            if (NativeLibrary.TryLoad(name, out nint handle))
            {
                return handle;
            }
        }

        throw new NotSupportedException(
            $"not supported: {codec} compression on this machine, whose library for it was not found; "
            + $"looked for {string.Join(", ", names)}. Install it ({install}), or write the data without compression.");
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) => name switch
    {
        Lz4Name => Lz4.Require(),
        ZstdName => Zstd.Require(),
        _ => 0,
    };

    private static string[] ForSystem(string[] windows, string[] macos, string[] others) =>
        OperatingSystem.IsWindows() ? windows : OperatingSystem.IsMacOS() ? macos : others;
}
