using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using Pipeline.Host.Prediction;
using Pipeline.Host.Results.Tables;

namespace Pipeline.Host.Http.Tables;

/// <summary>A table of results as it lies on the disk: text with commas row by row and with typed columns, Arrow files batch by batch.</summary>
/// <remarks>
/// Predictions of new samples lie there as text alone; their types follow from the names of columns, which are this program's own.
/// Rows in memory: one, as Arrow <see cref="ColumnTable.BatchRows"/>.
/// </remarks>
internal static class ResultTable
{
    /// <summary>The media type of Arrow streams.</summary>
    public const string MediaType = "application/vnd.apache.arrow.stream";

    /// <summary>The media type of Arrow files.</summary>
    public const string FileMediaType = "application/vnd.apache.arrow.file";

    private static readonly ImmutableHashSet<string> Numbers = ["value", "lower", "upper", "t2", "q", "leverage"];

    /// <summary>The rows of a table, its head first; quotes as in RFC 4180.</summary>
    public static IEnumerable<string[]> Rows(TextReader text)
    {
        List<string> cells = [];
        var cell = new StringBuilder();
        bool isQuoted = false;
        for (int sign = text.Read(); sign >= 0; sign = text.Read())
        {
            if (isQuoted)
            {
                if (sign != '"')
                {
                    cell.Append((char)sign);
                }
                else if (text.Peek() == '"')
                {
                    cell.Append((char)text.Read());
                }
                else
                {
                    isQuoted = false;
                }
            }
            else if (sign == '"')
            {
                isQuoted = true;
            }
            else if (sign is ',' or '\n')
            {
                cells.Add(cell.ToString());
                cell.Clear();
                if (sign == '\n')
                {
                    yield return [.. cells];
                    cells.Clear();
                }
            }
            else if (sign != '\r')
            {
                cell.Append((char)sign);
            }
        }
    }

    /// <summary>A cell as a number; null where there is none.</summary>
    public static double? Number(string cell) =>
        double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : null;

    /// <summary>Writes an Arrow file as an Arrow stream.</summary>
    public static async Task CopyArrowAsync(Stream file, Stream target, CancellationToken cancellation)
    {
        using var reader = new ArrowFileReader(file, leaveOpen: true);
        RecordBatch? batch = await reader.ReadNextRecordBatchAsync(cancellation);
        using var writer = new ArrowStreamWriter(target, reader.Schema, leaveOpen: true);
        await writer.WriteStartAsync(cancellation);
        while (batch is not null)
        {
            using (batch)
            {
                await writer.WriteRecordBatchAsync(batch, cancellation);
                await target.FlushAsync(cancellation);
            }

            batch = await reader.ReadNextRecordBatchAsync(cancellation);
        }

        await writer.WriteEndAsync(cancellation);
        await target.FlushAsync(cancellation);
    }

    /// <summary>Writes a table as an Arrow stream.</summary>
    public static async Task WriteArrowAsync(TextReader text, Stream target, CancellationToken cancellation)
    {
        using IEnumerator<string[]> rows = Rows(text).GetEnumerator();
        string[] head = rows.MoveNext() ? rows.Current : [];
        var schema = new Schema([.. head.Select(name => new Field(name, TypeOf(name), nullable: true))], null);
        using var writer = new ArrowStreamWriter(target, schema, leaveOpen: true);
        await writer.WriteStartAsync(cancellation);
        List<string[]> some = [];
        bool isMore = true;
        while (isMore)
        {
            isMore = rows.MoveNext();
            if (isMore)
            {
                some.Add(rows.Current);
            }

            if (some.Count == ColumnTable.BatchRows || (!isMore && some.Count > 0))
            {
                using var batch =
                    new RecordBatch(schema, head.Select((name, j) => Column(name, [.. some.Select(row => j < row.Length ? row[j] : "")])), some.Count);
                await writer.WriteRecordBatchAsync(batch, cancellation);
                await target.FlushAsync(cancellation);
                some.Clear();
            }
        }

        await writer.WriteEndAsync(cancellation);
        await target.FlushAsync(cancellation);
    }

    private static bool IsNumber(string name) => Numbers.Contains(name) || name.StartsWith(PredictedText.ProbabilityPrefix, StringComparison.Ordinal);

    private static ArrowType TypeOf(string name) => IsNumber(name) ? DoubleType.Default : StringType.Default;

    private static IArrowArray Column(string name, string[] cells)
    {
        if (IsNumber(name))
        {
            var numbers = new DoubleArray.Builder();
            System.Array.ForEach(cells, cell => numbers.Append(Number(cell)));
            return numbers.Build();
        }

        return new StringArray.Builder().AppendRange(cells).Build();
    }
}
