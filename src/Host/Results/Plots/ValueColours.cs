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

    /// <summary>The step of a value in a range; the middle where the range has no width.</summary>
    public static int StepOf(double value, double min, double max) =>
        max > min ? Math.Clamp((int)(Count * ((value - min) / (max - min))), 0, Count - 1) : Count / 2;

    /// <summary>The class of the colour of a name by its place.</summary>
    public static string OfName(int place) => "k" + Math.Min(place, NamesMax - 1).ToString(CultureInfo.InvariantCulture);
}
