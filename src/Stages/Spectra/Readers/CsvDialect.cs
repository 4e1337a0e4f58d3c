namespace Pipeline.Stages.Spectra.Readers;

/// <summary>How a text table separates its fields, with the mark of its decimals.</summary>
/// <param name="Delimiter">The character between fields.</param>
/// <param name="DecimalMark">The decimal mark, '.' or ','.</param>
/// <param name="Encoding">The encoding, in words.</param>
public sealed record CsvDialect(char Delimiter, char DecimalMark, string Encoding)
{
    /// <summary>The dialect in words: delimiter ';', decimal comma.</summary>
    public override string ToString() =>
        $"delimiter {(Delimiter == '\t' ? "tab" : $"'{Delimiter}'")}, "
        + $"decimal {(DecimalMark == ',' ? "comma" : "point")}, {Encoding}";
}
