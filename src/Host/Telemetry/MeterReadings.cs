using System.Diagnostics.Metrics;
using System.Text;

namespace Pipeline.Host.Telemetry;

/// <summary>What the instruments of one daemon read, for <c>/metrics</c>.</summary>
/// <remarks>
/// Counts from its making on, so it is made before the daemon begins to work. Observable instruments are read when somebody asks,
/// one asking at a time. Ceiling: <see cref="SeriesMax"/> series per instrument; further ones are left out and counted.
/// </remarks>
internal sealed class MeterReadings : IDisposable
{
    /// <summary>The most series of one instrument.</summary>
    public const int SeriesMax = 200;

    private readonly MeterListener _listener = new();
    private readonly Lock _asking = new();
    private readonly Lock _gate = new();

    // Guarded by _gate.
    private readonly SortedDictionary<string, Readings> _instruments = new(StringComparer.Ordinal);

    /// <summary>Readings of the meter with this scope.</summary>
    public MeterReadings(object scope)
    {
        _listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == Meters.Name && ReferenceEquals(instrument.Meter.Scope, scope))
            {
                lock (_gate)
                {
                    _instruments[instrument.Name] = new Readings(instrument);
                }

                self.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>All instruments as Prometheus text.</summary>
    public string Text()
    {
        lock (_asking)
        {
            lock (_gate)
            {
                foreach (Readings readings in _instruments.Values.Where(one => one.Instrument.IsObservable))
                {
                    readings.Series.Clear();
                    readings.LeftOut = 0;
                }
            }

            _listener.RecordObservableInstruments();
            var text = new StringBuilder();
            lock (_gate)
            {
                foreach (Readings readings in _instruments.Values)
                {
                    PrometheusText.Write(text, readings.Instrument, readings.Series, readings.LeftOut);
                }
            }

            return text.ToString();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        string labels = PrometheusText.LabelsOf(tags);
        lock (_gate)
        {
            Readings readings = _instruments[instrument.Name];
            if (readings.Series.TryGetValue(labels, out double before))
            {
                readings.Series[labels] = instrument.IsObservable ? value : before + value;
            }
            else if (readings.Series.Count < SeriesMax)
            {
                readings.Series.Add(labels, value);
            }
            else
            {
                readings.LeftOut++;
            }
        }
    }

    private sealed class Readings(Instrument instrument)
    {
        public Instrument Instrument { get; } = instrument;

        public SortedDictionary<string, double> Series { get; } = new(StringComparer.Ordinal);

        /// <summary>Measurements that found no room.</summary>
        public int LeftOut { get; set; }
    }
}
