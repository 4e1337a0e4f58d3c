using System.Globalization;
using System.Text.RegularExpressions;

namespace Pipeline.Engine;

/// <summary>Sizes in bytes as people write and read them: <c>256 MiB</c>, <c>1.5 GiB</c>, <c>500 MB</c>.</summary>
public static partial class ByteSize
{
    private const double BytesMax = 1L << 50;

    private static readonly string[] BinaryUnits = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

    private static readonly Dictionary<string, double> Units = new(StringComparer.OrdinalIgnoreCase)
    {
        [""] = 1, ["B"] = 1, ["bytes"] = 1, ["kB"] = 1e3, ["MB"] = 1e6, ["GB"] = 1e9, ["TB"] = 1e12,
        ["KiB"] = 1L << 10, ["MiB"] = 1L << 20, ["GiB"] = 1L << 30, ["TiB"] = 1L << 40,
    };

    /// <summary>Such as <c>1.5 GiB</c>; exact below one KiB.</summary>
    public static string Format(long bytes)
    {
        double value = bytes;
        int unit = 0;
        while (Math.Abs(value) >= 1024 && unit < BinaryUnits.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        return unit == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{bytes} bytes")
            : string.Create(CultureInfo.InvariantCulture, $"{value:0.##} {BinaryUnits[unit]}");
    }

    /// <summary>Reads a size of 1 byte to 1 PiB; false where it is not a number with a known unit.</summary>
    public static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        Match match = Pattern().Match(text);
        if (!match.Success
            || !double.TryParse(match.Groups[1].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            || !Units.TryGetValue(match.Groups[2].Value, out double unit)
            || number * unit is < 1 or > BytesMax)
        {
            return false;
        }

        bytes = (long)(number * unit);
        return true;
    }

    [GeneratedRegex(@"^\s*([0-9.]+)\s*([A-Za-z]*)\s*$")]
    private static partial Regex Pattern();
}
