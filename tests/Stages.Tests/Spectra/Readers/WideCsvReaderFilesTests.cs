using Pipeline.Stages.Spectra;
using Pipeline.Stages.Spectra.Readers;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Spectra.Readers;

/// <summary>Real files outside the repository; skipped where they are absent.</summary>
public sealed class WideCsvReaderFilesTests(Xunit.Abstractions.ITestOutputHelper output)
{
    [SharedTheory]
    [InlineData("corn_m5", 80, 700, "1100-2498 nm, 700 variables, step 2 nm", "moisture,oil,protein,starch", "0,0,0,0")]
    [InlineData("corn_mp5", 80, 700, "1100-2498 nm, 700 variables, step 2 nm", "moisture,oil,protein,starch", "0,0,0,0")]
    [InlineData("corn_mp6", 80, 700, "1100-2498 nm, 700 variables, step 2 nm", "moisture,oil,protein,starch", "0,0,0,0")]
    [InlineData("gasoline", 60, 401, "900-1700 nm, 401 variables, step 2 nm", "octane", "0")]
    [InlineData("tecator", 240, 100, "850-1050 nm, 100 variables, step 2.02 nm", "moisture,fat,protein", "0,0,0")]
    [InlineData("diesel_swri", 784, 400, "750-1548 nm, 400 variables, step 2 nm", "cetane_number,density_d4052,flash_point", "403,389,389")]
    [InlineData("tablets_idrc2002_inst1", 655, 650, "600-1898 nm, 650 variables, step 2 nm", "weight,hardness,assay", "0,0,0")]
    [InlineData("tablets_idrc2002_inst2", 655, 650, "600-1898 nm, 650 variables, step 2 nm", "weight,hardness,assay", "0,0,0")]
    [InlineData("wheat_kernels", 523, 100, "850-1048 nm, 100 variables, step 2 nm", "protein", "0")]
    [InlineData("nirsoil", 825, 700, "1100-2498 nm, 700 variables, step 2 nm", "Nt,Ciso,CEC", "180,93,378")]
    [InlineData("biscuit_dough", 72, 700, "1100-2498 nm, 700 variables, step 2 nm", "fat,sucrose,flour,water", "0,0,0,0")]
    [InlineData("petroleum_density", 208, 1557, "1-1557 ch, 1557 variables, step 1 ch", "density", "0")]
    public void Read_RealFile_IsAsItsReadmeStates(
        string name, int n, int p, string axis, string responses, string missing)
    {
        using Stream file = Open($"data/spectra/{name}.csv");
        SpectralReading reading = WideCsvReader.Read(file);
        output.WriteLine(reading.Report.ToText());
        Assert.Equal((n, p), (reading.Chunk.X.Rows, reading.Chunk.X.Columns));
        Assert.Equal(axis, reading.Report.Axis);
        Assert.Equal(responses, string.Join(',', reading.Report.Responses.Select(r => r.Name)));
        Assert.Equal(missing, string.Join(',', reading.Report.Responses.Select(r => r.Missing)));
        Assert.Empty(reading.Chunk.Labels);
    }

    [SharedFact]
    public void Read_SameDataInThreeDialects_Agree()
    {
        using Stream comma = Open("data/formats/csv_tsv/synthetic_nirs.csv");
        using Stream tab = Open("data/formats/csv_tsv/synthetic_nirs.tsv");
        using Stream semicolon = Open("data/formats/csv_tsv/synthetic_nirs_semicolon.csv");
        // The semicolon file has decimal points; its twin with decimal commas is made here.
        using var reader = new StreamReader(semicolon);
        string text = reader.ReadToEnd();
        var readings = new[]
        {
            WideCsvReader.Read(comma),
            WideCsvReader.Read(tab),
            WideCsvReader.Read(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text))),
            WideCsvReader.Read(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text.Replace('.', ',')))),
        };
        Assert.Equal([',', '\t', ';', ';'], readings.Select(r => r.Report.Dialect!.Delimiter));
        Assert.Equal(['.', '.', '.', ','], readings.Select(r => r.Report.Dialect!.DecimalMark));
        Assert.Equal((50, 200), (readings[0].Chunk.X.Rows, readings[0].Chunk.X.Columns));
        foreach (SpectralReading other in readings[1..])
        {
            Assert.Equal(readings[0].Chunk.Ids.ToArray(), other.Chunk.Ids.ToArray());
            Assert.Equal(readings[0].Chunk.Axis.Positions.ToArray(), other.Chunk.Axis.Positions.ToArray());
            Assert.Equal(readings[0].Chunk.Responses[0].Values.ToArray(), other.Chunk.Responses[0].Values.ToArray());
            Assert.True(readings[0].Chunk.X.Values.SequenceEqual(other.Chunk.X.Values));
        }
    }

    [SharedFact]
    public void Read_HandheldBarley_SeparatesLabelsResponsesAndAxis()
    {
        using Stream file = Open("data/formats/csv_tsv/auroranir_handheld_barley_sensAIfood.csv");
        SpectralReading reading = WideCsvReader.Read(file);
        output.WriteLine(reading.Report.ToText());
        Assert.Equal(["Moisture", "Protein"], reading.Report.Responses.Select(r => r.Name));
        Assert.Equal(["Spectrometer", "Cereal", "Variety", "Country", "Year"], reading.Report.Labels.ToArray());
        Assert.Equal((86, 351), (reading.Chunk.X.Rows, reading.Chunk.X.Columns));
    }

    [SharedTheory]
    [InlineData("tecator", "tecator", 240)]
    [InlineData("nirsoil", "nirsoil", 825)]
    [InlineData("wheat_kernels", "wheat_kernels", 523)]
    [InlineData("biscuit_dough", "biscuit_dough", 72)]
    [InlineData("tablets_idrc2002_inst1", "tablets_idrc2002", 655)]
    public void Join_RealSplit_LabelsEverySample(string name, string meta, int n)
    {
        using Stream file = Open($"data/spectra/{name}.csv");
        using Stream table = Open($"data/spectra/{meta}.meta.csv");
        LabelJoin join = LabelTable.Read(table).Join(WideCsvReader.Read(file).Chunk, "set");
        output.WriteLine(join.ToText());
        Assert.Empty(join.WithoutLabel);
        Assert.Empty(join.WithoutSpectrum);
        Assert.Equal(n, Assert.Single(join.Chunk.Labels).Values.Count(v => v.Length > 0));
        Assert.Contains("train", join.Chunk.Labels[0].Values);
    }

    private static FileStream Open(string path) => File.OpenRead(Path.Combine(Goldens.SharedRoot, path));
}
