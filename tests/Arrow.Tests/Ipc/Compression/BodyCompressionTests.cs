using System.Buffers.Binary;
using Apache.Arrow;
using Apache.Arrow.Compression;
using Apache.Arrow.Flatbuf;
using Apache.Arrow.Ipc;
using Pipeline.Arrow.Tests.Compression;
using Pipeline.Arrow.Tests.Memory;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Arrow.Tests.Ipc.Compression;

/// <summary>Buffers of bodies are compressed and come back, and none takes more memory than its body may.</summary>
public class BodyCompressionTests
{
    private const long Prefix = sizeof(long);

    [CodecTheory]
    [InlineData(CompressionCodecType.Lz4Frame)]
    [InlineData(CompressionCodecType.Zstd)]
    public void Compress_AnyBuffer_ComesBack(CompressionCodecType type)
    {
        using BodyCompressor compressor = Compressor(type);
        using var decompressor = new BodyDecompressor(new CompressionCodecFactory());
        foreach (string name in (string[])["doubles", "one byte", "noise", "none", "10 MB of doubles", "zeros", "doubles"])
        {
            byte[] content = Contents.Named(name);
            ReadOnlyMemory<byte> buffer = compressor.Compress(content);
            Start(decompressor, type, buffer.Length);
            Assert.True(content.AsSpan().SequenceEqual(Decompress(decompressor, buffer).Span), name);
            if (name is "one byte" or "noise")
            {
                Assert.Equal(-1, BinaryPrimitives.ReadInt64LittleEndian(buffer.Span));
                Assert.Equal(Prefix + content.Length, buffer.Length);
            }
            else if (name == "none")
            {
                Assert.Equal(0, buffer.Length);
            }
            else
            {
                Assert.Equal(content.Length, BinaryPrimitives.ReadInt64LittleEndian(buffer.Span));
                Assert.InRange(buffer.Length, 1, content.Length - 1);
            }
        }
    }

    [CodecFact]
    public void Compress_CodecThatOnlyWritesToStreams_ComesBack()
    {
        var options = new IpcOptions { CompressionCodec = CompressionCodecType.Zstd, CompressionCodecFactory = new PlainFactory() };
        using BodyCompressor compressor = BodyCompressor.For(options)!;
        using var decompressor = new BodyDecompressor(new PlainFactory());
        foreach (string name in (string[])["doubles", "noise"])
        {
            byte[] content = Contents.Named(name);
            ReadOnlyMemory<byte> buffer = compressor.Compress(content);
            Start(decompressor, CompressionCodecType.Zstd, buffer.Length);
            Assert.Equal(content, Decompress(decompressor, buffer).Span.ToArray());
            Assert.Equal(name == "noise" ? -1 : content.Length, BinaryPrimitives.ReadInt64LittleEndian(buffer.Span));
        }
    }

    [Fact]
    public void For_OptionsWithoutCodecOrFactory_GivesNothingOrRefuses()
    {
        Assert.Null(BodyCompressor.For(null));
        Assert.Null(BodyCompressor.For(new IpcOptions { CompressionCodecFactory = new CompressionCodecFactory() }));
        Assert.Throws<ArgumentException>(() => BodyCompressor.For(new IpcOptions { CompressionCodec = CompressionCodecType.Zstd }));
    }

    [CodecFact]
    public void Decompress_NothingAnnounced_IsEmpty()
    {
        using var decompressor = new BodyDecompressor(new CompressionCodecFactory());
        Start(decompressor, CompressionCodecType.Lz4Frame, 8);
        Assert.Equal(0, Decompress(decompressor, new byte[8]).Length);
        Assert.Equal(0, Decompress(decompressor, Announce(-1, [])).Length);
    }

    [CodecTheory]
    [InlineData(CompressionCodecType.Lz4Frame)]
    [InlineData(CompressionCodecType.Zstd)]
    public void Decompress_WrongAnnouncements_AreRefusedAtNoCost(CompressionCodecType type)
    {
        byte[] content = Contents.Named("doubles");
        byte[] frame = Frame(type, content);
        using var decompressor = new BodyDecompressor(new CompressionCodecFactory());
        Start(decompressor, type, 1 << 20);
        Refuse(decompressor, new byte[7]);
        Refuse(decompressor, Announce(content.Length, []));
        Refuse(decompressor, Announce(content.Length, frame.AsSpan(0, 30)));
        Refuse(decompressor, Announce(content.Length - 1, frame));
        Refuse(decompressor, Announce(content.Length + 1, frame));
        foreach (long announced in (long[])[-2, long.MinValue, 20_000_000, int.MaxValue, 1L << 31, 1L << 40, long.MaxValue])
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Refuse(decompressor, Announce(announced, frame.AsSpan(0, 64)));
            Refuse(decompressor, Announce(announced, Contents.Noise(64)));
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 10);
        }
    }

    [CodecFact]
    public void Decompress_ZstdFrameThatSaysOtherwise_IsRefusedAtNoCost()
    {
        // A megabyte could hold the announced gigabyte, but its frame says that it does not.
        byte[] buffer = Announce(1 << 30, Frame(CompressionCodecType.Zstd, Contents.Noise(1 << 20)));
        using var decompressor = new BodyDecompressor(new CompressionCodecFactory());
        Start(decompressor, CompressionCodecType.Zstd, buffer.Length);
        long before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<InvalidDataException>(() => Decompress(decompressor, buffer));
        Assert.Contains("1073741824 bytes announced, 1048576 in the words", error.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 10);
    }

    [CodecTheory]
    [InlineData(CompressionCodecType.Lz4Frame)]
    [InlineData(CompressionCodecType.Zstd)]
    public void Decompress_BuffersOverEachOther_EndAtTheLimitOfTheBody(CompressionCodecType type)
    {
        byte[] content = new byte[3_000_000];
        byte[] buffer = Announce(content.Length, Frame(type, content));
        using var decompressor = new BodyDecompressor(new CompressionCodecFactory(), null, bodyBytesMax: 10_000_000);
        for (int body = 0; body < 2; body++)
        {
            Start(decompressor, type, 1 << 20);
            for (int time = 0; time < 3; time++)
            {
                Assert.Equal(content.Length, Decompress(decompressor, buffer).Length);
            }

            var error = Assert.Throws<InvalidDataException>(() => Decompress(decompressor, buffer));
            Assert.Contains("3000000 bytes announced, 1000000 left", error.Message, StringComparison.Ordinal);
        }

        // A small body cannot hold as much as the limit allows.
        Start(decompressor, type, 1);
        Assert.Throws<InvalidDataException>(() => Decompress(decompressor, buffer));
    }

    [CodecFact]
    public void Decompress_CallersAllocator_GivesTheMemoryAndTakesItBack()
    {
        byte[] content = Contents.Named("doubles");
        byte[] frame = Frame(CompressionCodecType.Lz4Frame, content);
        var allocator = new GuardedAllocator();
        using var decompressor = new BodyDecompressor(new CompressionCodecFactory(), allocator);
        Start(decompressor, CompressionCodecType.Lz4Frame, 1 << 20);
        using (ArrowBuffer buffer = Decompress(decompressor, Announce(content.Length, frame)))
        {
            Assert.Equal(content, buffer.Span.ToArray());
            Assert.Equal(1, allocator.LiveCount);
        }

        Assert.Equal(0, allocator.LiveCount);
        Assert.Throws<InvalidDataException>(() => Decompress(decompressor, Announce(content.Length - 1, frame)));
        Assert.Equal(0, allocator.LiveCount);
    }

    [Theory]
    [InlineData(0, 0, "compressed with LZ4_FRAME, where the reader was given no compression codec factory")]
    [InlineData(1, 0, "compressed with ZSTD, where the reader was given no compression codec factory")]
    [InlineData(2, 0, "compressed with codec number 2")]
    [InlineData(0, 1, "compressed by method number 1")]
    public void Start_CodecUnknownOrAbsent_IsNotSupported(byte codec, byte method, string words)
    {
        using var decompressor = new BodyDecompressor(factory: null);
        var error = Assert.Throws<NotSupportedException>(() => decompressor.Start(Table(codec, method).Root, 100));
        Assert.StartsWith("not supported: an Arrow batch " + words, error.Message, StringComparison.Ordinal);
    }

    [CodecTheory]
    [InlineData(CompressionCodecType.Lz4Frame)]
    [InlineData(CompressionCodecType.Zstd)]
    public void Encode_Table_IsUnderstood(CompressionCodecType type)
    {
        using BodyCompressor compressor = Compressor(type);
        var builder = new FlatBuilder();
        FlatTable table = FlatTable.Root(builder.Finish(compressor.Encode(builder)));
        Assert.Equal((byte)type, table.GetByte(Slots.BodyCompression.Codec));
        Assert.Equal(0, table.GetByte(Slots.BodyCompression.Method));
    }

    private static ArrowBuffer Decompress(BodyDecompressor decompressor, ReadOnlyMemory<byte> buffer) =>
        decompressor.Decompress(new ArrowBuffer(buffer));

    private static BodyCompressor Compressor(CompressionCodecType type) => BodyCompressor.For(
        new IpcOptions { CompressionCodec = type, CompressionCodecFactory = new CompressionCodecFactory() })!;

    private static void Start(BodyDecompressor decompressor, CompressionCodecType type, long bodyBytes) =>
        decompressor.Start(Table((byte)type, 0).Root, bodyBytes);

    private static TableBytes Table(byte codec, byte method)
    {
        var builder = new FlatBuilder();
        builder.StartTable();
        builder.AddByte(Slots.BodyCompression.Codec, codec);
        builder.AddByte(Slots.BodyCompression.Method, method);
        return new TableBytes(builder.Finish(builder.EndTable()).ToArray());
    }

    private static byte[] Frame(CompressionCodecType type, byte[] content)
    {
        using var stream = new MemoryStream();
        using ICompressionCodec codec = new CompressionCodecFactory().CreateCodec(type);
        codec.Compress(content, stream);
        return stream.ToArray();
    }

    private static byte[] Announce(long bytes, ReadOnlySpan<byte> frame)
    {
        byte[] buffer = [.. new byte[Prefix], .. frame];
        BinaryPrimitives.WriteInt64LittleEndian(buffer, bytes);
        return buffer;
    }

    private static void Refuse(BodyDecompressor decompressor, byte[] buffer) =>
        Assert.Throws<InvalidDataException>(() => Decompress(decompressor, buffer));

    /// <summary>The bytes of a table, which itself cannot leave the stack.</summary>
    private sealed record TableBytes(byte[] Bytes)
    {
        public FlatTable Root => FlatTable.Root(Bytes);
    }

    /// <summary>Codecs of somebody else, who knows streams only.</summary>
    private sealed class PlainFactory : ICompressionCodecFactory
    {
        public ICompressionCodec CreateCodec(CompressionCodecType compressionCodecType) =>
            new PlainCodec(new CompressionCodecFactory().CreateCodec(compressionCodecType));
    }

    /// <summary>A codec that knows streams only.</summary>
    private sealed class PlainCodec(ICompressionCodec inner) : ICompressionCodec
    {
        public int Decompress(ReadOnlyMemory<byte> source, Memory<byte> destination) => inner.Decompress(source, destination);

        public void Compress(ReadOnlyMemory<byte> source, Stream destination) => inner.Compress(source, destination);

        public void Dispose() => inner.Dispose();
    }
}
