using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Spectra.Readers;

/// <summary>The reader of wide text tables: one row per sample, numeric column names are the axis.</summary>
/// <remarks>
/// Pure: the caller opens the stream. One pass over the bytes after a look at the first rows; memory is the file,
/// n × p doubles and the text of the other columns. Spectral cells must be finite; the first that is not ends the
/// reading with its place. Calls may run side by side.
/// </remarks>
public static class WideCsvReader
{
    private const int RowsPerCancellationCheck = 64;

    /// <summary>Reads a table to its end.</summary>
    public static SpectralReading Read(
        Stream source, WideCsvOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        options ??= WideCsvOptions.Default;
        TextTable table = TextTable.Open(source, options);
        var columns = new SideColumns(table, options);
        Matrix x = ReadRows(table, columns, options, cancellation);
        ImmutableArray<string> ids = columns.TakeIds(out int idColumn);
        var (responses, labels) = columns.TakeColumns(idColumn, ids);
        var chunk = new SpectralChunk(ids, columns.Axis.Axis, x, responses, labels);
        var report = new ReadingReport
        {
            Form = $"Text: {table.Dialect}",
            Dialect = table.Dialect,
            CommentCount = table.CommentCount,
            SampleCount = x.Rows,
            VariableCount = x.Columns,
            Axis = AxisColumns.Describe(columns.Axis.Axis),
            UnitReason = columns.Axis.UnitReason,
            IdReason = columns.IdReason,
            Responses = [.. responses.Select(ResponseSummary.Of)],
            Labels = [.. labels.Select(l => l.Name)],
            Warnings = [.. columns.Axis.Warnings, .. columns.Warnings, .. SpectraWarnings.Of(chunk)],
        };
        return new SpectralReading(chunk, report);
    }

    private static Matrix ReadRows(
        TextTable table, SideColumns columns, WideCsvOptions options, CancellationToken cancellation)
    {
        int p = columns.Axis.Columns.Length;
        double[] values = new double[p];
        int n = 0;
        while (table.Next())
        {
            if (n == options.SamplesMax)
            {
                throw new StageException(
                    FailureKind.OverBudget,
                    $"Line {table.Row.LineNumber}: expected at most {options.SamplesMax} samples, found more. "
                    + "Split the file.");
            }

            if (n % RowsPerCancellationCheck == 0)
            {
                cancellation.ThrowIfCancellationRequested();
            }

            if (values.Length < (long)(n + 1) * p)
            {
                Array.Resize(ref values, GrownLength(table, n, p));
            }

            ReadSpectrum(table, columns.Axis.Columns, values.AsSpan(n * p, p), n);
            columns.AddRow();
            n++;
        }

        if (n == 0)
        {
            throw new StageException(
                FailureKind.InvalidData,
                $"Line {table.Row.LineNumber} is the header and no row follows: expected one row per sample. "
                + "Export the spectra again.");
        }

        Array.Resize(ref values, n * p);
        return new Matrix(n, p, values);
    }

    // Rows left are estimated from the current one, so that a regular file is allocated once or twice. A row has
    // two bytes per value at least, so that the estimate is bounded by the file.
    private static int GrownLength(TextTable table, int n, int p)
    {
        long rowBytes = Math.Max(1, table.Row.RecordBytes);
        long rows = n + 1 + (table.Row.RemainingBytes / rowBytes * 17 / 16);
        long most = Math.Max(rows, n + (n / 4)) * p;
        long least = (long)(n + 1) * p;
        if (least > Array.MaxLength)
        {
            throw new StageException(
                FailureKind.OverBudget, $"Expected at most {Array.MaxLength} values, found more. Split the file.");
        }

        return (int)Math.Clamp(most, least, Array.MaxLength);
    }

    private static void ReadSpectrum(TextTable table, ImmutableArray<int> columns, Span<double> target, int sample)
    {
        CsvScanner row = table.Row;
        char mark = table.Dialect.DecimalMark;
        for (int j = 0; j < columns.Length; j++)
        {
            if (!CellNumber.TryParse(row.Field(columns[j]), mark, out target[j]) || !double.IsFinite(target[j]))
            {
                throw BadCell(table, columns[j], sample);
            }
        }
    }

    private static StageException BadCell(TextTable table, int column, int sample)
    {
        string name = table.Names[column];
        string found = table.Row.Text(column);
        bool isNumber = CellNumber.TryParse(table.Row.Field(column), table.Dialect.DecimalMark, out _);
        return new StageException(
            FailureKind.InvalidData,
            $"{table.Place}, column {column + 1}, variable {AxisColumns.Cut(name)}: expected a {(isNumber ? "finite " : "")}number, found "
            + $"{(found.Length == 0 ? "an empty cell" : $"'{AxisColumns.Cut(found)}'")}. "
            + "Remove the sample, or correct the cell; spectra must be complete.")
        {
            Place = new DataPlace(sample + 1, name),
        };
    }
}
