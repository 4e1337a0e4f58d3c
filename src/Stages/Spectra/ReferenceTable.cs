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
    /// <summary>Reads a text table: an id column, and columns of numbers or of text.</summary>
    /// <remarks>
    /// A table of text alone says which of its columns are ids, by a usual name: otherwise any text would be a table of labels. A column that is mostly numbers is refused for its first cell that is neither number nor missing mark.
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

        UniqueIds.Check(cells[idColumn], lines, $"'{AxisColumns.Cut(table.Names[idColumn])}'");
        return Columnar(table, options, idColumn, isNamed, cells, lines);
    }

    private static ReferenceTable Columnar(
        TextTable table, WideCsvOptions options, int idColumn, bool isNamed, List<string>[] cells, List<int> lines)
    {
        var missing = new MissingMarks(options.MissingMarks);
        var columns = ImmutableArray.CreateBuilder<ResponseColumn>();
        var labels = ImmutableArray.CreateBuilder<LabelColumn>();
        for (int column = 0; column < cells.Length; column++)
        {
            string name = table.Names[column];
            if (column == idColumn || name.Length == 0)
            {
                continue;
            }

            double[] values = new double[lines.Count];
            int numbers = 0;
            int texts = 0;
            int firstText = -1;
            for (int i = 0; i < values.Length; i++)
            {
                bool known = !missing.Contains(cells[column][i]);
                bool number = CellNumber.TryParse(cells[column][i], table.Dialect.DecimalMark, out double value) && double.IsFinite(value);
                values[i] = known && number ? value : double.NaN;
                numbers += known && number ? 1 : 0;
                texts += known && !number ? 1 : 0;
                firstText = known && !number && firstText < 0 ? i : firstText;
            }

            if (texts + numbers == 0)
            {
                // An empty column says nothing, neither that it is of numbers nor that it is of text.
                continue;
            }

            if (texts > 0 && numbers > texts)
            {
                throw new StageException(
                    FailureKind.InvalidData,
                    $"Line {lines[firstText]}, sample '{AxisColumns.Cut(cells[idColumn][firstText])}', response '{AxisColumns.Cut(name)}': "
                    + $"expected a number or a missing-value mark, found '{AxisColumns.Cut(cells[column][firstText])}'. Correct the cell.")
                {
                    Place = new DataPlace(firstText + 1, name),
                };
            }

            if (texts > 0)
            {
                labels.Add(new LabelColumn(name, [.. cells[column].Select(cell => missing.Contains(cell) ? "" : cell)]));
            }
            else
            {
                columns.Add(new ResponseColumn(name, [.. values]));
            }
        }

        return columns.Count > 0 || (isNamed && labels.Count > 0)
            ? new ReferenceTable([.. cells[idColumn]], columns.ToImmutable(), labels.ToImmutable(), [])
            : throw new StageException(
                FailureKind.InvalidData,
                $"Expected an id column and at least one column of numbers, found {AxisColumns.Shorten(table.Names)}. "
                + "Call the column of ids 'sample_id' where the others are text, name the spectral columns by their positions, or check delimiter and decimal mark.");
    }

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
