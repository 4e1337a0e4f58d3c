using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Pipeline.Stages.Spectra.Readers;

/// <summary>What a reader found and what it guessed, for the person who gave the file.</summary>
public sealed record ReadingReport
{
    /// <summary>What sort of file it is: the dialect of a text table, or the number of batches.</summary>
    public required string Form { get; init; }

    /// <summary>Delimiter, decimal mark and encoding of a text table; null for others.</summary>
    public CsvDialect? Dialect { get; init; }

    /// <summary>Comment lines before the header.</summary>
    public int CommentCount { get; init; }

    /// <summary>Number of samples, n.</summary>
    public int SampleCount { get; init; }

    /// <summary>Number of variables, p.</summary>
    public int VariableCount { get; init; }

    /// <summary>The axis in words: 1100-2498 nm, 700 variables, step 2 nm.</summary>
    public required string Axis { get; init; }

    /// <summary>How the unit of the axis was decided.</summary>
    public required string UnitReason { get; init; }

    /// <summary>How the samples got their ids.</summary>
    public required string IdReason { get; init; }

    /// <summary>The responses.</summary>
    public ImmutableArray<ResponseSummary> Responses { get; init; } = [];

    /// <summary>Names of the label columns.</summary>
    public ImmutableArray<string> Labels { get; init; } = [];

    /// <summary>What a person should check.</summary>
    public ImmutableArray<string> Warnings { get; init; } = [];

    /// <summary>The report in a few lines.</summary>
    public string ToText()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{SampleCount} samples, {Axis} ({UnitReason})\n");
        text.Append(CultureInfo.InvariantCulture, $"{Form}; {IdReason}\n");
        text.Append("Responses: ").Append(Responses.IsEmpty ? "none" : string.Join("; ", Responses)).Append('\n');
        if (!Labels.IsEmpty)
        {
            text.Append("Labels: ").AppendJoin(", ", Labels).Append('\n');
        }

        foreach (string warning in Warnings)
        {
            text.Append("Warning: ").Append(warning).Append('\n');
        }

        return text.ToString();
    }
}

/// <summary>The known values of one response.</summary>
/// <param name="Name">The column's name.</param>
/// <param name="Known">Samples with a value.</param>
/// <param name="Missing">Samples without one.</param>
/// <param name="Min">Least known value; NaN where none is known.</param>
/// <param name="Max">Largest known value; NaN where none is known.</param>
public sealed record ResponseSummary(string Name, int Known, int Missing, double Min, double Max)
{
    /// <summary>The summary of one column.</summary>
    public static ResponseSummary Of(ResponseColumn column)
    {
        int known = 0;
        double min = double.NaN;
        double max = double.NaN;
        foreach (double value in column.Values)
        {
            if (!double.IsNaN(value))
            {
                min = known == 0 || value < min ? value : min;
                max = known == 0 || value > max ? value : max;
                known++;
            }
        }

        return new ResponseSummary(column.Name, known, column.Values.Length - known, min, max);
    }

    /// <summary>The summary in words: protein 72 known, 8 missing, 7.654-9.711.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Name} {Known} known")
        + (Missing > 0 ? string.Create(CultureInfo.InvariantCulture, $", {Missing} missing") : "")
        + (Known > 0 ? string.Create(CultureInfo.InvariantCulture, $", {Min:G6} to {Max:G6}") : "");
}
