namespace Pipeline.Host.Results.Report;

/// <summary>A table of a page; every cell is text.</summary>
internal sealed class HtmlTable
{
    private readonly Html _html = new();
    private readonly bool[] _right;

    /// <summary>A table; a head that starts with '&gt;' marks a column of numbers, aligned to the right; columns that are all nameless have no heads.</summary>
    public HtmlTable(params string[] heads)
    {
        _right = [.. heads.Select(head => head.StartsWith('>'))];
        _html.Open("div", "table").Open("table");
        if (heads.Any(head => head.Length > 0))
        {
            _html.Open("thead").Open("tr");
            for (int c = 0; c < heads.Length; c++)
            {
                _html.Element("th", heads[c].TrimStart('>'), _right[c] ? "number" : "");
            }

            _html.Close("tr").Close("thead");
        }

        _html.Open("tbody");
    }

    /// <summary>Adds a line with one cell for each column.</summary>
    public void Add(params string[] cells) => AddMarked("", [.. cells.Select(cell => (cell, ""))]);

    /// <summary>Adds a line with a class, and cells with classes of their own.</summary>
    public void AddMarked(string css, params (string Text, string Css)[] cells)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(cells.Length, _right.Length);
        _html.Open("tr", css);
        for (int c = 0; c < cells.Length; c++)
        {
            _html.Element("td", cells[c].Text, $"{(_right[c] ? "number " : "")}{cells[c].Css}".Trim());
        }

        _html.Close("tr");
    }

    /// <summary>The finished table; called once.</summary>
    public string ToHtml() => _html.Close("tbody").Close("table").Close("div").ToString();
}
