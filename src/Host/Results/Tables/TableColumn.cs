using System.Globalization;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace Pipeline.Host.Results.Tables;

/// <summary>A column of a result table: its name, its type, and the cell of every row.</summary>
/// <remarks>A cell without value is empty as text and null in Arrow: no text, a number that is not finite, no whole number.</remarks>
/// <param name="Name">The name.</param>
internal abstract record TableColumn(string Name)
{
    /// <summary>The unit of figures that have that of the response.</summary>
    public const string ResponseUnit = "response";

    /// <summary>The unit of its numbers; empty for none.</summary>
    public string Unit { get; init; } = "";

    /// <summary>The type in Arrow.</summary>
    public abstract ArrowType Type { get; }

    /// <summary>Writes the cell of a row as text with commas has it.</summary>
    public abstract void Write(int row, TextWriter target);

    /// <summary>The cells of some rows.</summary>
    public abstract IArrowArray Build(int first, int count);
}

/// <summary>A column of texts.</summary>
internal sealed record TextColumn(string Name, Func<int, string> Cell) : TableColumn(Name)
{
    /// <inheritdoc/>
    public override ArrowType Type => StringType.Default;

    /// <inheritdoc/>
    public override void Write(int row, TextWriter target) => target.Write(CsvText.Of(Cell(row)));

    /// <inheritdoc/>
    public override IArrowArray Build(int first, int count)
    {
        var cells = new StringArray.Builder();
        for (int row = first; row < first + count; row++)
        {
            _ = Cell(row) is { Length: > 0 } text ? cells.Append(text) : cells.AppendNull();
        }

        return cells.Build();
    }
}

/// <summary>A column of numbers.</summary>
internal sealed record NumberColumn(string Name, Func<int, double> Cell) : TableColumn(Name)
{
    /// <inheritdoc/>
    public override ArrowType Type => DoubleType.Default;

    /// <inheritdoc/>
    public override void Write(int row, TextWriter target) => CsvText.Write(Cell(row), target);

    /// <inheritdoc/>
    public override IArrowArray Build(int first, int count)
    {
        var cells = new DoubleArray.Builder();
        for (int row = first; row < first + count; row++)
        {
            _ = Cell(row) is var value && double.IsFinite(value) ? cells.Append(value) : cells.AppendNull();
        }

        return cells.Build();
    }
}

/// <summary>A column of whole numbers.</summary>
internal sealed record WholeColumn(string Name, Func<int, int?> Cell) : TableColumn(Name)
{
    /// <inheritdoc/>
    public override ArrowType Type => Int32Type.Default;

    /// <inheritdoc/>
    public override void Write(int row, TextWriter target) => target.Write(Cell(row)?.ToString(CultureInfo.InvariantCulture));

    /// <inheritdoc/>
    public override IArrowArray Build(int first, int count)
    {
        var cells = new Int32Array.Builder();
        for (int row = first; row < first + count; row++)
        {
            cells.Append(Cell(row));
        }

        return cells.Build();
    }
}

/// <summary>A column of statements.</summary>
internal sealed record TruthColumn(string Name, Func<int, bool> Cell) : TableColumn(Name)
{
    /// <inheritdoc/>
    public override ArrowType Type => BooleanType.Default;

    /// <inheritdoc/>
    public override void Write(int row, TextWriter target) => target.Write(CsvText.Of(Cell(row)));

    /// <inheritdoc/>
    public override IArrowArray Build(int first, int count)
    {
        var cells = new BooleanArray.Builder();
        for (int row = first; row < first + count; row++)
        {
            cells.Append(Cell(row));
        }

        return cells.Build();
    }
}
