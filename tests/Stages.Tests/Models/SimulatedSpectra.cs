using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;

namespace Pipeline.Stages.Tests.Models;

/// <summary>Spectra of overlapping bands on a sloping baseline with a response of some of them.</summary>
internal static class SimulatedSpectra
{
    /// <summary>n × p spectra of the given number of bands; without noise their centred rank is that number.</summary>
    public static (Matrix X, Matrix Y) Make(int n, int p, int bands, double noise, ulong seed)
    {
        var rng = new Pcg64(seed);
        var x = new Matrix(n, p);
        var y = new Matrix(n, 1);
        double[] content = new double[bands];
        for (int i = 0; i < n; i++)
        {
            y[i, 0] = 10;
            for (int b = 0; b < bands; b++)
            {
                content[b] = rng.NextNormal() * Math.Pow(0.7, b);
                y[i, 0] += (b % 2 == 0 ? 2 : -1.5) * content[b];
            }

            y[i, 0] += noise * rng.NextNormal();
            for (int j = 0; j < p; j++)
            {
                double value = 0.5 + (0.3 * j / p);
                for (int b = 0; b < bands; b++)
                {
                    double distance = ((j / (double)p) - ((b + 0.5) / bands)) / 0.12;
                    value += 0.1 * content[b] * Math.Exp(-distance * distance);
                }

                x[i, j] = value + (noise * rng.NextNormal());
            }
        }

        return (x, y);
    }
}
