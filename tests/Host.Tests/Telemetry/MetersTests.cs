using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Host.Configuration;
using Pipeline.Host.Demo;
using Pipeline.Host.Runs;
using Pipeline.Host.Service;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Host.Tests.Telemetry;

/// <summary>What the daemon's instruments are called, and that they tell what has happened.</summary>
public sealed class MetersTests : IDisposable
{
    private static readonly TimeSpan PatienceMax = TimeSpan.FromSeconds(60);

    private readonly CommandHarness _shell = new();
    private readonly ConcurrentDictionary<string, double> _values = new();
    private readonly ConcurrentDictionary<string, string> _instruments = new();

    public void Dispose() => _shell.Dispose();

    [Fact]
    public async Task Meter_OfARunningDaemon_HasTheDocumentedInstrumentsAndTellsWhatHappened()
    {
        DemoCase demo = DemoCase.Of(seed: 1, small: true, _shell.PathOf("demo"));
        var laboratory = new DemoLaboratory(demo);
        string study = laboratory.Prepare();
        using var stop = new CancellationTokenSource();
        await using Daemon daemon = await Daemon.OpenAsync(
            demo.DaemonOptions(study),
            PipelineOptions.Default,
            new RunService(NullLogger<RunService>.Instance, TimeProvider.System),
            TimeProvider.System,
            NullLogger<Daemon>.Instance,
            laboratory.Tell);
        using MeterListener listener = Listen(instrument => ReferenceEquals(instrument.Meter.Scope, daemon));
        Task running = daemon.RunAsync(stop.Token);
        laboratory.DropArrow("first.arrow", demo.Measured(0, 30));
        laboratory.DropText("second.csv", demo.Measured(30, 30));
        await File.WriteAllTextAsync(laboratory.PathOf("bad.csv"), "id,1100 nm,1110 nm,1120 nm\nA,1,2\n");
        laboratory.DropReferences("references.csv");
        await laboratory.WaitAsync<DaemonEvent.StudyCompleted>(_ => true, running, CancellationToken.None).WaitAsync(PatienceMax);
        laboratory.DropArrow("third.arrow", demo.Measured(60, 30));
        await laboratory.WaitAsync<DaemonEvent.SpectraPredicted>(_ => true, running, CancellationToken.None).WaitAsync(PatienceMax);
        listener.RecordObservableInstruments();
        await stop.CancelAsync();
        await running.WaitAsync(PatienceMax);

        Assert.Equal(Documented(), _instruments.OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => $"{one.Key} {one.Value}"));
        Assert.Equal(3, _values["pipeline.sources dataset=wheat outcome=spectra"]);
        Assert.Equal(1, _values["pipeline.sources dataset=wheat outcome=quarantined"]);
        Assert.Equal(4, _values["pipeline.dataset.sources dataset=wheat"]);
        Assert.Equal(1, _values["pipeline.dataset.quarantined dataset=wheat"]);
        Assert.Equal(1, _values["pipeline.runs outcome=completed study=protein"]);
        Assert.Equal(30, _values["pipeline.predictions study=protein"]);
        Assert.Equal(1, _values["pipeline.search.progress"], 9);
        Assert.True(_values["pipeline.block.items block=train event=finished"] > 0);
        Assert.Equal(_values["pipeline.block.items block=ingest event=begun"], _values["pipeline.block.items block=aggregate event=finished"]);
        Assert.True(_values["pipeline.cache.hits kind=pretreated tier=memory"] > 0);
        Assert.True(_values["pipeline.state.commits outcome=durable"] > 0);
        Assert.Equal(0, _values["pipeline.state.commits outcome=refused"]);
        Assert.Equal(0, _values["pipeline.memory.used share=work"]);
        Assert.True(_values["pipeline.disk.free"] > 0);
        Assert.Equal(0, _values["pipeline.disk.paused"]);
    }

    /// <summary>Name, unit and kind of every instrument in the table of the operating guide.</summary>
    private static string[] Documented()
    {
        string guide = File.ReadAllText(Path.Combine(Checkout.Root, "docs", "OPERATING.md"));
        return
        [
            .. Regex.Matches(guide, @"^\| `(pipeline\.[a-z.]+)` \| (\S+) \| (counter|gauge) \|", RegexOptions.Multiline)
                .Select(row => $"{row.Groups[1].Value} {row.Groups[2].Value} {row.Groups[3].Value}")
                .Order(StringComparer.Ordinal),
        ];
    }

    private MeterListener Listen(Func<Instrument, bool> wanted)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (wanted(instrument))
                {
                    string kind = instrument.GetType().Name.Contains("Counter", StringComparison.Ordinal) ? "counter" : "gauge";
                    _instruments[instrument.Name] = $"{instrument.Unit} {kind}";
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.Start();
        return listener;
    }

    private void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        string key = string.Join(
            ' ', [instrument.Name, .. tags.ToArray().OrderBy(tag => tag.Key, StringComparer.Ordinal).Select(tag => $"{tag.Key}={tag.Value}")]);
        bool adds = instrument is Counter<long>;
        _values.AddOrUpdate(key, value, (_, before) => adds ? before + value : value);
    }
}
