using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Spectra.Readers;
using Xunit;

namespace Pipeline.Stages.Tests.Spectra.Readers;

public sealed class WideCsvWriterTests
{
    [Theory]
    [InlineData(AxisUnit.Nanometre)]
    [InlineData(AxisUnit.Wavenumber)]
    [InlineData(AxisUnit.Channel)]
    public void Write_ThenRead_GivesTheSameBits(AxisUnit unit)
    {
        var random = new Pcg64(7);
        var x = new Matrix(20, 30);
        foreach (ref double value in x.Values)
        {
            value = random.NextNormal() * Math.Pow(10, random.NextInt(20) - 10);
        }

        x[0, 0] = double.Epsilon;
        x[0, 1] = -double.MaxValue;
        x[0, 2] = -0.0;
        var chunk = new SpectralChunk(
            [.. Enumerable.Range(0, 20).Select(i => $"a,\"{i}\"")],
            new SpectralAxis([.. Enumerable.Range(0, 30).Select(j => 1100 - (j / 3.0))], unit),
            x,
            [new ResponseColumn("protein; %", [.. Enumerable.Range(0, 20).Select(i => i == 3 ? double.NaN : i / 7.0)])],
            [new LabelColumn("group", [.. Enumerable.Range(0, 20).Select(i => i % 4 == 0 ? "" : $"g\n{i}")])]);
        using var stream = new MemoryStream();
        WideCsvWriter.Write(chunk, stream);
        stream.Position = 0;
        SpectralChunk back = WideCsvReader.Read(stream).Chunk;
        Assert.Equal(chunk.Ids.ToArray(), back.Ids.ToArray());
        Assert.Equal(unit, back.Axis.Unit);
        Assert.Equal(chunk.Axis.Positions.ToArray(), back.Axis.Positions.ToArray());
        Assert.Equal(chunk.Responses[0].Values.ToArray(), back.Responses[0].Values.ToArray());
        Assert.Equal(chunk.Labels[0].Values.ToArray(), back.Labels[0].Values.ToArray());
        Assert.Equal(
            chunk.X.Values.ToArray().Select(BitConverter.DoubleToInt64Bits),
            back.X.Values.ToArray().Select(BitConverter.DoubleToInt64Bits));
    }
}
