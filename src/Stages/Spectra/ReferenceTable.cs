using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Stages.Spectra.Readers;

namespace Pipeline.Stages.Spectra;

/// <summary>Reference values and classes by sample id, without spectra, as a laboratory sends them later.</summary>
/// <param name="Ids">Ids as written in the table, unique, in file order.</param>
/// <param name="Columns">The columns of numbers; NaN where the table has no value.</param>
/// <param name="Labels">The columns of text, such as classes; empty where the table has no value.</param>
/// <param name="Warnings">What a person should check.</param>
public sealed record ReferenceTable(
    ImmutableArray<string> Ids,
    ImmutableArray<ResponseColumn> Columns,
    ImmutableArray<LabelColumn> Labels,
    ImmutableArray<string> Warnings)
{
    /// <summary>Column names that any list has, of people or of files: alone they do not make it a table of labels.</summary>
    private static readonly string[] CommonNames = ["name", "file", "filename"];

    /// <summary>Reads a text table: an id column, and columns of numbers or of text.</summary>
    /// <remarks>
    /// A table of text alone says which of its columns are ids, by a usual name other than <c>name</c> and <c>file</c>: otherwise any text
    /// would be a table of labels. A column that is mostly numbers is refused for its first cell that is neither number nor missing mark.
    /// What names the samples a second time, such as <c>file</c> beside <c>sample_id</c>, is neither response nor label unless it is asked
    /// for; it is left out with a warning, as are columns without a name or without a value.
    /// </remarks>
    public static ReferenceTable Read(Stream source, WideCsvOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        options ??= WideCsvOptions.Default;
        TextTable table = TextTable.Open(source, options);
        (int idColumn, bool isNamed) = IdColumn(table, options);
        table.NameColumn = idColumn;
        CheckNames(table);
        (List<string>[] cells, List<int> lines) = table.ReadColumns(cancellation);

        if (lines.Count == 0)
        {
            throw new StageException(
                FailureKind.InvalidData,
                $"Line {table.Row.LineNumber} is the header and no row follows: expected one row per sample. Export the table again.");
        }

        string idName = AxisColumns.Cut(table.Names[idColumn]);
        UniqueIds.Check(cells[idColumn], lines, $"'{idName}'");
        ImmutableArray<string> warnings = isNamed
            ? []
            : [$"No column has a usual name of sample ids; the first, '{idName}', is taken for them. Call the column of ids 'sample_id'."];
        ReferenceTable read = Columnar(table, options, idColumn, cells, lines);
        bool saysItsIds = options.IdColumn is not null || (isNamed && !IsAmong(table.Names[idColumn], CommonNames));
        return read.Columns.Length > 0 || (saysItsIds && read.Labels.Length > 0)
            ? read with { Warnings = [.. warnings, .. read.Warnings] }
            : throw new StageException(
                FailureKind.InvalidData,
                $"Expected an id column and at least one column of numbers, found {AxisColumns.Shorten(table.Names)}. "
                + "Call the column of ids 'sample_id' where the others are text, name the spectral columns by their positions, or check "
                + "delimiter and decimal mark.");
    }

    private static ReferenceTable Columnar(
        TextTable table, WideCsvOptions options, int idColumn, List<string>[] cells, List<int> lines)
    {
        var missing = new MissingMarks(options.MissingMarks);
        var columns = ImmutableArray.CreateBuilder<ResponseColumn>();
        var labels = ImmutableArray.CreateBuilder<LabelColumn>();
        var warnings = ImmutableArray.CreateBuilder<string>();
        for (int column = 0; column < cells.Length; column++)
        {
            string name = table.Names[column];
            if (column == idColumn)
            {
                continue;
            }

            if (cells[column].TrueForAll(missing.Contains))
            {
                // It says nothing, neither that it is of numbers nor that it is of text; without a name it is a delimiter too many.
                if (name.Length > 0)
                {
                    warnings.Add($"Column '{AxisColumns.Cut(name)}' has no known value and is left out.");
                }
            }
            else if (name.Length == 0)
            {
                warnings.Add($"Column {column + 1}, which has no name, is left out. Name it in the header if it is a reference.");
            }
            else if (IsAmong(name, SideColumns.IdNames) && !IsAmong(name, [.. options.Responses, .. options.Labels]))
            {
                warnings.Add(
                    $"Column '{AxisColumns.Cut(name)}' names the samples beside '{AxisColumns.Cut(table.Names[idColumn])}' and is left out. "
                    + "Rename it if it is a reference.");
            }
            else if (Numbers(table, column, cells, lines, idColumn, missing) is { } values)
            {
                columns.Add(new ResponseColumn(name, values));
            }
            else
            {
                labels.Add(new LabelColumn(name, [.. cells[column].Select(cell => missing.Contains(cell) ? "" : cell)]));
            }
        }

        return new ReferenceTable([.. cells[idColumn]], columns.ToImmutable(), labels.ToImmutable(), warnings.ToImmutable());
    }

    /// <summary>The numbers of a column that has values; null where it is of text.</summary>
    private static ImmutableArray<double>? Numbers(
        TextTable table, int column, List<string>[] cells, List<int> lines, int idColumn, MissingMarks missing)
    {
        var values = ImmutableArray.CreateBuilder<double>(lines.Count);
        int numbers = 0;
        int texts = 0;
        int firstText = -1;
        for (int i = 0; i < lines.Count; i++)
        {
            bool isKnown = !missing.Contains(cells[column][i]);
            bool isNumber = CellNumber.TryParse(cells[column][i], table.Dialect.DecimalMark, out double value) && double.IsFinite(value);
            values.Add(isKnown && isNumber ? value : double.NaN);
            numbers += isKnown && isNumber ? 1 : 0;
            texts += isKnown && !isNumber ? 1 : 0;
            firstText = isKnown && !isNumber && firstText < 0 ? i : firstText;
        }

        if (texts > 0 && numbers > texts)
        {
            string name = table.Names[column];
            throw new StageException(
                FailureKind.InvalidData,
                $"Line {lines[firstText]}, sample '{AxisColumns.Cut(cells[idColumn][firstText])}', response '{AxisColumns.Cut(name)}': "
                + $"expected a number or a missing-value mark, found '{AxisColumns.Cut(cells[column][firstText])}'. Correct the cell.")
            {
                Place = new DataPlace(firstText + 1, name),
            };
        }

        return texts == 0 ? values.MoveToImmutable() : null;
    }

    private static bool IsAmong(string name, IEnumerable<string> names) => names.Contains(name, LettersComparer.Instance);

    private static (int Column, bool IsNamed) IdColumn(TextTable table, WideCsvOptions options)
    {
        if (options.IdColumn is { } asked)
        {
            return (table.Column(asked, "sample ids"), true);
        }

        foreach (string idName in SideColumns.IdNames)
        {
            int column = table.Names.IndexOf(idName, 0, table.Names.Length, LettersComparer.Instance);
            if (column >= 0)
            {
                return (column, true);
            }
        }

        return (0, false);
    }

    private static void CheckNames(TextTable table)
    {
        string? twice = table.Names.Where(n => n.Length > 0).GroupBy(n => n, StringComparer.OrdinalIgnoreCase)
            .FirstOrDefault(g => g.Count() > 1)?.Key;
        if (twice is not null)
        {
            throw new StageException(
                FailureKind.InvalidData, $"Two columns of the header are called '{AxisColumns.Cut(twice)}'. Rename one.");
        }
    }

    /// <summary>Equality of letters and digits, case ignored.</summary>
    private sealed class LettersComparer : IEqualityComparer<string>
    {
        public static readonly LettersComparer Instance = new();

        public bool Equals(string? x, string? y) => Letters(x) == Letters(y);

        public int GetHashCode(string obj) => Letters(obj).GetHashCode(StringComparison.Ordinal);

        private static string Letters(string? name) =>
            string.Concat((name ?? "").Where(char.IsLetterOrDigit)).ToLowerInvariant();
    }
}
