using System.CommandLine;
using Pipeline.Engine;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Spectra.Readers;

namespace Pipeline.Host.Cli;

/// <summary>The options that say how a table of spectra is read, where the guess is wrong: shared by all commands that read one.</summary>
internal sealed class ReadingOptions
{
    private readonly Option<string?> _id = new("--id") { Description = "Column of sample ids, where the guess is wrong.", HelpName = "NAME" };
    private readonly Option<string?> _axisUnit = new("--axis-unit")
    {
        Description = "Unit of the axis, where the guess is wrong: nm, cm-1 or channel.",
        HelpName = "UNIT",
    };
    private readonly Option<string?> _delimiter = new("--delimiter")
    {
        Description = "Character between fields, where the guess is wrong: a character, or 'tab'.",
        HelpName = "CHAR",
    };
    private readonly Option<string?> _decimal = new("--decimal") { Description = "Decimal mark, where the guess is wrong: '.' or ','.", HelpName = "CHAR" };
    private readonly Option<string[]> _missing = new("--missing")
    {
        Description = "Mark of a missing reference value, besides the usual ones (empty, NA, NaN, n.d., -).",
        HelpName = "TEXT",
    };

    /// <summary>The option that names the column of ids.</summary>
    public Option Id => _id;

    /// <summary>The options of what is written how.</summary>
    public IEnumerable<Option> Form => [_axisUnit, _delimiter, _decimal, _missing];

    /// <summary>What was said.</summary>
    /// <exception cref="StageException">A value is none of those that are possible.</exception>
    public WideCsvOptions Of(ParseResult parsed) => new()
    {
        IdColumn = parsed.GetValue(_id),
        Unit = Unit(parsed.GetValue(_axisUnit)),
        Delimiter = Delimiter(parsed.GetValue(_delimiter)),
        DecimalMark = DecimalMark(parsed.GetValue(_decimal)),
        MissingMarks = [.. parsed.GetValue(_missing) ?? []],
    };

    private static AxisUnit? Unit(string? text) => text switch
    {
        null => null,
        "nm" => AxisUnit.Nanometre,
        "cm-1" or "cm⁻¹" => AxisUnit.Wavenumber,
        "channel" or "ch" => AxisUnit.Channel,
        _ => throw Refusal($"--axis-unit: expected nm, cm-1 or channel, found '{text}'."),
    };

    private static char? Delimiter(string? text) => text switch
    {
        null => null,
        "tab" or "\\t" => '\t',
        [',' or ';' or '\t' or '|'] => text[0],
        _ => throw Refusal($"--delimiter: expected one of , ; | or tab, found '{text}'."),
    };

    private static char? DecimalMark(string? text) => text switch
    {
        null => null,
        "." or "," => text[0],
        _ => throw Refusal($"--decimal: expected . or , as decimal mark, found '{text}'."),
    };

    private static StageException Refusal(string message) => new(FailureKind.InvalidRequest, message);
}
