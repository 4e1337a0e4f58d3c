using Pipeline.Engine.Identity;
using Pipeline.Stages.Calibration.Judging.Permuted;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Calibration;

/// <summary>How long some searches still take, by what units of their kinds took and by what units in hand have taken already.</summary>
/// <remarks>
/// <para>
/// Predictions are seconds of a machine that nobody has, and wrong by another factor for each family. What a unit takes is its share of
/// the clock: of k units in hand each takes a k-th of the time that passes, since idle cores are lent to whoever computes. So the shares of
/// all units add up to the whole run, for any number of cores; only the last unit may be one that cannot use them all.
/// </para>
/// <para>
/// What lies ahead of a family counts by the ratio of shares to predictions of its latest units, drawn towards the ratio of all families by
/// the weight of a quarter of a unit: an earlier unit counts nine tenths of the one after it, so that a cold start is forgotten. The ratio of all is
/// the geometric mean of the families' ratios, because each is a factor that its family errs by; families of which little was predicted
/// count little, they mostly waited for a program that was being compiled. A null is drawn towards the family that it shuffles.
/// </para>
/// <para>
/// A unit in hand still takes what is missing of what it is expected to take, and the longer it lasts beyond, the longer it may; one that
/// is overdue speaks for those of its family that are ahead. May be used by any thread. Never chooses what is computed.
/// </para>
/// </remarks>
public sealed class WorkForecast
{
    private const double Kept = 0.9;
    private const double DoneMin = 0.01;
    private const double BelievedShare = 0.05;
    private const double BelievedWeight = 0.5;
    private const double SecondsMax = 1e9;

    /// <summary>Predicted seconds of a family's own above which nothing else is believed.</summary>
    private const double WeightMax = 1;

    /// <summary>Share of what a unit has taken that it takes at least still, where none of its family has ended.</summary>
    private const double Doubt = 0.5;

    // Set by the constructor.
    private readonly TimeProvider _clock;
    private readonly Dictionary<string, Kind> _kinds = new(StringComparer.Ordinal);
    private readonly double _whole;

    // Guarded by _gate, kinds included. The share of the clock of a unit that has been in hand from the beginning.
    private readonly Lock _gate = new();
    private double _shareTime;
    private long _looked;
    private int _inHand;
    private double _computed;

    /// <summary>Nothing is done of some units.</summary>
    /// <param name="units">The units of all searches.</param>
    /// <param name="clock">What shares are measured by; the system's clock if null.</param>
    public WorkForecast(IEnumerable<CalibrationUnit> units, TimeProvider? clock = null)
    {
        _clock = clock ?? TimeProvider.System;
        CalibrationUnit[] all = [.. units];
        foreach (IGrouping<string, CalibrationUnit> kind in all.GroupBy(unit => unit.Family.Name, StringComparer.Ordinal))
        {
            double[] predicted = [.. kind.Select(unit => unit.Work.Estimate.CpuSeconds)];
            _kinds.Add(kind.Key, new Kind { Ahead = predicted.Sum(), Weight = Math.Min(predicted.Average() / 4, WeightMax) });
        }

        foreach (NullFamily shuffled in all.Select(unit => unit.Family).OfType<NullFamily>())
        {
            _kinds[shuffled.Name].Shuffled = _kinds.GetValueOrDefault(shuffled.Inner.Name);
        }

        _whole = _kinds.Values.Sum(kind => kind.Ahead);
    }

    /// <summary>Time still needed; null before units have finished that were a hundredth of the work.</summary>
    public TimeSpan? Remaining()
    {
        lock (_gate)
        {
            Look();
            if (_shareTime <= 0 || _computed <= 0 || _computed < DoneMin * _whole)
            {
                return null;
            }

            double all = RatioOfAll();
            double seconds = _kinds.Values.Sum(kind => kind.Rest(kind.Shuffled is { Predicted: > 0 } family ? family.Ratio(all) : all, _shareTime));
            return seconds < SecondsMax ? TimeSpan.FromSeconds(seconds) : null;
        }
    }

    /// <summary>A unit begins to be computed, perhaps anew.</summary>
    public void Begin(CalibrationUnit unit)
    {
        lock (_gate)
        {
            Look();
            Kind kind = _kinds[unit.Family.Name];
            TakeOut(kind, unit);
            double predicted = unit.Work.Estimate.CpuSeconds;
            kind.Ahead -= predicted;
            kind.InHand.Add(unit.Work.Key, (predicted, _shareTime));
            _inHand++;
        }
    }

    /// <summary>A unit is not computed any more and has no outcome: it lies ahead again.</summary>
    public void Leave(CalibrationUnit unit)
    {
        lock (_gate)
        {
            Look();
            TakeOut(_kinds[unit.Family.Name], unit);
        }
    }

    /// <summary>A unit has its outcome.</summary>
    /// <param name="unit">The unit, which no longer lies ahead.</param>
    /// <param name="isTelling">Whether its time says something of others: not so of a unit that failed or that an earlier run has finished.</param>
    public void Finish(CalibrationUnit unit, bool isTelling)
    {
        lock (_gate)
        {
            Look();
            Kind kind = _kinds[unit.Family.Name];
            double? taken = TakeOut(kind, unit);
            double predicted = unit.Work.Estimate.CpuSeconds;
            kind.Ahead -= predicted;
            if (isTelling && taken is { } share)
            {
                kind.Taken = (Kept * kind.Taken) + share;
                kind.Predicted = (Kept * kind.Predicted) + predicted;
                kind.Count++;
                _computed += predicted;
            }
        }
    }

    /// <summary>Takes a unit out of hand; its share of the clock, null where it was not in hand.</summary>
    private double? TakeOut(Kind kind, CalibrationUnit unit)
    {
        if (!kind.InHand.Remove(unit.Work.Key, out (double Predicted, double Begun) held))
        {
            return null;
        }

        _inHand--;
        kind.Ahead += held.Predicted;
        return _shareTime - held.Begun;
    }

    /// <summary>Gives the units in hand the time since the clock was last looked at.</summary>
    private void Look()
    {
        long now = _clock.GetTimestamp();
        if (_inHand > 0)
        {
            _shareTime += _clock.GetElapsedTime(_looked, now).TotalSeconds / _inHand;
        }

        _looked = now;
    }

    private double RatioOfAll()
    {
        double logarithms = 0;
        double weights = BelievedWeight;
        foreach (Kind kind in _kinds.Values.Where(kind => kind.Taken > 0 && kind.Predicted > 0))
        {
            double weight = kind.Predicted / (kind.Predicted + (BelievedShare * _whole));
            logarithms += weight * NaturalLogarithm.Of(kind.Taken / kind.Predicted);
            weights += weight;
        }

        return Exponential.Of(logarithms / weights);
    }

    /// <summary>Units of one family.</summary>
    private sealed class Kind
    {
        /// <summary>A quarter of the seconds predicted for a unit on average, or what is enough.</summary>
        public double Weight { get; init; }

        /// <summary>The family whose null this is, where it is searched.</summary>
        public Kind? Shuffled { get; set; }

        /// <summary>Seconds predicted for units that have not begun.</summary>
        public double Ahead { get; set; }

        /// <summary>Units in hand: seconds predicted, and when they began by the share of one.</summary>
        public Dictionary<Fingerprint, (double Predicted, double Begun)> InHand { get; } = [];

        /// <summary>Shares that finished units took, faded.</summary>
        public double Taken { get; set; }

        /// <summary>Seconds that were predicted for them, faded.</summary>
        public double Predicted { get; set; }

        /// <summary>How many have finished.</summary>
        public int Count { get; set; }

        /// <summary>What a predicted second takes.</summary>
        /// <param name="prior">What it takes elsewhere.</param>
        public double Ratio(double prior) => Ratio(prior, Taken, Predicted);

        /// <summary>Seconds that units in hand and ahead still take.</summary>
        public double Rest(double prior, double shareTime)
        {
            double ratio = Ratio(prior);
            double rest = 0;
            double overdue = 0;
            double predictedOfOverdue = 0;
            foreach ((double predicted, double begun) in InHand.Values)
            {
                double taken = shareTime - begun;
                double still = Math.Max((ratio * predicted) - taken, taken * Doubt / (1 + Count));
                rest += still;
                if (taken > ratio * predicted)
                {
                    overdue += taken + still;
                    predictedOfOverdue += predicted;
                }
            }

            return rest + (Math.Max(0, Ahead) * Ratio(prior, Taken + overdue, Predicted + predictedOfOverdue));
        }

        // Predictions may be 0.
        private double Ratio(double prior, double taken, double predicted) =>
            predicted + Weight > 0 ? (taken + (prior * Weight)) / (predicted + Weight) : prior;
    }
}
