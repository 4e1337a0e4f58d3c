using System.Text;
using Pipeline.Host.Results.Plots;

namespace Pipeline.Host.Results.Report;

/// <summary>A page as it grows: elements with safe text, drawings as they are.</summary>
/// <remarks>Everything that comes from people goes through <see cref="Markup.Text"/> here; only <see cref="Raw"/> takes markup.</remarks>
internal sealed class Html
{
    private readonly StringBuilder _page = new();

    /// <summary>Opens an element.</summary>
    /// <param name="tag">Its name.</param>
    /// <param name="css">Its class; nothing for none.</param>
    /// <param name="id">Its id; nothing for none.</param>
    public Html Open(string tag, string css = "", string id = "")
    {
        _page.Append('<').Append(tag);
        Attribute("class", css);
        Attribute("id", id);
        _page.Append('>');
        return this;
    }

    /// <summary>Closes it.</summary>
    public Html Close(string tag)
    {
        _page.Append("</").Append(tag).Append(">\n");
        return this;
    }

    /// <summary>An element with a text.</summary>
    public Html Element(string tag, string text, string css = "", string id = "")
    {
        Open(tag, css, id);
        _page.Append(Markup.Text(text));
        return Close(tag);
    }

    /// <summary>A list with a point for each text; nothing for none.</summary>
    public Html List(IEnumerable<string> texts, string css = "")
    {
        string[] points = [.. texts];
        if (points.Length > 0)
        {
            Open("ul", css);
            Array.ForEach(points, text => Element("li", text));
            Close("ul");
        }

        return this;
    }

    /// <summary>Markup that is safe already.</summary>
    public Html Raw(string markup)
    {
        _page.Append(markup);
        return this;
    }

    /// <summary>Text in an element that is open.</summary>
    public Html Text(string text) => Raw(Markup.Text(text));

    /// <summary>A drawing with its title above, its signs explained and its caption below.</summary>
    public Html Figure(string title, Legend legend, Plot plot, string caption)
    {
        Open("figure").Element("h3", title);
        Raw(legend.ToHtml()).Raw(plot.ToSvg());
        return Element("figcaption", caption).Close("figure");
    }

    /// <inheritdoc/>
    public override string ToString() => _page.ToString();

    private void Attribute(string name, string value)
    {
        if (value.Length > 0)
        {
            _page.Append(' ').Append(name).Append("=\"").Append(Markup.Text(value)).Append('"');
        }
    }
}
