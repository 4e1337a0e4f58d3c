namespace Pipeline.Stages.Tests.Numerics;

/// <summary>The eight-lane order of summation in scalar code: what every vector width must give to the bit.</summary>
internal static class ScalarLanes
{
    /// <summary>A dot product in the order of <c>Products</c>: even and odd blocks, tail in the upper lanes of the odd ones.</summary>
    public static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        double[] even = new double[8];
        double[] odd = new double[8];
        int whole = x.Length & ~7;
        for (int j = 0; j < whole; j++)
        {
            double[] lanes = (j / 8) % 2 == 0 ? even : odd;
            lanes[j % 8] = Math.FusedMultiplyAdd(x[j], y[j], lanes[j % 8]);
        }

        for (int j = whole; j < x.Length; j++)
        {
            int lane = 8 - x.Length + j;
            odd[lane] = Math.FusedMultiplyAdd(x[j], y[j], odd[lane]);
        }

        double[] sums = new double[8];
        for (int lane = 0; lane < 8; lane++)
        {
            sums[lane] = even[lane] + odd[lane];
        }

        return Sum(sums);
    }

    /// <summary>A dot product in the order of <c>MatrixProducts</c>: blocks of 256, one product after the other inside.</summary>
    public static double BlockedDot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        double total = 0;
        for (int start = 0; start < x.Length; start += 256)
        {
            double block = 0;
            for (int k = start; k < Math.Min(x.Length, start + 256); k++)
            {
                block = Math.FusedMultiplyAdd(x[k], y[k], block);
            }

            total += block;
        }

        return total;
    }

    private static double Sum(double[] v) => ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]));
}
