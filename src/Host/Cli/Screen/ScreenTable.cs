using System.Text;

namespace Pipeline.Host.Cli.Screen;

/// <summary>A table of text with aligned columns, the same on a terminal and in a file.</summary>
public sealed class ScreenTable
{
    private const string Gap = "  ";

    private readonly string[] _heads;
    private readonly bool[] _right;
    private readonly List<string[]> _rows = [];

    /// <summary>A table; a head that starts with '&gt;' marks a column of numbers, aligned to the right.</summary>
    public ScreenTable(params string[] heads)
    {
        _right = [.. heads.Select(head => head.StartsWith('>'))];
        _heads = [.. heads.Select(head => head.TrimStart('>'))];
    }

    /// <summary>Adds a line with one cell for each column.</summary>
    public void Add(params string[] cells)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(cells.Length, _heads.Length);
        _rows.Add(cells);
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        int[] widths = [.. _heads.Select((head, c) => _rows.Select(row => row[c].Length).Append(head.Length).Max())];
        var text = new StringBuilder();
        Write(text, _heads, widths);
        Write(text, [.. widths.Select(width => new string('-', width))], widths);
        foreach (string[] row in _rows)
        {
            Write(text, row, widths);
        }

        return text.ToString();
    }

    private void Write(StringBuilder text, string[] cells, int[] widths)
    {
        var line = new StringBuilder();
        for (int c = 0; c < cells.Length; c++)
        {
            line.Append(c == 0 ? "" : Gap);
            line.Append(_right[c] ? cells[c].PadLeft(widths[c]) : cells[c].PadRight(widths[c]));
        }

        text.Append(line.ToString().TrimEnd()).Append('\n');
    }
}
