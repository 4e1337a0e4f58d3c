using Pipeline.Stages.Spectra;
using Pipeline.Stages.Spectra.Readers;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Spectra.Readers;

/// <summary>Spectra written by npm apache-arrow, which shares no code with us.</summary>
public class ForeignArrowTests
{
    [ForeignTheory]
    [InlineData("spectra.arrow")]
    [InlineData("spectra.stream")]
    public async Task Read_ForeignSpectra_AreIngestedWithAxisReferencesAndLabels(string name)
    {
        string folder = Directory.CreateTempSubdirectory("pipeline-foreign-").FullName;
        await ForeignPartner.Arrow.RunAsync("spectra", folder);

        SpectralReading reading = ArrowSpectraReader.Read(new MemoryStream(await File.ReadAllBytesAsync(Path.Combine(folder, name))));

        SpectralChunk chunk = reading.Chunk;
        Assert.Equal(12, chunk.SampleCount);
        Assert.Equal("F00", chunk.Ids[0]);
        Assert.Equal([1100, 1150, 1200, 1250], chunk.Axis.Positions.ToArray());
        Assert.Equal(AxisUnit.Nanometre, chunk.Axis.Unit);
        Assert.Equal(1.25, chunk.X[5, 1]);
        Assert.Equal(1 - (0.03125 * 7), chunk.X[7, 2]);
        ResponseColumn protein = Assert.Single(chunk.Responses);
        Assert.Equal(double.NaN, protein.Values[3]);
        Assert.Equal(11, protein.Values[4]);
        Assert.Equal(["a", "b", "a"], Assert.Single(chunk.Labels).Values[..3].AsEnumerable());
        Directory.Delete(folder, recursive: true);
    }
}
