using System.Collections.Immutable;
using Pipeline.Engine;

namespace Pipeline.Stages.Spectra.Readers;

/// <summary>A text table with its header read, standing before its first row.</summary>
/// <remarks>Turns every fault of the text into a <see cref="StageException"/> with line, sample and remedy.</remarks>
internal sealed class TextTable
{
    private readonly CsvScanner _scanner;
    private readonly WideCsvOptions _options;

    private TextTable(CsvScanner scanner, CsvDialect dialect, int commentCount, WideCsvOptions options)
    {
        _scanner = scanner;
        _options = options;
        Dialect = dialect;
        CommentCount = commentCount;
        Advance();
        int used = scanner.UsedFieldCount();
        if (used > options.ColumnsMax)
        {
            throw TooManyColumns();
        }

        Names = [.. Enumerable.Range(0, used).Select(scanner.Text)];
    }

    /// <summary>How the text is written.</summary>
    public CsvDialect Dialect { get; }

    /// <summary>Comment lines before the header.</summary>
    public int CommentCount { get; }

    /// <summary>The names in the header; a column without a name has an empty one.</summary>
    public ImmutableArray<string> Names { get; }

    /// <summary>The current row.</summary>
    public CsvScanner Row => _scanner;

    /// <summary>The column that names a sample in messages, or -1.</summary>
    public int NameColumn { get; set; } = -1;

    /// <summary>Where the current row is: Line 118, sample 'B12'.</summary>
    public string Place =>
        NameColumn >= 0 && NameColumn < _scanner.FieldCount && !_scanner.Field(NameColumn).IsEmpty
            ? $"Line {_scanner.LineNumber}, sample '{AxisColumns.Cut(_scanner.Text(NameColumn))}'"
            : $"Line {_scanner.LineNumber}";

    /// <summary>Reads a text as far as its header.</summary>
    public static TextTable Open(Stream source, WideCsvOptions options)
    {
        if (options.Delimiter is '"' or '\r' or '\n' or > '~' || options.DecimalMark is not (null or '.' or ','))
        {
            throw new ArgumentException(
                "The delimiter must be an ASCII character other than quotes and line ends, the decimal mark '.' or ','.",
                nameof(options));
        }

        TextBytes text = TextBytes.Read(source, options.BytesMax);
        (int start, int line, int comments) = SkipComments(text);
        options = TakeSeparatorLine(text, options, ref start, ref line);
        if (start >= text.End)
        {
            throw new StageException(
                FailureKind.InvalidData,
                "The file is empty: expected a header line and one line per sample. Export the spectra again.");
        }

        CsvDialect dialect = CsvDialectGuess.Choose(text, start, options);
        var scanner = new CsvScanner(text.Bytes, start, text.End, line, dialect.Delimiter, options);
        return new TextTable(scanner, dialect, comments, options);
    }

    /// <summary>Moves to the next row; false at the end. A row has as many fields as the header.</summary>
    public bool Next()
    {
        if (!Advance())
        {
            return false;
        }

        // Empty fields behind the last column come from trailing delimiters.
        int count = _scanner.FieldCount;
        if (count == Names.Length || (count > Names.Length && _scanner.UsedFieldCount() <= Names.Length))
        {
            return true;
        }

        throw new StageException(
            FailureKind.InvalidData,
            $"{Place}: expected {Names.Length} fields as in the header, found {count}. "
            + "Complete the line, or quote a cell that contains the delimiter.");
    }

    /// <summary>All rows that are left, column by column, with the line of each row: for tables small enough to keep as text.</summary>
    public (List<string>[] Cells, List<int> Lines) ReadColumns(CancellationToken cancellation)
    {
        var cells = Names.Select(_ => new List<string>()).ToArray();
        var lines = new List<int>();
        while (Next())
        {
            cancellation.ThrowIfCancellationRequested();
            if (lines.Count == _options.SamplesMax)
            {
                throw new StageException(
                    FailureKind.OverBudget, $"Expected at most {_options.SamplesMax} rows, found more. Split the file.");
            }

            lines.Add(Row.LineNumber);
            for (int column = 0; column < cells.Length; column++)
            {
                cells[column].Add(Row.Text(column));
            }
        }

        return (cells, lines);
    }

    /// <summary>Column of a name, case ignored; throws with the nearest name where there is none.</summary>
    public int Column(string name, string role)
    {
        int column = -1;
        for (int k = 0; k < Names.Length && column < 0; k++)
        {
            column = string.Equals(Names[k], name.Trim(), StringComparison.OrdinalIgnoreCase) ? k : -1;
        }

        if (column < 0)
        {
            var others = Names.Where(n => !AxisHeader.TryParse(n, Dialect.DecimalMark, out _)).ToList();
            throw new StageException(
                FailureKind.InvalidData,
                $"There is no column '{AxisColumns.Cut(name)}' for the {role}.{Spelling.Suggest(name, others)} "
                + (others.Count == 0 ? "All columns are spectral." : $"Columns beside the axis: {AxisColumns.Shorten(others)}."));
        }

        return column;
    }

    private static (int Start, int Line, int Comments) SkipComments(TextBytes text)
    {
        int at = text.Start;
        int line = 1;
        int comments = 0;
        while (at < text.End)
        {
            ReadOnlySpan<byte> rest = text.Bytes.AsSpan(at, text.End - at);
            int length = rest.IndexOfAny((byte)'\n', (byte)'\r');
            ReadOnlySpan<byte> content = (length < 0 ? rest : rest[..length]).Trim(" \t"u8);
            bool isComment = content.StartsWith("#"u8);
            if (!content.IsEmpty && !isComment)
            {
                break;
            }

            comments += isComment ? 1 : 0;
            length = length < 0 ? rest.Length : length;
            at += length + (rest[length..].StartsWith("\r\n"u8) ? 2 : 1);
            line++;
        }

        return (Math.Min(at, text.End), line, comments);
    }

    // Spreadsheets write a first line such as "sep=;".
    private static WideCsvOptions TakeSeparatorLine(TextBytes text, WideCsvOptions options, ref int start, ref int line)
    {
        ReadOnlySpan<byte> rest = text.Bytes.AsSpan(start, text.End - start);
        if (rest.Length < 6 || !rest.StartsWith("sep="u8) || !";,|\t"u8.Contains(rest[4])
            || !(rest[5] is (byte)'\r' or (byte)'\n'))
        {
            return options;
        }

        start += rest[5..].StartsWith("\r\n"u8) ? 7 : 6;
        line++;
        return options.Delimiter is null ? options with { Delimiter = (char)rest[4] } : options;
    }

    private bool Advance() => _scanner.Read() switch
    {
        CsvStep.Record => true,
        CsvStep.End => false,
        CsvStep.OpenQuote => throw new StageException(
            FailureKind.InvalidData,
            $"Line {_scanner.LineNumber}: a quoted field is opened and never closed. Add or remove the quotation mark."),
        CsvStep.TextAfterQuote => throw new StageException(
            FailureKind.InvalidData,
            $"Line {_scanner.LineNumber}, field {_scanner.FieldCount + 1}: expected {Dialect.Delimiter} or the end of "
            + "the line after a closing quotation mark, found more text. Double the marks inside a quoted cell."),
        CsvStep.LineTooLong => throw new StageException(
            FailureKind.OverBudget,
            $"Line {_scanner.LineNumber} is longer than {_options.LineBytesMax} bytes: this does not look like a table "
            + "with one row per sample. Check the file."),
        _ => throw TooManyColumns(),
    };

    private StageException TooManyColumns() =>
        new(
            FailureKind.OverBudget,
            $"Line {_scanner.LineNumber}: expected at most {_options.ColumnsMax} columns, found more. "
            + "If samples stand in columns, transpose the table.");
}
