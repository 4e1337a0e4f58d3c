using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Engine.Cache;
using Pipeline.Engine.Cache.Disk;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Calibration;

public class PretreatedSpectraCodecTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(3, 5)]
    [InlineData(300, 700)]
    public void Read_WhatWasWritten_GivesTheSameBits(int rows, int columns)
    {
        PretreatedSpectra value = Spectra(rows, columns);
        using MemoryStream stream = Written(value);
        PretreatedSpectra read = PretreatedSpectraCodec.Instance.Read(stream)!;
        Assert.Equal((rows, columns, value.Axis.Unit), (read.X.Rows, read.X.Columns, read.Axis.Unit));
        Assert.Equal(Bits(value.X.Values), Bits(read.X.Values));
        Assert.Equal(Bits(value.Axis.Positions.AsSpan()), Bits(read.Axis.Positions.AsSpan()));
        Assert.Equal(stream.Length, stream.Position);
    }

    // A count that is wrong must not take memory: the bytes are not checked before they are read.
    [Fact]
    public void Read_AnyByteOfTheCountsAltered_GivesNothing()
    {
        byte[] whole = Written(Spectra(3, 5)).ToArray();
        for (int position = 0; position < 16; position++)
        {
            foreach (byte flip in new byte[] { 0x40, 0x80, 0xff })
            {
                byte[] altered = [.. whole];
                altered[position] ^= flip;
                Assert.Null(PretreatedSpectraCodec.Instance.Read(new MemoryStream(altered)));
            }
        }

        Assert.Null(PretreatedSpectraCodec.Instance.Read(new MemoryStream(whole[..^8])));
        Assert.Null(PretreatedSpectraCodec.Instance.Read(new MemoryStream([.. whole, 0])));
    }

    // Aim: a second run that reads its intermediates from disk gives the bits of the first. Method: a clock by which
    // everything is dear, so that everything is written.
    [Fact]
    public async Task CalibrationFlow_IntermediatesFromDisk_GivesTheSameBits()
    {
        string folder = Directory.CreateTempSubdirectory("pipeline-codec-").FullName;
        try
        {
            SpectralChunk chunk = TestChunks.Make(n: 40, p: 30, seed: 7);
            string[] boards = new string[2];
            for (int run = 0; run < 2; run++)
            {
                var clock = new DearTimeProvider();
                await using var disk = new DiskTier(folder, Limits.Default with { DiskFreeBytesMin = 1 }, clock);
                await using var cache = new ArtifactCache(Limits.Default, clock, disk);
                boards[run] = FlowHarness.Bits((await FlowHarness.RunAsync(chunk, cache: cache)).Board);
                KindStatistics treated = cache.Statistics.Kinds.Single(kind => kind.Kind == "pretreated");
                Assert.Equal(run == 0 ? (0, 4) : (4, 0), (treated.HitsDisk, treated.Misses));
            }

            Assert.Equal(boards[0], boards[1]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static PretreatedSpectra Spectra(int rows, int columns)
    {
        double[] special = [double.NaN, -0.0, double.NegativeInfinity, double.Epsilon, 1.0 / 3];
        double[] values = [.. Enumerable.Range(0, rows * columns).Select(i => i % 7 < special.Length ? special[i % 7] : Math.Sin(i))];
        ImmutableArray<double> positions = [.. Enumerable.Range(0, columns).Select(j => 4000 - (j / 3.0))];
        return new PretreatedSpectra(new Matrix(rows, columns, values), new SpectralAxis(positions, AxisUnit.Wavenumber));
    }

    private static MemoryStream Written(PretreatedSpectra value)
    {
        var stream = new MemoryStream();
        PretreatedSpectraCodec.Instance.Write(value, stream);
        stream.Position = 0;
        return stream;
    }

    private static ulong[] Bits(ReadOnlySpan<double> values)
    {
        ulong[] bits = new ulong[values.Length];
        for (int i = 0; i < bits.Length; i++)
        {
            bits[i] = BitConverter.DoubleToUInt64Bits(values[i]);
        }

        return bits;
    }

    /// <summary>A clock on which a second passes between any two looks.</summary>
    private sealed class DearTimeProvider : TimeProvider
    {
        private long _looks;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Interlocked.Increment(ref _looks);
    }
}
