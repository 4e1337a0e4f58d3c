using Pipeline.Engine;

namespace Pipeline.Stages.Spectra.Readers;

/// <summary>The rule that every sample of a table has an id of its own.</summary>
internal static class UniqueIds
{
    /// <summary>Throws where an id is empty or repeated, naming the lines.</summary>
    public static void Check(IReadOnlyList<string> ids, IReadOnlyList<int> lines, string column)
    {
        var seen = new Dictionary<string, int>(ids.Count, StringComparer.Ordinal);
        for (int i = 0; i < ids.Count; i++)
        {
            if (ids[i].Length == 0)
            {
                throw new StageException(
                    FailureKind.InvalidData,
                    $"Line {lines[i]}: expected a sample id in column {column}, found an empty cell. "
                    + "Fill it in, or choose another id column.")
                {
                    Place = new DataPlace(i + 1, column.Trim('\'')),
                };
            }

            if (!seen.TryAdd(ids[i], lines[i]))
            {
                throw new StageException(
                    FailureKind.InvalidData,
                    $"Sample id '{AxisColumns.Cut(ids[i])}' in column {column} stands in line {seen[ids[i]]} and again in "
                    + $"line {lines[i]}. Rename or remove one, or choose another id column.")
                {
                    Place = new DataPlace(i + 1, column.Trim('\'')),
                };
            }
        }
    }
}
