using System.Globalization;

namespace Pipeline.Host.Wording;

/// <summary>Numbers as people read them in a table.</summary>
public static class Figure
{
    /// <summary>Four significant digits.</summary>
    public static string Of(double value)
    {
        if (!double.IsFinite(value))
        {
            return double.IsNaN(value) ? "-" : value > 0 ? "∞" : "-∞";
        }

        if (value == 0)
        {
            return "0";
        }

        int magnitude = (int)Math.Floor(Math.Log10(Math.Abs(value)));
        return magnitude is < -5 or > 6
            ? value.ToString("0.000e+0", CultureInfo.InvariantCulture)
            : value.ToString("F" + Math.Clamp(3 - magnitude, 0, 8).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
    }

    /// <summary>With as many decimals as a neighbour of four significant digits has, so that the two compare at a glance.</summary>
    public static string Beside(double value, double neighbour)
    {
        string text = Of(neighbour);
        int point = text.IndexOf('.', StringComparison.Ordinal);
        bool plain = double.IsFinite(value) && !text.Contains('e', StringComparison.Ordinal);
        return plain
            ? value.ToString("F" + (point < 0 ? 0 : text.Length - point - 1).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)
            : Of(value);
    }

    /// <summary>A count with thousands separated.</summary>
    public static string Count(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);
}
