using System.Buffers;
using System.Runtime.InteropServices;
using Apache.Arrow.Ipc;

namespace Apache.Arrow.Compression;

/// <summary>A codec whose work a system's library does.</summary>
/// <remarks>
/// For one thread at a time: two would share the library's working memory, so the second is refused. The working
/// memory is taken at the first use, kept from buffer to buffer, and released by <see cref="Dispose"/>.
/// </remarks>
internal abstract class NativeCodec : ITryCompressionCodec
{
    private readonly CodecLibrary _library;
    private NativeContext? _compression;
    private NativeContext? _decompression;
    private int _isBusy;
    private bool _isDisposed;

    /// <summary>Loads the library.</summary>
    private protected NativeCodec(CodecLibrary library)
    {
        _library = library;
        _ = library.Require();
    }

    /// <inheritdoc/>
    public void Compress(ReadOnlyMemory<byte> source, Stream destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        long room = FrameBytesMax(source.Length);
        if (room > System.Array.MaxLength)
        {
            throw new NotSupportedException($"not supported: compressing {source.Length} bytes at once.");
        }

        byte[] frame = ArrayPool<byte>.Shared.Rent((int)room);
        try
        {
            if (!TryCompress(source, frame, out int bytesWritten))
            {
                throw new InvalidOperationException($"{_library.Codec} needs more than {room} bytes for {source.Length}.");
            }

            destination.Write(frame, 0, bytesWritten);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(frame);
        }
    }

    /// <inheritdoc/>
    public bool TryCompress(ReadOnlyMemory<byte> source, Memory<byte> destination, out int bytesWritten)
    {
        Enter();
        try
        {
            _compression ??= CreateCompression();
            return TryCompress(_compression, source.Span, destination.Span, out bytesWritten);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Decompresses one or several frames, all of the source, and says how many bytes that gave.</summary>
    /// <exception cref="InvalidDataException">The source is damaged, ends early, or holds more than fits.</exception>
    public int Decompress(ReadOnlyMemory<byte> source, Memory<byte> destination)
    {
        Enter();
        try
        {
            _decompression ??= CreateDecompression();
            return Decompress(_decompression, source.Span, destination.Span);
        }
        finally
        {
            Leave();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isDisposed = true;
        _compression?.Dispose();
        _decompression?.Dispose();
    }

    /// <summary>Bytes that a frame has at most.</summary>
    private protected abstract long FrameBytesMax(int sourceBytes);

    /// <summary>Makes working memory for compressing.</summary>
    private protected abstract NativeContext CreateCompression();

    /// <summary>Makes working memory for decompressing.</summary>
    private protected abstract NativeContext CreateDecompression();

    /// <summary>Writes one frame; false when it has too little room.</summary>
    private protected abstract bool TryCompress(
        NativeContext context, ReadOnlySpan<byte> source, Span<byte> destination, out int bytesWritten);

    /// <summary>Reads all frames.</summary>
    private protected abstract int Decompress(NativeContext context, ReadOnlySpan<byte> source, Span<byte> destination);

    /// <summary>The level, or the codec's own when none was asked for.</summary>
    private protected static int RequireLevel(int? compressionLevel, int absent, int lowest, int highest) =>
        (compressionLevel ?? absent) is int level && level >= lowest && level <= highest
            ? level
            : throw new ArgumentOutOfRangeException(
                nameof(compressionLevel), compressionLevel, $"The level of compression must be between {lowest} and {highest}.");

    /// <summary>A text of the library.</summary>
    private protected static string Text(nint text) => Marshal.PtrToStringUTF8(text) ?? "unknown error";

    /// <summary>What is wrong with data.</summary>
    private protected InvalidDataException Damaged(int sourceBytes, string what) =>
        new($"{sourceBytes} bytes compressed with {_library.Codec}: {what}.");

    private void Enter()
    {
        if (Interlocked.Exchange(ref _isBusy, 1) != 0)
        {
            throw new InvalidOperationException("A compression codec is for one thread at a time; make one for each.");
        }

        if (_isDisposed)
        {
            Leave();
            throw new ObjectDisposedException(GetType().Name);
        }
    }

    private void Leave() => Volatile.Write(ref _isBusy, 0);
}
