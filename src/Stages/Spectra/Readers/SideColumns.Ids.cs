using System.Collections.Immutable;

namespace Pipeline.Stages.Spectra.Readers;

/// <content>The choice of the column of sample ids.</content>
internal sealed partial class SideColumns
{
    internal static readonly string[] IdNames =
    [
        "sampleid", "id", "sample", "samplename", "sampleno", "samplenr", "samplenumber", "specimenid", "specimen",
        "labid", "labno", "probe", "probenid", "probennr", "uid", "spectrumid", "spectrum", "filename", "file", "name",
    ];

    /// <summary>How the samples got their ids, once <see cref="TakeIds"/> has been called.</summary>
    public string IdReason { get; private set; } = "";

    /// <summary>The sample ids, unique.</summary>
    public ImmutableArray<string> TakeIds(out int idColumn)
    {
        idColumn = NamedIdColumn();
        IdReason = _declaredId >= 0 ? $"ids from column '{_options.IdColumn}' as asked" : "";
        if (idColumn < 0)
        {
            idColumn = UniqueTextColumn();
        }

        if (idColumn < 0)
        {
            IdReason = "samples numbered S0001, S0002, …";
            Warnings.Add("No column of sample ids was found; samples are numbered in file order.");
            return [.. Enumerable.Range(1, _lines.Count).Select(i => $"S{i:0000}")];
        }

        string name = ColumnName(idColumn);
        IdReason = IdReason.Length > 0 ? IdReason : $"ids from column {name}";
        var ids = Cells(idColumn).ToImmutableArray();
        UniqueIds.Check(ids, _lines, name);
        return ids;
    }

    private int NamedIdColumn()
    {
        if (_declaredId >= 0)
        {
            return _declaredId;
        }

        foreach (string idName in IdNames)
        {
            foreach (int column in _columns)
            {
                if (!_declared.Contains(column) && Letters(_table.Names[column]) == idName)
                {
                    return column;
                }
            }
        }

        return -1;
    }

    // A column of numbers is an id only where it has no name, as the row numbers of data frames have.
    private int UniqueTextColumn()
    {
        foreach (int column in _columns.Where(c => !_declared.Contains(c)))
        {
            List<string> cells = Cells(column);
            bool isText = _table.Names[column].Length == 0
                || cells.Exists(c => !_missing.Contains(c) && !CellNumber.TryParse(c, _table.Dialect.DecimalMark, out _));
            if (isText && !cells.Contains("") && cells.Distinct(StringComparer.Ordinal).Count() == cells.Count)
            {
                return column;
            }
        }

        return -1;
    }
}
