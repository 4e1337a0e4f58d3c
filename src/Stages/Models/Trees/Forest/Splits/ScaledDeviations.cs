namespace Pipeline.Stages.Models.Trees.Forest.Splits;

/// <summary>The deviations of a node as integers, whose sums are exact and the same in any order.</summary>
/// <remarks>
/// Deviations are scaled so that no sum over some samples exceeds 31 bits, and rounded so that all of a column add up to
/// 0; each is off by 1.5 at most. The square root of a gain is then off by 1.5 for each column, whatever the split: with k
/// of m samples on the left, hence at least that weight there, it is off by 1.5 min(k, m - k) / √(k (m - k)) at most.
/// </remarks>
internal sealed class ScaledDeviations
{
    /// <summary>What each integer may be off by.</summary>
    private const double Rounding = 1.5;

    /// <summary>What the arithmetic of single precision may take off the square root of a gain.</summary>
    private const double SinglePrecision = 1e-6;

    private readonly int _samples;
    private readonly int[] _values;
    private double _scale;

    /// <summary>Room for columns × n integers.</summary>
    public ScaledDeviations(int columns, int samples)
    {
        Columns = columns;
        _samples = samples;
        _values = new int[checked(columns * samples)];
        Pairs = new long[samples];
    }

    /// <summary>Bytes of the room.</summary>
    public static long SizeBytes(long samples, long columns) => samples * (sizeof(long) + (columns * sizeof(int)));

    /// <summary>Columns.</summary>
    public int Columns { get; }

    /// <summary>By place, the integer of the first column in the upper half and the weight in the lower: one sum gives both.</summary>
    public long[] Pairs { get; }

    /// <summary>The integers of one column by place, written for the node's places.</summary>
    public Span<int> Column(int column) => _values.AsSpan(column * _samples, _samples);

    /// <summary>Scales a node; false where its deviations are too small, or too large, for that.</summary>
    public bool Scale(NodeSamples node)
    {
        ReadOnlySpan<ushort> places = node.Places;
        double largest = 0;
        for (int c = 0; c < Columns; c++)
        {
            double sum = 0;
            foreach (ushort place in places)
            {
                sum += Math.Abs(node.Deviations[(c * _samples) + place]);
            }

            // All deviations add up to 0, so some of them make half of the sum of sizes at most.
            largest = Math.Max(largest, sum / 2);
        }

        _scale = (int.MaxValue - (2.0 * places.Length)) / largest;
        if (!double.IsFinite(_scale))
        {
            return false;
        }

        for (int c = 0; c < Columns; c++)
        {
            Round(places, Column(c), node.Deviations.AsSpan(c * _samples, _samples));
        }

        ReadOnlySpan<int> first = Column(0);
        foreach (ushort place in places)
        {
            Pairs[place] = ((long)first[place] << 32) + node.Weights[place];
        }

        return true;
    }

    /// <summary>The least bound that a variable must have to gain as much as this.</summary>
    public float Least(double gain)
    {
        double root = (_scale * Math.Sqrt(gain) * (1 - SinglePrecision)) - (Rounding * Math.Sqrt(Columns));
        return root <= 0 ? 0 : (float)(root * root * (1 - SinglePrecision));
    }

    private void Round(ReadOnlySpan<ushort> places, Span<int> scaled, ReadOnlySpan<double> deviations)
    {
        int rest = 0;
        foreach (ushort place in places)
        {
            int value = (int)Math.Round(deviations[place] * _scale);
            scaled[place] = value;
            rest = unchecked(rest + value);
        }

        foreach (ushort place in places)
        {
            if (rest == 0)
            {
                return;
            }

            int step = Math.Sign(rest);
            rest -= step;
            scaled[place] -= step;
        }
    }
}
