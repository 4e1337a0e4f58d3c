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

    /// <summary>The middle value, of an even number of values the mean of the middle two; their order changes.</summary>
    public static double Median(Span<double> values)
    {
        int middle = values.Length / 2;
        double upper = Of(values, middle);
        if (values.Length % 2 == 1)
        {
            return upper;
        }

        double lower = double.NegativeInfinity;
        foreach (double value in values[..middle])
        {
            lower = Math.Max(lower, value);
        }

        return (lower + upper) / 2;
    }

    private static double MiddleOfThree(double a, double b, double c) =>
        Math.Max(Math.Min(a, b), Math.Min(Math.Max(a, b), c));
}
