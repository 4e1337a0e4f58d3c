using System.Collections.Immutable;

namespace Pipeline.Stages.Calibration;

/// <summary>How much work the units of some searches still are, by what finished units of their kind took.</summary>
/// <remarks>
/// Predictions are seconds of a machine that nobody has, and wrong by another factor for each family. So the rest of a family counts by the
/// ratio of seconds taken to seconds predicted of its latest units, drawn towards the ratio of all by the weight of one unit: an earlier unit
/// counts nine tenths of the one after it, so that a cold start is forgotten. The ratio of all is drawn towards 1 by a twentieth of the work:
/// cheap families end first, and mostly wait for a program that is being compiled. May be used by any thread. Never chooses what is computed.
/// </remarks>
public sealed class WorkForecast
{
    private const double Kept = 0.9;
    private const double DoneMin = 0.01;
    private const double BelievedShare = 0.05;
    private const double SecondsMax = 1e9;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Kind> _kinds = new(StringComparer.Ordinal);
    private readonly double _whole;
    private double _taken;
    private double _computed;

    /// <summary>Nothing is done of some units.</summary>
    public WorkForecast(IEnumerable<CalibrationUnit> units)
    {
        foreach (IGrouping<string, CalibrationUnit> kind in units.GroupBy(unit => unit.Family.Name, StringComparer.Ordinal))
        {
            ImmutableArray<double> predicted = [.. kind.Select(unit => unit.Work.Estimate.CpuSeconds)];
            _kinds.Add(kind.Key, new Kind { Ahead = predicted.Sum(), Weight = predicted.Average() });
        }

        _whole = _kinds.Values.Sum(kind => kind.Ahead);
    }

    /// <summary>Time still needed; null before units have finished that were a hundredth of the work.</summary>
    /// <param name="elapsed">Since the first of them began.</param>
    public TimeSpan? Remaining(TimeSpan elapsed)
    {
        lock (_gate)
        {
            if (_taken <= 0 || _computed < DoneMin * _whole)
            {
                return null;
            }

            double believed = BelievedShare * _whole;
            double all = (_kinds.Values.Sum(kind => kind.Taken) + believed) / (_kinds.Values.Sum(kind => kind.Predicted) + believed);
            double ahead = _kinds.Values.Sum(kind => kind.Ahead * (kind.Taken + (all * kind.Weight)) / (kind.Predicted + kind.Weight));

            // Predictions may be 0, and a clock may stand still.
            double seconds = elapsed.TotalSeconds * Math.Max(0, ahead) / _taken;
            return seconds < SecondsMax ? TimeSpan.FromSeconds(seconds) : null;
        }
    }

    /// <summary>A unit has its outcome.</summary>
    /// <param name="unit">The unit, which no longer lies ahead.</param>
    /// <param name="seconds">What it took; null where that says nothing, as of a unit that failed or that an earlier run has finished.</param>
    public void Finish(CalibrationUnit unit, double? seconds)
    {
        double predicted = unit.Work.Estimate.CpuSeconds;
        lock (_gate)
        {
            Kind kind = _kinds[unit.Family.Name];
            kind.Ahead -= predicted;
            if (seconds is { } taken)
            {
                kind.Taken = (Kept * kind.Taken) + taken;
                kind.Predicted = (Kept * kind.Predicted) + predicted;
                _taken += taken;
                _computed += predicted;
            }
        }
    }

    /// <summary>Units of one family.</summary>
    private sealed class Kind
    {
        /// <summary>Seconds predicted for units without outcome.</summary>
        public double Ahead { get; set; }

        /// <summary>Seconds predicted for a unit, on average.</summary>
        public double Weight { get; init; }

        /// <summary>Seconds that finished units took, faded.</summary>
        public double Taken { get; set; }

        /// <summary>Seconds that were predicted for them, faded.</summary>
        public double Predicted { get; set; }
    }
}
