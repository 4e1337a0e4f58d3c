using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Stages.Metrics;

namespace Pipeline.Host.Cli.Screen;

/// <summary>Who was taken for whom, as a table for the screen.</summary>
internal static class ConfusionText
{
    /// <summary>A wider table would not fit a screen.</summary>
    private const int ClassesMax = 12;

    private const int NameWidthMax = 16;

    /// <summary>A line for each class; nothing where there are too many.</summary>
    public static IEnumerable<string> Lines(ConfusionMatrix confusion, ImmutableArray<string> classes)
    {
        if (classes.Length > ClassesMax)
        {
            yield break;
        }

        yield return "Held-out samples by their class (lines) and the class predicted (columns):";
        var table = new ScreenTable(["", .. classes.Select(name => ">" + Shorten(name)), ">right"]);
        for (int actual = 0; actual < classes.Length; actual++)
        {
            int own = actual;
            table.Add(
            [
                Shorten(classes[actual]),
                .. Enumerable.Range(0, classes.Length).Select(predicted => confusion[own, predicted].ToString(CultureInfo.InvariantCulture)),
                (100.0 * confusion[own, own] / confusion.ActualCount(own)).ToString("0.#", CultureInfo.InvariantCulture) + " %",
            ]);
        }

        foreach (string line in table.ToString().TrimEnd('\n').Split('\n'))
        {
            yield return "  " + line;
        }
    }

    /// <summary>A name of one line; control characters would break the table.</summary>
    private static string Shorten(string name)
    {
        string plain = string.Concat(name.Select(sign => char.IsControl(sign) ? ' ' : sign));
        return plain.Length <= NameWidthMax ? plain : plain[..(NameWidthMax - 1)] + "…";
    }
}
