using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Stages.Spectra.Readers;

namespace Pipeline.Stages.Spectra;

/// <summary>A small table of labels by sample id, such as the official split of a dataset.</summary>
/// <remarks>Read by the machinery of <see cref="WideCsvReader"/>; every column but the id is text.</remarks>
public sealed class LabelTable
{
    private readonly Dictionary<string, int> _rows;

    private LabelTable(ImmutableArray<string> ids, ImmutableArray<LabelColumn> columns)
    {
        Ids = ids;
        Columns = columns;
        _rows = new Dictionary<string, int>(ids.Length, StringComparer.Ordinal);
        for (int i = 0; i < ids.Length; i++)
        {
            _rows.Add(ids[i], i);
        }
    }

    /// <summary>The sample ids, unique, in file order.</summary>
    public ImmutableArray<string> Ids { get; }

    /// <summary>The columns beside the id.</summary>
    public ImmutableArray<LabelColumn> Columns { get; }

    /// <summary>Reads a table; the id column is the one of the options, else the first.</summary>
    public static LabelTable Read(
        Stream source, WideCsvOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        options ??= WideCsvOptions.Default;
        TextTable table = TextTable.Open(source, options);
        int idColumn = options.IdColumn is { } name ? table.Column(name, "sample ids") : 0;
        table.NameColumn = idColumn;
        (List<string>[] cells, List<int> lines) = table.ReadColumns(cancellation);

        if (cells.Length < 2)
        {
            throw new StageException(
                FailureKind.InvalidData,
                $"A table of labels needs an id column and one more, found {AxisColumns.Shorten(table.Names)}. "
                + "Check the delimiter.");
        }

        if (lines.Count == 0)
        {
            throw new StageException(
                FailureKind.InvalidData, "The table of labels has a header and no rows: expected one row per sample.");
        }

        ImmutableArray<string> ids = [.. cells[idColumn]];
        UniqueIds.Check(ids, lines, $"'{AxisColumns.Cut(table.Names[idColumn])}'");
        return new LabelTable(
            ids,
            [.. Enumerable.Range(0, cells.Length).Where(c => c != idColumn)
                .Select(c => new LabelColumn(table.Names[c], [.. cells[c]]))]);
    }

    /// <summary>The chunk with one column of this table as a further label, and who was left over.</summary>
    /// <remarks>A sample that the table does not know gets an empty label. A label of that name is replaced.</remarks>
    public LabelJoin Join(SpectralChunk chunk, string column)
    {
        ArgumentNullException.ThrowIfNull(chunk);
        LabelColumn source = Columns.FirstOrDefault(c => c.Name.Equals(column, StringComparison.OrdinalIgnoreCase))
            ?? throw new StageException(
                FailureKind.InvalidData,
                $"The table of labels has no column '{AxisColumns.Cut(column)}'."
                + $"{Spelling.Suggest(column, Columns.Select(c => c.Name))} "
                + $"Its columns: {AxisColumns.Shorten([.. Columns.Select(c => c.Name)])}.");
        var values = ImmutableArray.CreateBuilder<string>(chunk.SampleCount);
        var withoutLabel = ImmutableArray.CreateBuilder<string>();
        foreach (string id in chunk.Ids)
        {
            bool known = _rows.TryGetValue(id, out int row);
            values.Add(known ? source.Values[row] : "");
            if (!known)
            {
                withoutLabel.Add(id);
            }
        }

        var present = chunk.Ids.ToHashSet(StringComparer.Ordinal);
        var labels = chunk.Labels.RemoveAll(l => l.Name.Equals(source.Name, StringComparison.OrdinalIgnoreCase))
            .Add(new LabelColumn(source.Name, values.MoveToImmutable()));
        return new LabelJoin(
            new SpectralChunk(chunk.Ids, chunk.Axis, chunk.X, chunk.Responses, labels),
            withoutLabel.ToImmutable(),
            [.. Ids.Where(id => !present.Contains(id))]);
    }
}

/// <summary>The outcome of joining labels to spectra.</summary>
/// <param name="Chunk">The spectra with the label.</param>
/// <param name="WithoutLabel">Samples that the table does not know.</param>
/// <param name="WithoutSpectrum">Ids of the table that no sample has.</param>
public sealed record LabelJoin(
    SpectralChunk Chunk, ImmutableArray<string> WithoutLabel, ImmutableArray<string> WithoutSpectrum)
{
    /// <summary>The outcome in words, naming the first ids left over on either side.</summary>
    public string ToText()
    {
        string text = $"{Chunk.SampleCount - WithoutLabel.Length} of {Chunk.SampleCount} samples have a label";
        text += WithoutLabel.IsEmpty ? "" : $"; without one: {AxisColumns.Shorten(WithoutLabel)}";
        return text + (WithoutSpectrum.IsEmpty ? "." : $"; ids without a spectrum: {AxisColumns.Shorten(WithoutSpectrum)}.");
    }
}
