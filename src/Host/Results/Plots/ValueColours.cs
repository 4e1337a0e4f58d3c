using System.Globalization;

namespace Pipeline.Host.Results.Plots;

/// <summary>The classes of the colours that stand for values and for names; the page says what they look like.</summary>
internal static class ValueColours
{
    /// <summary>Colours of a scale of values.</summary>
    public const int Count = 10;

    /// <summary>Names that have a colour of their own; the others share the last one.</summary>
    public const int NamesMax = 8;

    /// <summary>The class of one step of the scale.</summary>
    public static string Class(int step) => "c" + step.ToString(CultureInfo.InvariantCulture);

    /// <summary>The step of a value by its rank, so that each colour has about as many values; the middle where all are equal.</summary>
    /// <param name="value">One of the values.</param>
    /// <param name="rising">All of them, in order.</param>
    public static int StepOf(double value, ReadOnlySpan<double> rising)
    {
        int below = 0;
        while (below < rising.Length && rising[below] < value)
        {
            below++;
        }

        return rising[^1] > rising[0] ? Count * below / rising.Length : Count / 2;
    }

    /// <summary>The class of the colour of a name by its place.</summary>
    public static string OfName(int place) => "k" + Math.Min(place, NamesMax - 1).ToString(CultureInfo.InvariantCulture);
}
