using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Pipeline.Host.Telemetry;

/// <summary>The text format of Prometheus, version 0.0.4, and how instruments are named in it.</summary>
/// <remarks>
/// The rule: dots become underscores; the unit follows (<c>By</c> as bytes, <c>s</c> as seconds, <c>1</c> as ratio, words in braces not
/// at all) unless the name ends with it; a counter ends with <c>_total</c>.
/// </remarks>
internal static class PrometheusText
{
    /// <summary>The content type.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>The name of an instrument.</summary>
    public static string NameOf(Instrument instrument)
    {
        string name = instrument.Name.Replace('.', '_');
        string unit = instrument.Unit switch { "By" => "_bytes", "s" => "_seconds", "1" => "_ratio", _ => "" };
        name = name.EndsWith(unit, StringComparison.Ordinal) ? name : name + unit;
        return IsCounter(instrument) ? name + "_total" : name;
    }

    /// <summary>True for an instrument whose values only grow.</summary>
    public static bool IsCounter(Instrument instrument) =>
        instrument is Counter<long> or Counter<double> or ObservableCounter<long> or ObservableCounter<double>;

    /// <summary>The labels of a series: braces and all, in the order of their names; nothing without tags.</summary>
    public static string LabelsOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty)
        {
            return "";
        }

        KeyValuePair<string, object?>[] sorted = tags.ToArray();
        Array.Sort(sorted, (one, other) => string.CompareOrdinal(one.Key, other.Key));
        return "{" + string.Join(
            ',',
            sorted.Select(
                tag => $"{tag.Key.Replace('.', '_')}=\"{Escaped(Convert.ToString(tag.Value, CultureInfo.InvariantCulture) ?? "").Replace("\"", "\\\"", StringComparison.Ordinal)}\"")) + "}";
    }

    /// <summary>Writes an instrument with its series.</summary>
    public static void Write(StringBuilder text, Instrument instrument, IEnumerable<KeyValuePair<string, double>> series, int leftOut)
    {
        string name = NameOf(instrument);
        text.Append("# HELP ").Append(name).Append(' ').Append(Escaped(instrument.Description ?? "")).Append('\n');
        text.Append("# TYPE ").Append(name).Append(IsCounter(instrument) ? " counter\n" : " gauge\n");
        foreach ((string labels, double value) in series)
        {
            text.Append(name).Append(labels).Append(' ').Append(Number(value)).Append('\n');
        }

        if (leftOut > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"# {leftOut} series of {name} are left out: there are too many.\n");
        }
    }

    private static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf" : double.IsNegativeInfinity(value) ? "-Inf" : value.ToString("R", CultureInfo.InvariantCulture);

    private static string Escaped(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
