namespace Pipeline.Stages.Models.Trees.Forest.Splits;

/// <summary>One way to split a node.</summary>
/// <param name="Variable">The variable.</param>
/// <param name="Threshold">The largest value that goes left.</param>
/// <param name="MissingGoLeft">Where a missing value goes.</param>
/// <param name="Gain">Σ s²/(w (W - w)) over columns, with s the left side's sum of deviations; times W it is what the sum of squares loses.</param>
internal readonly record struct Cut(int Variable, double Threshold, bool MissingGoLeft, double Gain)
{
    /// <summary>Gains that differ by less than this part are equal: rounding must not choose between variables that split alike.</summary>
    public const double EqualGains = 1e-12;

    /// <summary>No split.</summary>
    public static Cut None { get; } = new(-1, 0, false, -1);

    /// <summary>Whether there is a split.</summary>
    public bool Exists => Variable >= 0;

    /// <summary>Whether a value goes left.</summary>
    public bool GoesLeft(double value) => double.IsNaN(value) ? MissingGoLeft : value <= Threshold;

    /// <summary>The better of two; of equal ones that of the lower rank in this node's random order of variables.</summary>
    public static Cut Better(in Cut first, in Cut second, ulong seed)
    {
        if (!first.Exists || !second.Exists)
        {
            return first.Exists ? first : second;
        }

        double equal = EqualGains * Math.Max(first.Gain, second.Gain);
        if (Math.Abs(first.Gain - second.Gain) > equal)
        {
            return first.Gain > second.Gain ? first : second;
        }

        return ForestRules.Rank(seed, first.Variable) <= ForestRules.Rank(seed, second.Variable) ? first : second;
    }

    /// <summary>The threshold midway between two neighbouring values.</summary>
    public static double Midway(double below, double above)
    {
        double midway = (below / 2) + (above / 2);

        // Rounding, and infinities, may reach the value above, which must stay right.
        return midway >= below && midway < above ? midway : below;
    }
}
