using System.Buffers;
using Apache.Arrow.Compression;
using Apache.Arrow.Ipc;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Arrow.Tests.Compression;

/// <summary>A codec keeps to the memory it is given, and to its one thread.</summary>
public class NativeCodecTests
{
    [CodecTheory]
    [InlineData(CompressionCodecType.Lz4Frame)]
    [InlineData(CompressionCodecType.Zstd)]
    public void TryCompress_RoomForTheFrameAndLess_FitsAndDoesNot(CompressionCodecType type)
    {
        byte[] content = Contents.Named("doubles");
        using NativeCodec codec = Create(type);
        byte[] memory = new byte[2 * content.Length];
        Assert.True(codec.TryCompress(content, memory, out int length));
        byte[] frame = memory[..length];

        // Codecs may want some room that they do not use, but not as much as the content has.
        memory.AsSpan().Fill(0xAB);
        Assert.True(codec.TryCompress(content, memory.AsMemory(0, content.Length - 1), out int again));
        Assert.Equal(frame, memory[..again]);
        for (int room = 0; room < length; room += room < 64 ? 1 : 997)
        {
            memory.AsSpan().Fill(0xAB);
            Assert.False(codec.TryCompress(content, memory.AsMemory(0, room), out int none));
            Assert.Equal(0, none);
            Assert.Equal(-1, memory.AsSpan(room).IndexOfAnyExcept((byte)0xAB));
        }
    }

    [CodecTheory]
    [InlineData(CompressionCodecType.Lz4Frame)]
    [InlineData(CompressionCodecType.Zstd)]
    public void Decompress_CalledInsideAnother_IsRefused(CompressionCodecType type)
    {
        using NativeCodec codec = Create(type);
        using var intruder = new Intruder(() => codec.Decompress(new byte[8], new byte[8]));
        Assert.Throws<InvalidOperationException>(() => codec.TryCompress(intruder.Memory, new byte[64], out _));
        Assert.True(codec.TryCompress(new byte[8], new byte[64], out _));
    }

    [CodecTheory]
    [InlineData(CompressionCodecType.Lz4Frame)]
    [InlineData(CompressionCodecType.Zstd)]
    public void Use_AfterDispose_IsRefused(CompressionCodecType type)
    {
        NativeCodec codec = Create(type);
        Assert.True(codec.TryCompress(new byte[8], new byte[64], out _));
        codec.Dispose();
        codec.Dispose();
        Assert.Throws<ObjectDisposedException>(() => codec.TryCompress(new byte[8], new byte[64], out _));
        Assert.Throws<ObjectDisposedException>(() => codec.Decompress(new byte[8], new byte[64]));
    }

    [CodecFact]
    public void Level_OutOfRange_MessageNamesTheRange()
    {
        var lz4 = Assert.Throws<ArgumentOutOfRangeException>(() => new Lz4FrameCodec(CodecLibrary.Lz4, 13));
        Assert.Contains("between -65536 and 12", lz4.Message, StringComparison.Ordinal);
        var zstd = Assert.Throws<ArgumentOutOfRangeException>(() => new ZstdCodec(CodecLibrary.Zstd, 23));
        Assert.Contains("and 22", zstd.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Library_NotOnTheMachine_MessageTellsWhatToDo()
    {
        var library = new CodecLibrary("LZ4_FRAME", ["libabsent.so.7", "absent.dll"], "Debian: apt install libabsent7");
        foreach (Action use in (Action[])[() => library.Require(), () => _ = new Lz4FrameCodec(library, null), () => library.Require()])
        {
            var error = Assert.Throws<NotSupportedException>(use);
            Assert.Equal(
                "not supported: LZ4_FRAME compression on this machine, whose library for it was not found; looked for "
                + "libabsent.so.7, absent.dll. Install it (Debian: apt install libabsent7), or write the data without compression.",
                error.Message);
        }
    }

    internal static NativeCodec Create(CompressionCodecType type) =>
        (NativeCodec)new CompressionCodecFactory().CreateCodec(type);

    /// <summary>Memory that does something when it is looked at.</summary>
    private sealed class Intruder(Action act) : MemoryManager<byte>
    {
        public override Memory<byte> Memory => CreateMemory(8);

        public override Span<byte> GetSpan()
        {
            act();
            return new byte[8];
        }

        public override MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException();

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
