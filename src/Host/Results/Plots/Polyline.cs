using System.Text;

namespace Pipeline.Host.Results.Plots;

/// <summary>Lines of many points as short paths.</summary>
/// <remarks>Steps are differences of rounded positions, so that rounding does not add up along a line.</remarks>
internal static class Polyline
{
    /// <summary>Points of a line that are drawn at most; of more, the least and the greatest of each stretch.</summary>
    public const int PointsMax = 360;

    /// <summary>The points of a line of n values that are drawn, ascending.</summary>
    public static int[] Drawn(ReadOnlySpan<double> y)
    {
        int n = y.Length;
        if (n <= PointsMax)
        {
            return [.. Enumerable.Range(0, n)];
        }

        // The ends, and of each stretch between them two points: narrow bands keep their height.
        var drawn = new List<int>(PointsMax) { 0 };
        const int Stretches = (PointsMax - 2) / 2;
        for (int s = 0; s < Stretches; s++)
        {
            int start = 1 + (int)((long)s * (n - 2) / Stretches);
            int end = 1 + (int)((long)(s + 1) * (n - 2) / Stretches);
            int least = start;
            int greatest = start;
            for (int j = start + 1; j < end; j++)
            {
                least = y[j] < y[least] ? j : least;
                greatest = y[j] > y[greatest] ? j : greatest;
            }

            drawn.Add(Math.Min(least, greatest));
            if (least != greatest)
            {
                drawn.Add(Math.Max(least, greatest));
            }
        }

        drawn.Add(n - 1);
        return [.. drawn];
    }

    /// <summary>Appends the path of places given in tenths; one that is <see cref="int.MinValue"/> breaks the line.</summary>
    public static void Append(StringBuilder target, ReadOnlySpan<int> x, ReadOnlySpan<int> y)
    {
        bool isOpen = false;
        int lastX = 0;
        int lastY = 0;
        for (int k = 0; k < x.Length; k++)
        {
            if (x[k] == int.MinValue || y[k] == int.MinValue)
            {
                isOpen = false;
                continue;
            }

            target.Append(isOpen ? 'l' : 'M');
            AppendPair(target, x[k] - (isOpen ? lastX : 0), y[k] - (isOpen ? lastY : 0));
            (isOpen, lastX, lastY) = (true, x[k], y[k]);
        }
    }

    /// <summary>Two numbers, apart.</summary>
    private static void AppendPair(StringBuilder target, int first, int second)
    {
        Markup.AppendTenths(target, first);
        if (second >= 0)
        {
            target.Append(' ');
        }

        Markup.AppendTenths(target, second);
    }
}
