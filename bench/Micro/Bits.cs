namespace Pipeline.MicroBench;

/// <summary>Hashes of numbers by their bits, in their order.</summary>
internal static class Bits
{
    public static long Hash(ReadOnlySpan<int> values)
    {
        long hash = values.Length;
        foreach (int value in values)
        {
            hash = (hash * 31) ^ value;
        }

        return hash;
    }

    public static long Hash(ReadOnlySpan<double> values)
    {
        long hash = 0;
        foreach (double value in values)
        {
            hash = (hash * 31) ^ BitConverter.DoubleToInt64Bits(value);
        }

        return hash;
    }
}
