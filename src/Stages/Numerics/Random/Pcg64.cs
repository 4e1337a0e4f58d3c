namespace Pipeline.Stages.Numerics.Random;

/// <summary>The PCG XSL RR 128/64 generator: small, fast, the same numbers on every machine for one seed.</summary>
/// <remarks>
/// State and stream are spread from the seed by SplitMix64, so that neighbouring seeds start far apart.
/// Not safe for several threads; not for secrets. O'Neill (2014), Harvey Mudd College HMC-CS-2014-0905.
/// </remarks>
public sealed class Pcg64
{
    private static readonly UInt128 Multiplier = new(0x2360ED051FC65DA4, 0x4385DF649FCCF645);

    private readonly UInt128 _increment;
    private UInt128 _state;
    private double _spareNormal = double.NaN;

    /// <summary>The generator of one seed.</summary>
    public Pcg64(ulong seed)
    {
        ulong spread = seed;
        _state = new UInt128(SplitMix(ref spread), SplitMix(ref spread));
        _increment = new UInt128(SplitMix(ref spread), SplitMix(ref spread)) | 1;
        NextUInt64();
    }

    /// <summary>64 uniform bits.</summary>
    public ulong NextUInt64()
    {
        _state = unchecked((_state * Multiplier) + _increment);
        ulong folded = (ulong)(_state >> 64) ^ (ulong)_state;
        return ulong.RotateRight(folded, (int)(_state >> 122));
    }

    /// <summary>A uniform integer from 0 to <paramref name="exclusiveMax"/> - 1, without bias.</summary>
    public int NextInt(int exclusiveMax)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(exclusiveMax);
        ulong range = (ulong)exclusiveMax;
        ulong threshold = unchecked(0UL - range) % range;
        while (true)
        {
            ulong high = Math.BigMul(NextUInt64(), range, out ulong low);
            if (low >= threshold)
            {
                return (int)high;
            }
        }
    }

    /// <summary>A uniform number in [0, 1) with 53 random bits.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A standard normal number by Marsaglia's polar method.</summary>
    public double NextNormal()
    {
        if (!double.IsNaN(_spareNormal))
        {
            double spare = _spareNormal;
            _spareNormal = double.NaN;
            return spare;
        }

        while (true)
        {
            double u = (2 * NextDouble()) - 1;
            double v = (2 * NextDouble()) - 1;
            double s = (u * u) + (v * v);
            if (s is > 0 and < 1)
            {
                double factor = Math.Sqrt(-2 * NaturalLogarithm.Of(s) / s);
                _spareNormal = v * factor;
                return u * factor;
            }
        }
    }

    /// <summary>Puts the items into a uniformly random order (Fisher and Yates, from the end).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = NextInt(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    private static ulong SplitMix(ref ulong state)
    {
        unchecked
        {
            state += 0x9E3779B97F4A7C15;
            ulong z = state;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }
}
