using Apache.Arrow.Compression;
using Apache.Arrow.Ipc;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Arrow.Tests.Compression;

/// <summary>Wrong frames give an error or other bytes, never a byte outside the destination.</summary>
public class DamagedFrameTests
{
    private const byte Untouched = 0xAB;
    private const int Margin = 64;

    [CodecTheory]
    [InlineData(CompressionCodecType.Lz4Frame)]
    [InlineData(CompressionCodecType.Zstd)]
    public void Decompress_FrameCutAnywhere_IsDamaged(CompressionCodecType type)
    {
        using NativeCodec codec = NativeCodecTests.Create(type);
        (byte[] content, byte[] frame) = Sample(codec);
        for (int length = 0; length < frame.Length; length++)
        {
            Assert.Null(Decompress(codec, frame[..length], content.Length));
        }

        Assert.Equal(content, Decompress(codec, frame, content.Length));
    }

    [CodecTheory]
    [InlineData(CompressionCodecType.Lz4Frame)]
    [InlineData(CompressionCodecType.Zstd)]
    public void Decompress_AnyBitFlipped_StaysInside(CompressionCodecType type)
    {
        using NativeCodec codec = NativeCodecTests.Create(type);
        (byte[] content, byte[] frame) = Sample(codec);
        int damaged = 0;
        for (int bit = 0; bit < 8 * frame.Length; bit++)
        {
            byte[] flipped = [.. frame];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            damaged += Decompress(codec, flipped, content.Length) is null ? 1 : 0;
        }

        Assert.InRange(damaged, 1, 8 * frame.Length);
        Assert.Equal(content, Decompress(codec, frame, content.Length));
    }

    [CodecTheory]
    [InlineData(CompressionCodecType.Lz4Frame)]
    [InlineData(CompressionCodecType.Zstd)]
    public void Decompress_FramesInARow_GivesAllTheirContent(CompressionCodecType type)
    {
        using NativeCodec codec = NativeCodecTests.Create(type);
        (byte[] content, byte[] frame) = Sample(codec);
        byte[] skipped = [0x50, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3];
        byte[] none = Compress(codec, []);
        byte[]? both = Decompress(codec, [.. frame, .. none, .. skipped, .. frame], 2 * content.Length);
        Assert.NotNull(both);
        Assert.Equal([.. content, .. content], both);
    }

    [CodecTheory]
    [InlineData(CompressionCodecType.Lz4Frame)]
    [InlineData(CompressionCodecType.Zstd)]
    public void Decompress_SomethingBehindTheFrame_IsDamaged(CompressionCodecType type)
    {
        using NativeCodec codec = NativeCodecTests.Create(type);
        (byte[] content, byte[] frame) = Sample(codec);
        foreach (byte[] rest in (byte[][])[[0], [0, 0, 0, 0], new byte[20], frame[..4], Contents.Noise(100), frame[..^1]])
        {
            Assert.Null(Decompress(codec, [.. frame, .. rest], 2 * content.Length));
        }
    }

    [CodecTheory]
    [InlineData(CompressionCodecType.Lz4Frame)]
    [InlineData(CompressionCodecType.Zstd)]
    public void Decompress_DestinationSmallerAndLarger_IsDamagedAndSaysTheCount(CompressionCodecType type)
    {
        using NativeCodec codec = NativeCodecTests.Create(type);
        (byte[] content, byte[] frame) = Sample(codec);
        foreach (int room in (int[])[0, 1, 100, content.Length / 2, content.Length - 1])
        {
            Assert.Null(Decompress(codec, frame, room));
        }

        Assert.Equal(content, Decompress(codec, frame, content.Length + 1000));
        Assert.Empty(Decompress(codec, Compress(codec, []), 0) ?? [1]);
    }

    [CodecTheory]
    [InlineData(CompressionCodecType.Lz4Frame, "LZ4_FRAME: ERROR_frameType_unknown")]
    [InlineData(CompressionCodecType.Zstd, "ZSTD: no frame begins at byte 0")]
    public void Decompress_Noise_MessageSaysWhy(CompressionCodecType type, string words)
    {
        using NativeCodec codec = NativeCodecTests.Create(type);
        var error = Assert.Throws<InvalidDataException>(() => codec.Decompress(Contents.Noise(50), new byte[50]));
        Assert.Equal($"50 bytes compressed with {words}.", error.Message);
    }

    [CodecFact]
    public void Decompress_DamagedBlock_MessageHasTheLibrarysWords()
    {
        // A frame whose only block is of the reserved kind.
        using NativeCodec codec = NativeCodecTests.Create(CompressionCodecType.Zstd);
        byte[] frame = [0x28, 0xB5, 0x2F, 0xFD, 0x20, 8, 0x47, 0, 0];
        var error = Assert.Throws<InvalidDataException>(() => codec.Decompress(frame, new byte[8]));
        Assert.Equal("9 bytes compressed with ZSTD: Data corruption detected.", error.Message);
    }

    private static (byte[] Content, byte[] Frame) Sample(NativeCodec codec)
    {
        // Zeros and noise by turns, so that there are matches, literals and blocks that are not compressed.
        byte[] content = [.. new byte[200], .. Contents.Noise(70), .. Contents.RoundedDoubles(40)];
        return (content, Compress(codec, content));
    }

    private static byte[] Compress(NativeCodec codec, byte[] content)
    {
        using var stream = new MemoryStream();
        codec.Compress(content, stream);
        return stream.ToArray();
    }

    private static byte[]? Decompress(NativeCodec codec, byte[] frame, int room)
    {
        byte[] memory = new byte[room + (2 * Margin)];
        memory.AsSpan().Fill(Untouched);
        try
        {
            int length = codec.Decompress(frame, memory.AsMemory(Margin, room));
            Assert.InRange(length, 0, room);
            return memory[Margin..(Margin + length)];
        }
        catch (InvalidDataException)
        {
            return null;
        }
        finally
        {
            Assert.Equal(-1, memory.AsSpan(0, Margin).IndexOfAnyExcept(Untouched));
            Assert.Equal(-1, memory.AsSpan(Margin + room).IndexOfAnyExcept(Untouched));
        }
    }
}
