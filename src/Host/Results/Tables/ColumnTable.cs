using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Pipeline.Host.Runs;
using Pipeline.Stages.Calibration;

namespace Pipeline.Host.Results.Tables;

/// <summary>A table of a result by its columns, from which its forms are written: text with commas, and Arrow.</summary>
/// <remarks>
/// Both forms have the same columns in the same order and the same cells. Arrow: the file format, whose schema has the notes
/// and whose fields have their units. The same table gives the same bytes. In memory: <see cref="BatchRows"/> rows, fewer of many columns.
/// </remarks>
/// <param name="Columns">The columns, in order.</param>
/// <param name="RowCount">How many rows.</param>
/// <param name="Notes">What the schema says of the table.</param>
internal sealed record ColumnTable(ImmutableArray<TableColumn> Columns, int RowCount, ImmutableArray<KeyValuePair<string, string>> Notes)
{
    /// <summary>Rows of a record batch.</summary>
    public const int BatchRows = 4096;

    /// <summary>Cells of a batch at most, where a row has no more.</summary>
    private const int BatchCellsMax = 1 << 20;

    /// <summary>Raised by one whenever a column or a note changes its name or meaning.</summary>
    private const int FormatVersion = 1;

    private const int BufferBytes = 64 << 10;

    /// <summary>A table of a result, with notes that say of which.</summary>
    /// <param name="name">What the table is.</param>
    /// <param name="result">The result.</param>
    /// <param name="columns">The columns.</param>
    /// <param name="rowCount">How many rows.</param>
    public static ColumnTable Of(string name, RunResult result, IEnumerable<TableColumn> columns, int rowCount)
    {
        CalibrationManifest samples = result.Prepared.Plan.Manifest;
        return new ColumnTable(
            [.. columns],
            rowCount,
            [
                new("pipeline.table", name),
                new("pipeline.format", FormatVersion.ToString(CultureInfo.InvariantCulture)),
                new("pipeline.response", samples.Response),
                new("pipeline.axis_unit", samples.Axis.UnitSymbol),
                new("pipeline.run", result.Prepared.Work.Key.ToString()),
                new("pipeline.samples", samples.Key.ToString()),
                new("pipeline.folds", result.Prepared.Plan.FoldsKey.ToString()),
                new("pipeline.fold_scheme", result.Prepared.Plan.FoldScheme),
            ]);
    }

    /// <summary>Writes the table as text with commas, line after line.</summary>
    public void WriteText(Stream target)
    {
        using var text = new StreamWriter(target, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), BufferBytes, leaveOpen: true);
        text.Write(string.Join(',', Columns.Select(column => CsvText.Of(column.Name))));
        text.Write('\n');
        for (int row = 0; row < RowCount; row++)
        {
            for (int j = 0; j < Columns.Length; j++)
            {
                if (j > 0)
                {
                    text.Write(',');
                }

                Columns[j].Write(row, text);
            }

            text.Write('\n');
        }
    }

    /// <summary>Writes the table as an Arrow file, batch after batch, into a stream that can seek.</summary>
    public void WriteArrow(Stream target)
    {
        var schema = new Schema(Columns.Select(Field), Notes);
        using var writer = new ArrowFileWriter(target, schema, leaveOpen: true);
        writer.WriteStart();
        int rows = Math.Clamp(BatchCellsMax / Math.Max(1, Columns.Length), 1, BatchRows);
        for (int first = 0; first < RowCount; first += rows)
        {
            int count = Math.Min(rows, RowCount - first);
            using var batch = new RecordBatch(schema, Columns.Select(column => column.Build(first, count)), count);
            writer.WriteRecordBatch(batch);
        }

        writer.WriteEnd();
    }

    private static Field Field(TableColumn column) => new(
        column.Name, column.Type, nullable: true, column.Unit.Length > 0 ? (KeyValuePair<string, string>[])[new("unit", column.Unit)] : null);
}
