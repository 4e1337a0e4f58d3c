using System.Globalization;
using System.Text;

namespace Pipeline.Host.Results.Plots;

/// <summary>Text and numbers as they may stand in HTML and SVG, whoever has written them.</summary>
internal static class Markup
{
    /// <summary>Stands for what may not be shown.</summary>
    private const char Replacement = '\uFFFD';

    /// <summary>A text for content and attributes: nothing in it can end an element or an attribute, or turn the direction of what follows.</summary>
    public static string Text(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var safe = new StringBuilder(text.Length + 8);
        for (int i = 0; i < text.Length; i++)
        {
            char sign = text[i];
            if (char.IsHighSurrogate(sign) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                safe.Append(sign).Append(text[++i]);
                continue;
            }

            switch (sign)
            {
                case '&':
                    safe.Append("&amp;");
                    break;
                case '<':
                    safe.Append("&lt;");
                    break;
                case '>':
                    safe.Append("&gt;");
                    break;
                case '"':
                    safe.Append("&quot;");
                    break;
                case '\'':
                    safe.Append("&#39;");
                    break;
                default:
                    safe.Append(IsShown(sign) ? sign : Replacement);
                    break;
            }
        }

        return safe.ToString();
    }

    /// <summary>The beginning of a text that is too long for its place, not yet safe; no sign is cut in two.</summary>
    public static string Cut(string text, int lengthMax)
    {
        if (text.Length <= lengthMax)
        {
            return text;
        }

        int end = lengthMax - 1;
        return string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[end - 1]) ? end - 1 : end), "…");
    }

    /// <summary>A coordinate with one decimal.</summary>
    public static string Number(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);

    /// <summary>A whole number of tenths, as short as SVG allows: 1.2, -.3, 4.</summary>
    public static void AppendTenths(StringBuilder target, int tenths)
    {
        if (tenths < 0)
        {
            target.Append('-');
        }

        (int whole, int rest) = Math.DivRem(Math.Abs(tenths), 10);
        if (whole > 0 || rest == 0)
        {
            target.Append(whole);
        }

        if (rest > 0)
        {
            target.Append('.').Append((char)('0' + rest));
        }
    }

    /// <summary>Neither a control sign, nor half a sign, nor one that turns the direction of writing.</summary>
    private static bool IsShown(char sign) => sign switch
    {
        '\t' or '\n' or '\r' => true,
        < ' ' or (>= '\u007F' and <= '\u009F') => false,
        >= '\uD800' and <= '\uDFFF' => false,
        (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069') => false,
        '\uFFFE' or '\uFFFF' => false,
        _ => true,
    };
}
