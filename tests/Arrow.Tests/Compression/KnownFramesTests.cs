using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Apache.Arrow;
using Apache.Arrow.Compression;
using Apache.Arrow.Flatbuf;
using Apache.Arrow.Ipc;
using Apache.Arrow.Ipc.Messages;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Arrow.Tests.Compression;

/// <summary>Frames that others made are read.</summary>
public class KnownFramesTests
{
    public static TheoryData<CompressionCodecType, byte[], string> Frames => new()
    {
        // Put together from the description of the format: a plain block, then a match of 29 bytes among literals.
        {
            CompressionCodecType.Lz4Frame,
            [0x04, 0x22, 0x4D, 0x18, 0x60, 0x40, 0x82, 3, 0, 0, 0x80, 97, 98, 99, 0, 0, 0, 0],
            "abc"
        },
        {
            CompressionCodecType.Lz4Frame,
            [
                0x04, 0x22, 0x4D, 0x18, 0x60, 0x40, 0x82, 11, 0, 0, 0,
                0x1F, 97, 1, 0, 10, 0x50, 97, 97, 97, 97, 97, 0, 0, 0, 0,
            ],
            new string('a', 35)
        },

        // The same for Zstandard: a block that repeats a byte, one as it is.
        { CompressionCodecType.Zstd, [0x28, 0xB5, 0x2F, 0xFD, 0x20, 200, 0x43, 0x06, 0, 122], new string('z', 200) },
        { CompressionCodecType.Zstd, [0x28, 0xB5, 0x2F, 0xFD, 0x20, 3, 0x19, 0, 0, 97, 98, 99], "abc" },

        // Written by the command lines lz4 1.9.4 (blocks that refer back, a checksum; then checksums of blocks and the
        // content's size too) and zstd 1.5.4 (a checksum, not the content's size).
        {
            CompressionCodecType.Lz4Frame,
            Convert.FromBase64String("BCJNGGRApxQAAACfc3BlY3RydW0gCQD/SFB0cnVtIAAAAAAXuFuI"),
            Words(40)
        },
        {
            CompressionCodecType.Lz4Frame,
            Convert.FromBase64String("BCJNGHxAaAEAAAAAAAC3FAAAAJ9zcGVjdHJ1bSAJAP9IUHRydW0gB+5s1wAAAAAXuFuI"),
            Words(40)
        },
        { CompressionCodecType.Zstd, Convert.FromBase64String("KLUv/QRohQAASHNwZWN0cnVtIAEAXFTLEZ5ery8="), Words(40) },
    };

    [CodecTheory]
    [MemberData(nameof(Frames))]
    public void Decompress_FrameOfOthers_GivesTheirContent(CompressionCodecType type, byte[] frame, string content)
    {
        using NativeCodec codec = NativeCodecTests.Create(type);
        byte[] result = new byte[content.Length];
        Assert.Equal(content.Length, codec.Decompress(frame, result));
        Assert.Equal(content, Encoding.ASCII.GetString(result));
    }

    [SharedCodecTheory]
    [InlineData("generated_lz4", "generated_zstd")]
    [InlineData("generated_uncompressible_lz4", "generated_uncompressible_zstd")]
    public void Decompress_IntegrationStreams_GiveTheirGold(string lz4, string zstd)
    {
        // The two streams have one gold: the same buffers compressed in two ways. The column of whole numbers comes first.
        List<byte[]> buffers = BuffersOf(lz4);
        Assert.NotEmpty(buffers);
        Assert.Equal(buffers, BuffersOf(zstd));
        int perBatch = 5;
        int batch = 0;
        foreach (JsonElement gold in GoldOf(lz4).GetProperty("batches").EnumerateArray())
        {
            JsonElement ints = gold.GetProperty("columns")[0];
            byte[] bytes = buffers[(perBatch * batch) + 1];
            int count = gold.GetProperty("count").GetInt32();
            long[] values = bytes.Length == count * sizeof(long)
                ? MemoryMarshal.Cast<byte, long>(bytes).ToArray()
                : [.. MemoryMarshal.Cast<byte, int>(bytes).ToArray().Select(value => (long)value)];
            Assert.Equal(
                [.. ints.GetProperty("DATA").EnumerateArray().Select(value => long.Parse(value.ToString(), null))],
                values[..count]);
            batch++;
        }

        Assert.Equal(buffers.Count, perBatch * batch);
    }

    private static string Words(int count) => string.Concat(Enumerable.Repeat("spectrum ", count));

    private static string PathOf(string name) =>
        System.IO.Path.Combine(Goldens.SharedRoot, "data", "arrow", "integration", "2.0.0-compression", name);

    private static JsonElement GoldOf(string name)
    {
        using var json = new GZipStream(File.OpenRead(PathOf(name + ".json.gz")), CompressionMode.Decompress);
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }

    private static List<byte[]> BuffersOf(string name)
    {
        var buffers = new List<byte[]>();
        using var messages = new MessagesInPlace(new MemorySource(File.ReadAllBytes(PathOf(name + ".stream"))), 0);
        using var decompressor = new BodyDecompressor(new CompressionCodecFactory());
        while (messages.Next() is IpcMessage message)
        {
            if (message.Kind == MessageKind.RecordBatch)
            {
                FlatTable batch = message.Header;
                Assert.True(batch.TryGetTable(Slots.RecordBatch.Compression, out FlatTable compression));
                decompressor.Start(compression, message.Body.Memory.Length);
                FlatVector places = batch.GetVector(Slots.RecordBatch.Buffers, 2 * sizeof(long));
                for (int i = 0; i < places.Count; i++)
                {
                    ArrowBuffer buffer = message.Body.Buffer((int)places.Int64(i, 0), (int)places.Int64(i, sizeof(long)));
                    buffers.Add(decompressor.Decompress(buffer).Span.ToArray());
                }
            }
        }

        return buffers;
    }
}
