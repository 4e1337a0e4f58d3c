using System.Globalization;
using System.Text.RegularExpressions;

namespace Pipeline.Host.Configuration;

/// <summary>Durations as people write them: <c>500 ms</c>, <c>2 s</c>, <c>5 min</c>, <c>1 h</c>.</summary>
public static partial class DurationText
{
    private static readonly Dictionary<string, double> SecondsOfUnit = new(StringComparer.OrdinalIgnoreCase)
    {
        ["ms"] = 0.001, ["s"] = 1, ["min"] = 60, ["h"] = 3600, ["d"] = 86400,
    };

    /// <summary>Reads a duration of up to a year; false where number or unit is missing.</summary>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        Match match = Pattern().Match(text);
        if (!match.Success
            || !double.TryParse(match.Groups[1].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            || !SecondsOfUnit.TryGetValue(match.Groups[2].Value, out double seconds)
            || number * seconds > 366 * 86400.0)
        {
            return false;
        }

        duration = TimeSpan.FromSeconds(number * seconds);
        return true;
    }

    [GeneratedRegex(@"^\s*([0-9.]+)\s*([A-Za-z]+)\s*$")]
    private static partial Regex Pattern();
}
