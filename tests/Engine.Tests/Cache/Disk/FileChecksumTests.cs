using Pipeline.Engine.Cache.Disk;
using Pipeline.Stages.Numerics.Random;
using Xunit;

namespace Pipeline.Engine.Tests.Cache.Disk;

public sealed class FileChecksumTests
{
    [Fact]
    public void Value_AnyBitFlipped_IsAnother()
    {
        for (int length = 1; length < 100; length++)
        {
            byte[] bytes = Bytes(length, seed: 1);
            ulong expected = FileChecksum.Of(bytes);
            for (int bit = 0; bit < length * 8; bit++)
            {
                bytes[bit / 8] ^= (byte)(1 << (bit % 8));
                Assert.True(expected != FileChecksum.Of(bytes), $"Length {length}, bit {bit}.");
                bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            }
        }
    }

    [Fact]
    public void Value_ZerosOfAnyLength_AllDiffer() =>
        Assert.Equal(200, Enumerable.Range(0, 200).Select(length => FileChecksum.Of(new byte[length])).Distinct().Count());

    [Fact]
    public void Append_InAnyPieces_GivesTheSame()
    {
        byte[] bytes = Bytes(1000, seed: 2);
        var random = new Pcg64(3);
        for (int round = 0; round < 200; round++)
        {
            var checksum = new FileChecksum();
            for (int at = 0; at < bytes.Length;)
            {
                int count = Math.Min(random.NextInt(80), bytes.Length - at);
                checksum.Append(bytes.AsSpan(at, count));
                at += count;
            }

            Assert.Equal(FileChecksum.Of(bytes), checksum.Value);
        }
    }

    // A file written by one version must be readable by the next: the value is fixed. Computed by a second
    // implementation, in Python.
    [Fact]
    public void Value_FixedBytes_NeverChanges() =>
        Assert.Equal(FileChecksumGolden, FileChecksum.Of(Enumerable.Range(0, 100).Select(i => (byte)i).ToArray()));

    private const ulong FileChecksumGolden = 0xC95459EE09F9A451;

    private static byte[] Bytes(int length, ulong seed)
    {
        var random = new Pcg64(seed);
        return [.. Enumerable.Range(0, length).Select(_ => (byte)random.NextInt(256))];
    }
}
