namespace Pipeline.Stages.Numerics.Random;

/// <summary>The Mersenne Twister with the draws of numpy's <c>RandomState</c>, number for number.</summary>
/// <remarks>
/// For methods whose published results hang on that stream: splits, start weights and shuffles of scikit-learn. Whatever has no
/// such peer takes <see cref="Pcg64"/>. Not safe for several threads; not for secrets.
/// Matsumoto and Nishimura (1998), ACM Trans. Model. Comput. Simul. 8, 3-30; seeding of their version of 2002.
/// </remarks>
public sealed class Mt19937
{
    private const int Length = 624;
    private const int Middle = 397;

    private readonly uint[] _state = new uint[Length];
    private int _next = Length;

    /// <summary>The stream of <c>RandomState(seed)</c>.</summary>
    public Mt19937(uint seed) => Seed(seed);

    /// <summary>Starts the stream of another seed.</summary>
    public void Seed(uint seed)
    {
        _state[0] = seed;
        for (int i = 1; i < Length; i++)
        {
            seed = unchecked((1812433253U * (seed ^ (seed >> 30))) + (uint)i);
            _state[i] = seed;
        }

        _next = Length;
    }

    /// <summary>32 uniform bits.</summary>
    public uint NextUInt32()
    {
        if (_next == Length)
        {
            Twist();
        }

        uint y = _state[_next++];
        y ^= y >> 11;
        y ^= (y << 7) & 0x9D2C5680U;
        y ^= (y << 15) & 0xEFC60000U;
        return y ^ (y >> 18);
    }

    /// <summary>A uniform number in [0, 1) with 53 random bits: <c>random_sample</c>.</summary>
    public double NextDouble()
    {
        uint high = NextUInt32() >> 5;
        uint low = NextUInt32() >> 6;
        return ((high * 67108864.0) + low) / 9007199254740992.0;
    }

    /// <summary>A uniform number in [low, high): <c>uniform</c>.</summary>
    public double NextUniform(double low, double high) => low + ((high - low) * NextDouble());

    /// <summary>A uniform whole number from 0 to <paramref name="inclusiveMax"/>, by rejection of masked bits.</summary>
    public uint NextUpTo(uint inclusiveMax)
    {
        uint mask = inclusiveMax == 0 ? 0 : uint.MaxValue >> System.Numerics.BitOperations.LeadingZeroCount(inclusiveMax);
        if (mask == 0)
        {
            return 0;
        }

        uint value;
        do
        {
            value = NextUInt32() & mask;
        }
        while (value > inclusiveMax);
        return value;
    }

    /// <summary>Puts the items into a random order: <c>shuffle</c>.</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = (int)NextUpTo((uint)i);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary>The numbers 0 … count - 1 in random order: <c>permutation</c>.</summary>
    public int[] Permutation(int count)
    {
        int[] items = [.. Enumerable.Range(0, count)];
        Shuffle<int>(items);
        return items;
    }

    private void Twist()
    {
        uint[] state = _state;
        for (int i = 0; i < Length; i++)
        {
            uint y = (state[i] & 0x80000000U) | (state[i + 1 == Length ? 0 : i + 1] & 0x7FFFFFFFU);
            int from = i + Middle;
            state[i] = state[from >= Length ? from - Length : from] ^ (y >> 1) ^ (0x9908B0DFU & (0U - (y & 1)));
        }

        _next = 0;
    }
}
