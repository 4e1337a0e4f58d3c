using System.Runtime.InteropServices;
using Pipeline.Stages.Numerics.Random;

namespace Pipeline.Arrow.Tests.Compression;

/// <summary>Bytes to compress.</summary>
internal static class Contents
{
    public static byte[] Named(string name) => name switch
    {
        "none" => [],
        "one byte" => [42],
        "noise" => Noise(100_003),
        "doubles" => RoundedDoubles(5000),
        "10 MB of doubles" => RoundedDoubles(10_000_000 / sizeof(double)),
        "zeros" => new byte[3_000_000],
        _ => throw new ArgumentException(name),
    };

    public static byte[] Noise(int count)
    {
        var random = new Pcg64(7);
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++)
        {
            bytes[i] = (byte)random.NextInt(256);
        }

        return bytes;
    }

    /// <summary>Something like absorbances, rounded to four places.</summary>
    public static byte[] RoundedDoubles(int count)
    {
        var random = new Pcg64(11);
        double[] values = new double[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = Math.Round(1 + Math.Sin(i / 200.0) + (0.01 * random.NextDouble()), 4);
        }

        return MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
    }
}
