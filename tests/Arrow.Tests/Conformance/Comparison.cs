using Apache.Arrow;

namespace Pipeline.Arrow.Tests.Conformance;

/// <summary>Compares what was read with its gold.</summary>
internal static class Comparison
{
    /// <summary>The first difference of what was read from the gold, or null.</summary>
    public static string? Difference(GoldFile gold, Schema schema, IReadOnlyList<RecordBatch> batches)
    {
        string[] lines = [.. schema.FieldsList.SelectMany(field => FieldShape.Of(field).ToLines())];
        string[] expected = [.. gold.Fields.SelectMany(field => field.ToLines())];
        return First("fields", expected, lines)
            ?? First("metadata", [gold.Metadata], [FieldShape.TextOf(schema.Metadata)])
            ?? First("batches", [$"{gold.Batches.Count}"], [$"{batches.Count}"])
            ?? gold.Batches
                .Select((batch, i) => Difference(batch, schema, batches[i], $"batch {i}"))
                .FirstOrDefault(difference => difference is not null);
    }

    private static string? Difference(GoldBatch gold, Schema schema, RecordBatch batch, string place)
    {
        if (batch.Length != gold.Length || batch.ColumnCount != gold.Columns.Count)
        {
            return $"{place}: {batch.Length} rows of {batch.ColumnCount} columns";
        }

        return gold.Columns
            .Select((values, j) => Difference(values, batch.Column(j), $"{place}, field {schema.GetFieldByIndex(j).Name}"))
            .FirstOrDefault(difference => difference is not null);
    }

    private static string? Difference(string[] gold, IArrowArray column, string place)
    {
        // An index that is not null may lead to a null in its dictionary.
        int nulls = gold.Count(value => value == "null");
        bool isCounted = column is DictionaryArray || column.NullCount == nulls;
        return First(place, gold, Rendering.Of(column))
            ?? (isCounted ? null : $"{place}: {nulls} nulls, counted {column.NullCount}");
    }

    private static string? First(string place, string[] expected, string[] found)
    {
        if (expected.Length != found.Length)
        {
            return $"{place}: expected {expected.Length}, found {found.Length}";
        }

        int i = Enumerable.Range(0, expected.Length).FirstOrDefault(k => expected[k] != found[k], -1);
        return i < 0 ? null : $"{place}, {i}: expected {expected[i]}, found {found[i]}";
    }
}
