using MathNet.Numerics.LinearAlgebra;
using Pipeline.Host.Demo;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Spectra.Readers;
using Xunit;

namespace Pipeline.Host.Tests.Demo;

public sealed class SimulatedInstrumentTests
{
    private static readonly SimulatedSpectra Usual = SimulatedInstrument.Measure(new SimulatedInstrumentOptions());

    [Fact]
    public void Measure_SameSeed_GivesTheSameBits()
    {
        SimulatedSpectra again = SimulatedInstrument.Measure(new SimulatedInstrumentOptions());
        Assert.Equal(Bits(Usual.Chunk.X.Values), Bits(again.Chunk.X.Values));
        Assert.Equal(Usual.Chunk.Responses[1].Values.ToArray(), again.Chunk.Responses[1].Values.ToArray());
        SimulatedSpectra other = SimulatedInstrument.Measure(new SimulatedInstrumentOptions { Seed = 2 });
        Assert.NotEqual(Bits(Usual.Chunk.X.Values), Bits(other.Chunk.X.Values));
    }

    [Fact]
    public void Measure_MoreSamplesOrNoNoise_LeaveTheFirstSamplesAsTheyAre()
    {
        SimulatedSpectra more = SimulatedInstrument.Measure(new SimulatedInstrumentOptions { SpecimenCount = 80 });
        Assert.Equal(Bits(Usual.Chunk.X.Values), Bits(more.Chunk.X.Values[..Usual.Chunk.X.Values.Length]));
        SimulatedSpectra ideal = SimulatedInstrument.Measure(SimulatedInstrumentOptions.Ideal);
        Assert.Equal(Bits(Usual.Truth.Concentrations.Values), Bits(ideal.Truth.Concentrations.Values));
    }

    [Fact]
    public void Measure_Usual_HasIdsGroupsAndPlausibleAbsorbance()
    {
        SpectralChunk chunk = Usual.Chunk;
        Assert.Equal((180, 700), (chunk.X.Rows, chunk.X.Columns));
        Assert.Equal("W012-2", chunk.Ids[34]);
        Assert.Equal("W012", Assert.Single(chunk.Labels).Values[34]);
        Assert.Equal(["moisture", "protein", "oil"], chunk.Responses.Select(r => r.Name));
        Assert.Equal((1100, 2498, 2), (chunk.Axis.Positions[0], chunk.Axis.Positions[^1], chunk.Axis.MeanStep));
        Assert.All(chunk.X.Values.ToArray(), a => Assert.InRange(a, 0, 2));
    }

    [Fact]
    public void Measure_Replicates_ShareCompositionAndReferenceButNotSpectrum()
    {
        SpectralChunk chunk = Usual.Chunk;
        for (int i = 0; i < chunk.SampleCount; i += 3)
        {
            for (int r = 1; r < 3; r++)
            {
                Assert.True(Usual.Truth.Concentrations.Row(i).SequenceEqual(Usual.Truth.Concentrations.Row(i + r)));
                Assert.All(chunk.Responses, y => Assert.Equal(y.Values[i], y.Values[i + r]));
                Assert.False(chunk.X.Row(i).SequenceEqual(chunk.X.Row(i + r)));
            }
        }
    }

    [Fact]
    public void Measure_Concentrations_AreDeclaredAndBelowHundredPercent()
    {
        SimulatedSpectra many = SimulatedInstrument.Measure(
            SimulatedInstrumentOptions.Ideal with { SpecimenCount = 2000, ReplicateCount = 1 });
        for (int i = 0; i < many.Chunk.SampleCount; i++)
        {
            double sum = 0;
            foreach (double c in many.Truth.Concentrations.Row(i))
            {
                Assert.InRange(c, 0, 100);
                sum += c;
            }

            Assert.InRange(sum, 96.4, 99.6);
        }

        Assert.Equal(many.Truth.Values("oil"), many.Chunk.Responses[2].Values.ToArray());
        Assert.InRange(Correlation(many.Truth.Values("oil"), many.Truth.Values("protein")), 0.25, 0.45);
        Assert.InRange(Correlation(many.Truth.Values("starch"), many.Truth.Values("protein")), -0.95, -0.5);
    }

    [Fact]
    public void Measure_LaboratoryError_HasTheStatedSpread()
    {
        // 2000 draws: the standard error of a standard deviation is 1.6 %; 6 % is almost four of them.
        SimulatedSpectra many = SimulatedInstrument.Measure(
            new SimulatedInstrumentOptions { SpecimenCount = 2000, ReplicateCount = 1 });
        foreach (LaboratoryError error in many.Truth.Laboratory)
        {
            double[] truth = many.Truth.Values(error.Response);
            ResponseColumn column = many.Chunk.Responses.Single(r => r.Name == error.Response);
            double sd = Math.Sqrt(truth.Select((t, i) => Math.Pow(column.Values[i] - t, 2)).Average());
            Assert.InRange(sd / error.Sd, 0.94, 1.06);
        }
    }

    [Fact]
    public void Measure_IdealInstrument_HasTheRankOfTheConstituents()
    {
        // Theory: X = C K with C n × 5 and K 5 × p; everything beyond five singular values is rounding.
        SpectralChunk chunk = SimulatedInstrument.Measure(SimulatedInstrumentOptions.Ideal with { ReplicateCount = 1 }).Chunk;
        var x = Matrix<double>.Build.Dense(chunk.SampleCount, 140, (i, j) => chunk.X[i, 5 * j]);
        Vector<double> singular = x.Svd(false).S;
        int k = Wheat.Constituents.Length;
        Assert.True(singular[k - 1] / singular[0] > 1e-4, $"s{k} / s1 = {singular[k - 1] / singular[0]}");
        Assert.True(singular[k] / singular[0] < 1e-13, $"s{k + 1} / s1 = {singular[k] / singular[0]}");
    }

    [Theory]
    [InlineData("moisture", 1940, 1450)]
    [InlineData("protein", 2180, 2055)]
    [InlineData("oil", 2310, 1725)]
    [InlineData("starch", 2100, 1580)]
    [InlineData("fibre", 2336, 1820)]
    public void Bands_PureConstituents_PeakWhereStated(string name, double strongest, double other)
    {
        Constituent constituent = Wheat.Constituents.Single(c => c.Name == name);
        double[] inside = [.. SimulatedInstrument.Axis.Positions.Where(w => w < 2400)];
        double peak = inside.MaxBy(constituent.Absorptivity);
        Assert.InRange(peak, strongest - 6, strongest + 6);
        foreach (double centre in new[] { strongest, other })
        {
            Assert.Contains(Usual.Truth.Bands(name), r => r.From < centre && centre < r.To);
            Assert.Contains(
                inside,
                w => Math.Abs(w - centre) <= 8 && constituent.Absorptivity(w) >= constituent.Absorptivity(w - 2)
                    && constituent.Absorptivity(w) >= constituent.Absorptivity(w + 2));
        }

        Assert.All(Usual.Truth.Bands(name), r => Assert.True(r.From >= 1100 && r.To <= 2498 && r.From < r.To));
    }

    [Fact]
    public void Measure_WrittenAsCsv_ComesBackBitByBit()
    {
        using var stream = new MemoryStream();
        WideCsvWriter.Write(Usual.Chunk, stream);
        stream.Position = 0;
        SpectralReading back = WideCsvReader.Read(stream);
        Assert.Equal(Bits(Usual.Chunk.X.Values), Bits(back.Chunk.X.Values));
        Assert.Equal(["moisture", "protein", "oil"], back.Chunk.Responses.Select(r => r.Name));
        Assert.Equal(Usual.Chunk.Labels[0].Values.ToArray(), Assert.Single(back.Chunk.Labels).Values.ToArray());
        Assert.Empty(back.Report.Warnings);
    }

    private static long[] Bits(ReadOnlySpan<double> values) =>
        [.. values.ToArray().Select(BitConverter.DoubleToInt64Bits)];

    private static double Correlation(double[] first, double[] second) =>
        MathNet.Numerics.Statistics.Correlation.Pearson(first, second);
}
