using System.Globalization;
using Pipeline.Engine;

namespace Pipeline.Stages.Models.Trees.Boosting;

/// <summary>How the trees of a boosted model grow.</summary>
public sealed record BoostingRules
{
    /// <summary>The most leaves of a tree that may be asked for.</summary>
    public const int LeavesLimit = 255;

    /// <summary>The usual rules: those of scikit-learn and LightGBM.</summary>
    public static BoostingRules Usual { get; } = new(0.1, 31, 20, 0);

    /// <summary>Rules within their limits.</summary>
    /// <param name="rate">The part of each tree's correction that is made, above 0 and at most 1.</param>
    /// <param name="leavesMax">Most leaves of a tree, 2 to <see cref="LeavesLimit"/>.</param>
    /// <param name="samplesMin">Fewest calibration samples of a leaf.</param>
    /// <param name="penalty">λ on the squared values of leaves, in samples.</param>
    /// <exception cref="StageException">A value is outside its limits.</exception>
    public BoostingRules(double rate, int leavesMax, int samplesMin, double penalty)
    {
        Require(rate is > 0 and <= 1, "a rate above 0 and at most 1", rate);
        Require(leavesMax is >= 2 and <= LeavesLimit, $"2 to {LeavesLimit} leaves", leavesMax);
        Require(samplesMin is >= 1 and <= BoostingFamily.SamplesLimit, "at least 1 calibration sample in a leaf", samplesMin);
        Require(penalty is >= 0 and <= 1e9, "a penalty l2 from 0 to 1e9", penalty);
        Rate = rate;
        LeavesMax = leavesMax;
        SamplesMin = samplesMin;
        Penalty = penalty;
    }

    /// <summary>The part of each tree's correction that is made.</summary>
    public double Rate { get; }

    /// <summary>Most leaves of a tree.</summary>
    public int LeavesMax { get; }

    /// <summary>Fewest calibration samples of a leaf.</summary>
    public int SamplesMin { get; }

    /// <summary>λ on the squared values of leaves.</summary>
    public double Penalty { get; }

    /// <summary>Most leaves that n calibration samples can fill.</summary>
    public int LeavesOf(int samples) => Math.Clamp(samples / SamplesMin, 1, LeavesMax);

    /// <summary>Such as <c>rate 0.1, leaves 31, min 20, l2 0</c>; different rules have different texts.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"rate {Rate}, leaves {LeavesMax}, min {SamplesMin}, l2 {Penalty}");

    private static void Require(bool holds, string expected, double found)
    {
        if (!holds)
        {
            throw new StageException(
                FailureKind.InvalidRequest, string.Create(CultureInfo.InvariantCulture, $"Boosting takes {expected}, found {found}."));
        }
    }
}
