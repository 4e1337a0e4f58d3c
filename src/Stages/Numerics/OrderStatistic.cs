namespace Pipeline.Stages.Numerics;

/// <summary>The k-th smallest of many values.</summary>
/// <remarks>Hoare's selection with the middle of three as pivot, time n on average. Hoare (1961), Communications of the ACM 4, 321-322.</remarks>
internal static class OrderStatistic
{
    /// <summary>The value that has <paramref name="rank"/> others before it in order; values before it come to stand before it.</summary>
    public static double Of(Span<double> values, int rank)
    {
        int low = 0;
        int high = values.Length - 1;
        while (low < high)
        {
            double pivot = MiddleOfThree(values[low], values[low + ((high - low) / 2)], values[high]);
            int i = low;
            int j = high;
            while (i <= j)
            {
                while (values[i] < pivot)
                {
                    i++;
                }

                while (values[j] > pivot)
                {
                    j--;
                }

                if (i <= j)
                {
                    (values[i], values[j]) = (values[j], values[i]);
                    i++;
                    j--;
                }
            }

            if (rank <= j)
            {
                high = j;
            }
            else if (rank >= i)
            {
                low = i;
            }
            else
            {
                return values[rank];
            }
        }

        return values[rank];
    }

    private static double MiddleOfThree(double a, double b, double c) =>
        Math.Max(Math.Min(a, b), Math.Min(Math.Max(a, b), c));
}
