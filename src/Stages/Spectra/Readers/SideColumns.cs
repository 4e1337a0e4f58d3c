using System.Collections.Immutable;
using Pipeline.Engine;

namespace Pipeline.Stages.Spectra.Readers;

/// <summary>The columns of a wide table beside its spectra, with the role of each: id, response or label.</summary>
/// <remarks>Cells are kept as text until the last row, because a column's role follows from all of its values.</remarks>
internal sealed partial class SideColumns
{
    private static readonly HashSet<string> LabelNames =
    [
        "group", "set", "split", "fold", "batch", "class", "replicate", "rep", "year", "plate", "block", "instrument",
    ];

    private readonly TextTable _table;
    private readonly WideCsvOptions _options;
    private readonly HashSet<int> _declared = [];
    private readonly HashSet<int> _responses = [];
    private readonly HashSet<int> _labels = [];
    private readonly List<int> _lines = [];
    private readonly List<string>[] _cells;
    private readonly ImmutableArray<int> _columns;
    private readonly MissingMarks _missing;
    private readonly int _declaredId = -1;

    /// <summary>The columns of a table whose header has been read; throws where a declared one is missing.</summary>
    public SideColumns(TextTable table, WideCsvOptions options)
    {
        _table = table;
        _options = options;
        _missing = new MissingMarks(options.MissingMarks);
        if (options.IdColumn is { } id)
        {
            _declaredId = Declare(id, "sample ids");
        }

        foreach (string name in options.Responses)
        {
            _responses.Add(Declare(name, "responses"));
        }

        foreach (string name in options.Labels)
        {
            _labels.Add(Declare(name, "labels"));
        }

        Axis = AxisColumns.Find(table.Names, table.Dialect.DecimalMark, options.Unit, _declared);
        var spectral = Axis.Columns.ToHashSet();
        _columns = [.. Enumerable.Range(0, table.Names.Length).Where(c => !spectral.Contains(c))];
        _cells = [.. _columns.Select(_ => new List<string>())];
        CheckNames();
        int named = NamedIdColumn();
        table.NameColumn = named >= 0 || _columns.IsEmpty ? named : _columns[0];
    }

    /// <summary>The spectral columns.</summary>
    public AxisColumns Axis { get; }

    /// <summary>What a person should check.</summary>
    public List<string> Warnings { get; } = [];

    /// <summary>Keeps the cells of the current row.</summary>
    public void AddRow()
    {
        _lines.Add(_table.Row.LineNumber);
        for (int k = 0; k < _columns.Length; k++)
        {
            _cells[k].Add(_table.Row.Text(_columns[k]));
        }
    }

    /// <summary>The responses and labels, in file order.</summary>
    public (ImmutableArray<ResponseColumn> Responses, ImmutableArray<LabelColumn> Labels) TakeColumns(
        int idColumn, ImmutableArray<string> ids)
    {
        var responses = ImmutableArray.CreateBuilder<ResponseColumn>();
        var labels = ImmutableArray.CreateBuilder<LabelColumn>();
        foreach (int column in _columns.Where(c => c != idColumn))
        {
            string name = _table.Names[column].Length > 0 ? _table.Names[column] : $"column {column + 1}";
            if (TryResponse(column, ids) is { } values)
            {
                responses.Add(new ResponseColumn(name, values));
            }
            else
            {
                labels.Add(new LabelColumn(name, [.. Cells(column)]));
            }
        }

        if (_options.Responses.IsEmpty)
        {
            return (responses.ToImmutable(), labels.ToImmutable());
        }

        // Asked responses come in the order asked.
        var order = _options.Responses.Select(r => r.Trim()).ToList();
        return ([.. responses.OrderBy(r => order.FindIndex(o => o.Equals(r.Name, StringComparison.OrdinalIgnoreCase)))],
            labels.ToImmutable());
    }

    private ImmutableArray<double>? TryResponse(int column, ImmutableArray<string> ids)
    {
        bool asked = _responses.Contains(column);
        if (!asked && (_labels.Contains(column) || !_options.Responses.IsEmpty || IsLabelName(column)))
        {
            return null;
        }

        List<string> cells = Cells(column);
        var values = ImmutableArray.CreateBuilder<double>(cells.Count);
        int numbers = 0;
        int firstText = -1;
        for (int i = 0; i < cells.Count; i++)
        {
            bool missing = _missing.Contains(cells[i]);
            bool number = CellNumber.TryParse(cells[i], _table.Dialect.DecimalMark, out double value)
                && double.IsFinite(value);
            if (!missing && !number && asked)
            {
                throw new StageException(
                    FailureKind.InvalidData,
                    $"Line {_lines[i]}, sample '{AxisColumns.Cut(ids[i])}', response {ColumnName(column)}: expected a "
                    + $"number or a missing-value mark, found '{AxisColumns.Cut(cells[i])}'. Correct the cell, or "
                    + "declare the mark with --missing.");
            }

            firstText = firstText < 0 && !missing && !number ? i : firstText;
            numbers += !missing && number ? 1 : 0;
            values.Add(!missing && number ? value : double.NaN);
        }

        if (firstText >= 0 && numbers > 0)
        {
            Warnings.Add(
                $"Column {ColumnName(column)} has {numbers} numbers but is read as text because of "
                + $"'{AxisColumns.Cut(cells[firstText])}' in line {_lines[firstText]}.");
        }
        else if (firstText < 0 && numbers == 0)
        {
            Warnings.Add($"Response {ColumnName(column)} has no known value.");
        }

        return firstText < 0 ? values.MoveToImmutable() : null;
    }

    private int Declare(string name, string role)
    {
        int column = _table.Column(name, role);
        if (!_declared.Add(column))
        {
            throw new StageException(
                FailureKind.InvalidData,
                $"Column '{AxisColumns.Cut(name)}' is asked for twice, the second time for the {role}. Give it one role.");
        }

        return column;
    }

    private void CheckNames()
    {
        var seen = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        foreach (int column in _columns)
        {
            string name = _table.Names[column];
            if (name.Length > 0 && !seen.TryAdd(name, column))
            {
                throw new StageException(
                    FailureKind.InvalidData,
                    $"Columns {seen[name] + 1} and {column + 1} are both called '{AxisColumns.Cut(name)}'. Rename one.");
            }
        }
    }

    private List<string> Cells(int column) => _cells[_columns.BinarySearch(column)];

    private bool IsLabelName(int column) => LabelNames.Contains(Letters(_table.Names[column]));

    private string ColumnName(int column) =>
        _table.Names[column].Length > 0 ? $"'{AxisColumns.Cut(_table.Names[column])}'" : $"{column + 1}, which has no name,";

    private static string Letters(string name) =>
        string.Concat(name.Where(char.IsLetterOrDigit)).ToLowerInvariant();
}
