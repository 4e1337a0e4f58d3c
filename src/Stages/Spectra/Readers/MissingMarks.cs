using System.Collections.Immutable;

namespace Pipeline.Stages.Spectra.Readers;

/// <summary>The cells that mean "no value yet" in a column of reference values.</summary>
internal sealed class MissingMarks
{
    private static readonly string[] Usual =
    [
        "", "na", "n/a", "nan", "n.d.", "n.d", "nd", "n.a.", "n.a", "-", "--", "—", ".", "?", "null", "none", "missing",
        "#n/a", "#nv", "k.a.",
    ];

    private readonly HashSet<string> _marks;

    /// <summary>The usual marks and some more, case ignored.</summary>
    public MissingMarks(ImmutableArray<string> more)
    {
        _marks = new HashSet<string>(Usual, StringComparer.OrdinalIgnoreCase);
        _marks.UnionWith(more.Select(m => m.Trim()));
    }

    /// <summary>True where a cell means that there is no value.</summary>
    public bool Contains(string cell) => _marks.Contains(cell);
}
