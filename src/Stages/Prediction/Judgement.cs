using System.Collections.Immutable;
using System.Globalization;

namespace Pipeline.Stages.Prediction;

/// <summary>Judges one prediction by the distance of its spectrum and by its value.</summary>
/// <remarks>
/// T² and Q warn above 95 % and reject above 99 %; leverage warns above 3A/n; a value outside the references of the
/// calibration warns. Nominally 5 % of new spectra like the calibration's exceed each 95 % limit and 1 % each 99 % limit;
/// more with many components, because Q is learnt from calibration spectra (docs/results/coverage.md).
/// Results that fail an outlier test are shown but marked as invalid (ASTM D6122).
/// </remarks>
internal sealed class Judgement
{
    private readonly ScoreLimits _limits;
    private readonly double _low;
    private readonly double _high;

    /// <summary>A judge with the limits of a calibration and the range of its references.</summary>
    public Judgement(ScoreLimits limits, double low, double high)
    {
        _limits = limits;
        _low = low;
        _high = high;
    }

    /// <summary>All reasons against a prediction, the gravest kind of each check.</summary>
    public ImmutableArray<Reason> Reasons(double value, ScoreDistance distance)
    {
        var reasons = ImmutableArray.CreateBuilder<Reason>();
        if (!double.IsFinite(value))
        {
            reasons.Add(new Reason(
                "value", Verdict.Reject, "the predicted value is not a finite number: the spectrum is of another order of magnitude"));
        }

        AddQ(reasons, distance.Q);
        AddT2(reasons, distance.T2);
        if (distance.Leverage > _limits.LeverageWarn)
        {
            reasons.Add(new Reason(
                "leverage",
                Verdict.Warn,
                $"leverage {Text(distance.Leverage)} above 3A/n = {Text(_limits.LeverageWarn)}: few calibration samples are like this one"));
        }

        if (value < _low || value > _high)
        {
            reasons.Add(new Reason(
                "range",
                Verdict.Warn,
                $"value {(value < _low ? "below" : "above")} the calibrated range {Text(_low)} to {Text(_high)}: extrapolated"));
        }

        return reasons.ToImmutable();
    }

    private void AddQ(ImmutableArray<Reason>.Builder reasons, double q)
    {
        // Written so that a distance that is no number is rejected too.
        if (!(q <= _limits.QReject))
        {
            reasons.Add(new Reason(
                "Q residual",
                Verdict.Reject,
                $"Q residual {Times(q, _limits.QReject)} its 99 % limit: the spectrum has something that the calibration has never seen"));
        }
        else if (q > _limits.QWarn)
        {
            reasons.Add(new Reason(
                "Q residual",
                Verdict.Warn,
                $"Q residual {Times(q, _limits.QWarn)} its 95 % limit: the spectrum has a shape at the edge of what the calibration knows"));
        }
    }

    private void AddT2(ImmutableArray<Reason>.Builder reasons, double t2)
    {
        if (!(t2 <= _limits.T2Reject))
        {
            reasons.Add(new Reason(
                "T²",
                Verdict.Reject,
                $"T² {Times(t2, _limits.T2Reject)} its 99 % limit: known constituents in amounts far outside the calibration samples"));
        }
        else if (t2 > _limits.T2Warn)
        {
            reasons.Add(new Reason(
                "T²",
                Verdict.Warn,
                $"T² {Times(t2, _limits.T2Warn)} its 95 % limit: at the edge of the calibration samples"));
        }
    }

    private static string Times(double value, double limit)
    {
        double ratio = value / limit;
        return ratio < 10
            ? ratio.ToString("0.0#", CultureInfo.InvariantCulture) + " times"
            : ratio.ToString("0", CultureInfo.InvariantCulture) + " times";
    }

    private static string Text(double value) => value.ToString("G4", CultureInfo.InvariantCulture);
}
