namespace Pipeline.Stages.Spectra.Readers;

/// <summary>The choice of delimiter and decimal mark from the first records of a text table.</summary>
/// <remarks>
/// Both are chosen together, because a comma may be either: each pair is scored by how many records have as many
/// fields as the header and how many cells then are numbers. Ties go to the rarer delimiter, then to the point.
/// </remarks>
internal static class CsvDialectGuess
{
    private const int RecordsMax = 12;
    private const int SampleBytesMax = 1 << 20;

    private static readonly char[] Delimiters = ['\t', ';', '|', ','];
    private static readonly char[] DecimalMarks = ['.', ','];

    /// <summary>The pair that explains the text from start on best; what the options state is kept.</summary>
    public static CsvDialect Choose(TextBytes text, int start, WideCsvOptions options)
    {
        char[] delimiters = options.Delimiter is { } delimiter ? [delimiter] : Delimiters;
        char[] marks = options.DecimalMark is { } mark ? [mark] : DecimalMarks;
        var best = new CsvDialect(options.Delimiter ?? ',', options.DecimalMark ?? '.', text.Encoding);
        double bestScore = 0;
        ReadOnlySpan<byte> sample = text.Bytes.AsSpan(start, Math.Min(SampleBytesMax, text.End - start));
        foreach (char candidate in delimiters)
        {
            var scores = new double[marks.Length];
            Score(sample.ToArray(), candidate, marks, options, scores);
            for (int k = 0; k < marks.Length; k++)
            {
                if (scores[k] > bestScore)
                {
                    bestScore = scores[k];
                    best = best with { Delimiter = candidate, DecimalMark = marks[k] };
                }
            }
        }

        return best;
    }

    // The sample is altered by the scanner, hence a copy per delimiter.
    private static void Score(byte[] sample, char delimiter, char[] marks, WideCsvOptions options, double[] scores)
    {
        var scanner = new CsvScanner(sample, 0, sample.Length, 1, delimiter, options);
        if (scanner.Read() != CsvStep.Record || (scanner.FieldCount < 2 && options.Delimiter is null))
        {
            return;
        }

        int expected = scanner.UsedFieldCount();
        var header = Numbers(scanner, expected, marks);
        var cells = new double[marks.Length];
        int records = 0;
        int matching = 0;
        int filled = 0;
        while (records < RecordsMax && scanner.Read() == CsvStep.Record)
        {
            // The last record of the sample may be cut off.
            if (scanner.RemainingBytes == 0 && sample.Length == SampleBytesMax)
            {
                break;
            }

            records++;
            if (scanner.FieldCount >= expected && scanner.UsedFieldCount() <= expected)
            {
                matching++;
                filled += Filled(scanner, expected);
                var numbers = Numbers(scanner, expected, marks);
                for (int k = 0; k < marks.Length; k++)
                {
                    cells[k] += numbers[k];
                }
            }
        }

        for (int k = 0; k < marks.Length; k++)
        {
            double match = records == 0 ? 0.5 : (double)matching / records;
            double numeric = filled == 0 ? 0 : cells[k] / filled;
            scores[k] = (match * (1 + numeric)) + ((double)header[k] / expected);
        }
    }

    private static int Filled(CsvScanner scanner, int expected)
    {
        int filled = 0;
        for (int field = 0; field < expected; field++)
        {
            filled += scanner.Field(field).IsEmpty ? 0 : 1;
        }

        return filled;
    }

    private static int[] Numbers(CsvScanner scanner, int expected, char[] marks)
    {
        var numbers = new int[marks.Length];
        for (int field = 0; field < expected; field++)
        {
            for (int k = 0; k < marks.Length; k++)
            {
                numbers[k] += CellNumber.TryParse(scanner.Field(field), marks[k], out _) ? 1 : 0;
            }
        }

        return numbers;
    }
}
