using System.Text;

namespace Pipeline.Host.Results.Plots;

/// <summary>What the signs of a drawing mean, in a line above it that breaks where the page is narrow.</summary>
internal sealed class Legend
{
    private readonly StringBuilder _keys = new();

    /// <summary>A line of a class.</summary>
    public Legend Line(string css, string meaning) =>
        Key("<path class=\"line " + css + "\" d=\"M1 6h22\"/>", meaning);

    /// <summary>A point of a class.</summary>
    public Legend Point(Marker marker, string css, string meaning) => Key(
        marker switch
        {
            Marker.Diamond => "<g class=\"dot " + css + "\"><path d=\"M12 1.5l4.5 4.5-4.5 4.5-4.5-4.5z\"/></g>",
            Marker.Ring => "<g class=\"ring " + css + "\"><circle r=\"3.5\" cx=\"12\" cy=\"6\"/></g>",
            _ => "<g class=\"dot " + css + "\"><circle r=\"3.5\" cx=\"12\" cy=\"6\"/></g>",
        },
        meaning);

    /// <summary>A shaded range of a class.</summary>
    public Legend Band(string css, string meaning) => Key("<rect class=\"" + css + "\" x=\"2\" y=\"0\" width=\"20\" height=\"12\"/>", meaning);

    /// <summary>The colours of a scale from its least to its greatest value.</summary>
    public Legend Scale(string least, string greatest, string meaning)
    {
        var bar = new StringBuilder("<span class=\"key\">").Append(Markup.Text(meaning)).Append(": ").Append(Markup.Text(least))
            .Append(" <svg class=\"sign wide\" viewBox=\"0 0 120 12\">");
        for (int step = 0; step < ValueColours.Count; step++)
        {
            bar.Append("<rect class=\"fill ").Append(ValueColours.Class(step)).Append("\" x=\"").Append(12 * step)
                .Append("\" y=\"1\" width=\"12\" height=\"10\"/>");
        }

        _keys.Append(bar).Append("</svg> ").Append(Markup.Text(greatest)).Append("</span> ");
        return this;
    }

    /// <summary>A text without a sign.</summary>
    public Legend Note(string text)
    {
        _keys.Append("<span class=\"key\">").Append(Markup.Text(text)).Append("</span> ");
        return this;
    }

    /// <summary>The line; nothing where nothing is explained.</summary>
    public string ToHtml() => _keys.Length == 0 ? "" : $"<p class=\"legend\">{_keys.ToString().TrimEnd()}</p>\n";

    private Legend Key(string sign, string meaning)
    {
        _keys.Append("<span class=\"key\"><svg class=\"sign\" viewBox=\"0 0 24 12\">").Append(sign).Append("</svg> ")
            .Append(Markup.Text(meaning)).Append("</span> ");
        return this;
    }
}
