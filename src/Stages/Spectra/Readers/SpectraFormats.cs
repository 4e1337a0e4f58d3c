using Pipeline.Engine;

namespace Pipeline.Stages.Spectra.Readers;

/// <summary>The choice of a file's format from its first bytes; names are no more than a hint for messages.</summary>
public static class SpectraFormats
{
    /// <summary>How many bytes of a file <see cref="Detect"/> wants to see.</summary>
    public const int HeadBytesMax = 64 << 10;

    private const int SpectralColumnsMin = 3;

    /// <summary>The format of a file.</summary>
    /// <param name="head">The first bytes, up to <see cref="HeadBytesMax"/>.</param>
    /// <param name="name">The file's name; decides nothing but whether bytes of unclear kind are called text.</param>
    public static SpectraFormat Detect(ReadOnlySpan<byte> head, string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (head.StartsWith("ARROW1"u8))
        {
            return SpectraFormat.ArrowFile;
        }

        // Since 0.15 a message of an Arrow stream starts with a continuation mark and a length that fits the file.
        if (head.Length >= 8 && head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFF, 0xFF, 0xFF]))
        {
            return BitConverter.ToInt32(head[4..8]) > 0 ? SpectraFormat.ArrowStream : SpectraFormat.Unknown;
        }

        // Before that the length alone stood there; no text table starts with it, for it holds zero bytes.
        if (head.Length >= 8 && head[3] == 0 && head[2] == 0 && BitConverter.ToInt32(head[..4]) is > 0 and < 1 << 16 && head[4] < 64 && head[7] == 0)
        {
            return SpectraFormat.ArrowStream;
        }

        return DetectTable(head);
    }

    private static SpectraFormat DetectTable(ReadOnlySpan<byte> head)
    {
        // Bytes that are no text, and text that is no table, are an answer here and not a failure.
        TextTable table;
        try
        {
            table = TextTable.Open(new MemoryStream(head.ToArray()), WideCsvOptions.Default);
        }
        catch (StageException)
        {
            return SpectraFormat.Unknown;
        }

        int spectral = table.Names.Count(n => AxisHeader.TryParse(n, table.Dialect.DecimalMark, out _));
        if (spectral >= SpectralColumnsMin || (spectral > 0 && 2 * spectral >= table.Names.Length))
        {
            return SpectraFormat.WideTable;
        }

        return table.Names.Length >= 2 ? SpectraFormat.ReferenceTable : SpectraFormat.Unknown;
    }
}

/// <summary>The formats that are told apart.</summary>
public enum SpectraFormat
{
    /// <summary>None that we know.</summary>
    Unknown,

    /// <summary>A text table with one row per sample and positions as column names.</summary>
    WideTable,

    /// <summary>A text table of ids and reference values without spectra.</summary>
    ReferenceTable,

    /// <summary>An Arrow file, with its magic at both ends.</summary>
    ArrowFile,

    /// <summary>An Arrow stream of messages.</summary>
    ArrowStream,
}
