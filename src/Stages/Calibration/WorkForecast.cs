using System.Collections.Immutable;

namespace Pipeline.Stages.Calibration;

/// <summary>How much work the units of some searches still are, by what finished units of their kind took.</summary>
/// <remarks>
/// Predictions are seconds of a machine that nobody has, and wrong by another factor for each family. So the rest of a family counts by the
/// ratio of seconds taken to seconds predicted of its latest units, drawn towards the ratio of all by the weight of one unit: an earlier unit
/// counts nine tenths of the one after it, so that a cold start is forgotten. May be used by any thread. Never chooses what is computed.
/// </remarks>
public sealed class WorkForecast
{
    private const double Kept = 0.9;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Kind> _kinds = new(StringComparer.Ordinal);
    private double _done;

    /// <summary>Nothing is done of some units.</summary>
    public WorkForecast(IEnumerable<CalibrationUnit> units)
    {
        foreach (IGrouping<string, CalibrationUnit> kind in units.GroupBy(unit => unit.Family.Name, StringComparer.Ordinal))
        {
            ImmutableArray<double> predicted = [.. kind.Select(unit => unit.Work.Estimate.CpuSeconds)];
            _kinds.Add(kind.Key, new Kind { Ahead = predicted.Sum(), Weight = predicted.Average() });
        }
    }

    /// <summary>Time still needed after some time since the start; null before any unit has finished.</summary>
    public TimeSpan? Remaining(TimeSpan elapsed)
    {
        lock (_gate)
        {
            if (_done <= 0)
            {
                return null;
            }

            double all = _kinds.Values.Sum(kind => kind.Taken) / _kinds.Values.Sum(kind => kind.Predicted);
            double ahead = _kinds.Values.Sum(kind => kind.Ahead * (kind.Taken + (all * kind.Weight)) / (kind.Predicted + kind.Weight));
            return elapsed * (Math.Max(0, ahead) / _done);
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
                _done += taken;
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
