using Apache.Arrow.Compression;
using Apache.Arrow.Ipc;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Arrow.Tests.Compression;

/// <summary>What goes into a codec comes out of it.</summary>
public class CompressionCodecFactoryTests
{
    public static TheoryData<CompressionCodecType, string, int?> RoundTrips()
    {
        var data = new TheoryData<CompressionCodecType, string, int?>();
        foreach (CompressionCodecType type in Enum.GetValues<CompressionCodecType>())
        {
            foreach (string content in (string[])["none", "one byte", "noise", "doubles", "10 MB of doubles", "zeros"])
            {
                data.Add(type, content, null);
            }

            foreach (int level in (int[])[0, 3, 9, 12])
            {
                data.Add(type, "doubles", level);
            }
        }

        data.Add(CompressionCodecType.Zstd, "doubles", -5);
        data.Add(CompressionCodecType.Zstd, "doubles", 22);
        return data;
    }

    [CodecTheory]
    [MemberData(nameof(RoundTrips))]
    public void CreateCodec_RoundTrip_GivesTheContent(CompressionCodecType type, string name, int? level)
    {
        byte[] content = Contents.Named(name);
        using ICompressionCodec codec = new CompressionCodecFactory().CreateCodec(type, level);
        for (int time = 0; time < 2; time++)
        {
            byte[] frame = Compress(codec, content);
            byte[] result = new byte[content.Length];
            Assert.Equal(content.Length, codec.Decompress(frame, result));
            Assert.True(content.AsSpan().SequenceEqual(result));
            Assert.True(name != "doubles" || frame.Length < content.Length, $"{frame.Length} of {content.Length} bytes");
        }
    }

    [CodecTheory]
    [InlineData(CompressionCodecType.Lz4Frame, 0, 9)]
    [InlineData(CompressionCodecType.Zstd, -5, 1)]
    [InlineData(CompressionCodecType.Zstd, 1, 19)]
    public void CreateCodec_HigherLevel_GivesSmallerFrames(CompressionCodecType type, int low, int high)
    {
        byte[] content = Contents.Named("doubles");
        using ICompressionCodec fast = new CompressionCodecFactory().CreateCodec(type, low);
        using ICompressionCodec thorough = new CompressionCodecFactory().CreateCodec(type, high);
        Assert.InRange(Compress(thorough, content).Length, 1, Compress(fast, content).Length - 1);
    }

    [CodecTheory]
    [InlineData(CompressionCodecType.Lz4Frame, 13)]
    [InlineData(CompressionCodecType.Lz4Frame, int.MinValue)]
    [InlineData(CompressionCodecType.Zstd, 23)]
    [InlineData(CompressionCodecType.Zstd, int.MinValue)]
    public void CreateCodec_LevelOutOfRange_IsRefused(CompressionCodecType type, int level) =>
        Assert.ThrowsAny<ArgumentException>(() => new CompressionCodecFactory().CreateCodec(type, level));

    [CodecFact]
    public void CreateCodec_UnknownCodec_IsRefused() =>
        Assert.Throws<NotImplementedException>(() => new CompressionCodecFactory().CreateCodec((CompressionCodecType)2));

    [CodecTheory]
    [InlineData(CompressionCodecType.Lz4Frame)]
    [InlineData(CompressionCodecType.Zstd)]
    public async Task CreateCodec_ManyThreadsEachItsOwn_GiveTheSameFrames(CompressionCodecType type)
    {
        byte[] content = Contents.Named("doubles");
        var factory = new CompressionCodecFactory();
        byte[][] frames = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() =>
        {
            using ICompressionCodec codec = factory.CreateCodec(type);
            byte[] frame = [];
            for (int time = 0; time < 20; time++)
            {
                frame = Compress(codec, content);
                byte[] result = new byte[content.Length];
                Assert.Equal(content.Length, codec.Decompress(frame, result));
                Assert.Equal(content, result);
            }

            return frame;
        })));
        Assert.All(frames, frame => Assert.Equal(frames[0], frame));
    }

    private static byte[] Compress(ICompressionCodec codec, byte[] content)
    {
        using var stream = new MemoryStream();
        codec.Compress(content, stream);
        return stream.ToArray();
    }
}
