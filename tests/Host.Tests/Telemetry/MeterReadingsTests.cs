using System.Diagnostics.Metrics;
using Pipeline.Host.Telemetry;
using Xunit;

namespace Pipeline.Host.Tests.Telemetry;

public sealed class MeterReadingsTests : IDisposable
{
    private readonly Meter _meter;
    private readonly MeterReadings _readings;

    public MeterReadingsTests()
    {
        _meter = new Meter(new MeterOptions(Meters.Name) { Scope = this });
        _readings = new MeterReadings(this);
    }

    public void Dispose()
    {
        _readings.Dispose();
        _meter.Dispose();
    }

    [Fact]
    public void Text_OfACounter_AddsUpBySeries()
    {
        Counter<long> files = _meter.CreateCounter<long>("pipeline.files", "{file}", "Files.\nAll \\ of them.");
        files.Add(2, new KeyValuePair<string, object?>("b", "x"), new KeyValuePair<string, object?>("a", "q\"uo\\te\n"));
        files.Add(3, new KeyValuePair<string, object?>("a", "q\"uo\\te\n"), new KeyValuePair<string, object?>("b", "x"));
        Assert.Equal(
            """
            # HELP pipeline_files_total Files.\nAll \\ of them.
            # TYPE pipeline_files_total counter
            pipeline_files_total{a="q\"uo\\te\n",b="x"} 5

            """,
            _readings.Text());
    }

    [Fact]
    public void Text_OfObservables_IsWhatTheyReadNow()
    {
        long value = 1;
        _meter.CreateObservableGauge("pipeline.room", () => value, "By", "Room.");
        Assert.Contains("\npipeline_room_bytes 1\n", _readings.Text(), StringComparison.Ordinal);
        value = 2;
        Assert.Contains("\npipeline_room_bytes 2\n", _readings.Text(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.PositiveInfinity, "+Inf")]
    [InlineData(double.NegativeInfinity, "-Inf")]
    [InlineData(0.1, "0.1")]
    public void Text_OfANumber_IsPrometheus(double value, string text)
    {
        _meter.CreateObservableGauge("pipeline.share", () => value, "1", "Share.");
        Assert.Contains($"\npipeline_share_ratio {text}\n", _readings.Text(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("By", "pipeline_block_bytes")]
    [InlineData("s", "pipeline_block_bytes_seconds")]
    [InlineData("{unit}", "pipeline_block_bytes")]
    public void NameOf_DoesNotRepeatTheUnit(string unit, string expected) =>
        Assert.Equal(expected, PrometheusText.NameOf(_meter.CreateObservableGauge("pipeline.block.bytes", () => 1L, unit)));

    [Fact]
    public void Text_MoreSeriesThanAllowed_LeavesTheRestOutAndSaysSo()
    {
        Counter<long> many = _meter.CreateCounter<long>("pipeline.many");
        for (int i = 0; i < MeterReadings.SeriesMax + 7; i++)
        {
            many.Add(1, new KeyValuePair<string, object?>("one", i));
        }

        many.Add(1, new KeyValuePair<string, object?>("one", 0));
        string[] lines = _readings.Text().Split('\n');
        Assert.Equal(MeterReadings.SeriesMax, lines.Count(line => line.StartsWith("pipeline_many_total{", StringComparison.Ordinal)));
        Assert.Contains("pipeline_many_total{one=\"0\"} 2", lines);
        Assert.Contains("# 7 series of pipeline_many_total are left out: there are too many.", lines);
    }

    [Fact]
    public void Text_OfOtherMeters_IsNotThere()
    {
        using var other = new Meter(new MeterOptions(Meters.Name) { Scope = new object() });
        other.CreateCounter<long>("pipeline.other").Add(1);
        Assert.Equal("", _readings.Text());
    }
}
