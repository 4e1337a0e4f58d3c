using System.Collections.Immutable;

namespace Pipeline.Stages.Spectra.Readers;

/// <summary>What is known about a text table beforehand, with the limits of reading it.</summary>
/// <remarks>
/// Everything that is null is guessed from the file and reported. Memory while reading is the file, 8 to 16 bytes
/// per spectral cell and about 50 per other cell: about three times the file for spectra as instruments write them,
/// 25 times <see cref="BytesMax"/> at the very most (a table of one-letter labels).
/// </remarks>
public sealed record WideCsvOptions
{
    /// <summary>Everything guessed, usual limits.</summary>
    public static WideCsvOptions Default { get; } = new();

    /// <summary>The character between fields; guessed where null.</summary>
    public char? Delimiter { get; init; }

    /// <summary>The decimal mark, '.' or ','; guessed where null.</summary>
    public char? DecimalMark { get; init; }

    /// <summary>The unit of the axis; where null as the header states, else guessed.</summary>
    public AxisUnit? Unit { get; init; }

    /// <summary>The column of sample ids; guessed where null.</summary>
    public string? IdColumn { get; init; }

    /// <summary>The columns of reference values; where empty, every column of numbers beside the axis.</summary>
    public ImmutableArray<string> Responses { get; init; } = [];

    /// <summary>Columns to be kept as text although they hold numbers.</summary>
    public ImmutableArray<string> Labels { get; init; } = [];

    /// <summary>Marks of a missing reference value besides the usual ones (empty, NA, NaN, n.d., -, …).</summary>
    public ImmutableArray<string> MissingMarks { get; init; } = [];

    /// <summary>Longest file, in bytes.</summary>
    public long BytesMax { get; init; } = 512L << 20;

    /// <summary>Longest line, in bytes.</summary>
    public int LineBytesMax { get; init; } = 4 << 20;

    /// <summary>Most samples.</summary>
    public int SamplesMax { get; init; } = 2_000_000;

    /// <summary>Most columns, spectral and others.</summary>
    public int ColumnsMax { get; init; } = 50_000;
}
