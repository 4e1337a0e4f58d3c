using System.Globalization;

namespace Pipeline.Host.Results;

/// <summary>Cells of the result tables: comma, decimal point, RFC 4180 quotes.</summary>
internal static class CsvText
{
    /// <summary>The shortest text that reads back to the same number; nothing for a number that is not finite.</summary>
    public static string Of(double value) => double.IsFinite(value) ? value.ToString("R", CultureInfo.InvariantCulture) : "";

    /// <summary>Writes the same text without making it a string.</summary>
    public static void Write(double value, TextWriter target)
    {
        // 17 digits, sign, point and exponent take 24 characters.
        Span<char> text = stackalloc char[32];
        if (double.IsFinite(value) && value.TryFormat(text, out int length, "R", CultureInfo.InvariantCulture))
        {
            target.Write(text[..length]);
        }
    }

    /// <summary>A text, quoted where it must be.</summary>
    public static string Of(string text) =>
        text.AsSpan().IndexOfAny(",\"\n\r") >= 0 ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;

    /// <summary>A whole number.</summary>
    public static string Of(int value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>A statement, as R and Python read it.</summary>
    public static string Of(bool value) => value ? "true" : "false";
}
