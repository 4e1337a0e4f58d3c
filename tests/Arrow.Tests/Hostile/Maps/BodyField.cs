namespace Pipeline.Arrow.Tests.Hostile.Maps;

/// <summary>What a field's type says about the buffers of its values.</summary>
/// <param name="Name">The type's name, of <see cref="TableShape.Types"/>.</param>
/// <param name="IsDense">Of a union, whether it has offsets.</param>
/// <param name="IndexBytes">Bytes of an index, where the values are in a dictionary; otherwise 0.</param>
/// <param name="DictionaryId">The dictionary's number.</param>
/// <param name="Children">The children.</param>
internal sealed record BodyField(string Name, bool IsDense, int IndexBytes, long DictionaryId, BodyField[] Children)
{
    private const int DepthMax = 64;

    /// <summary>The fields of a schema.</summary>
    public static BodyField[] Of(FlatNode schema) => [.. schema.Tables(1).Select(field => Of(field, 0))];

    /// <summary>The field whose values a dictionary holds, or null.</summary>
    public static BodyField? Find(IEnumerable<BodyField> fields, long dictionaryId)
    {
        foreach (BodyField field in fields)
        {
            if (field.IndexBytes != 0 && field.DictionaryId == dictionaryId)
            {
                return field with { IndexBytes = 0 };
            }

            if (Find(field.Children, dictionaryId) is BodyField found)
            {
                return found;
            }
        }

        return null;
    }

    private static BodyField Of(FlatNode field, int depth)
    {
        int kind = (int)field.Number(2, 1);
        FlatNode? encoding = field.Table(4);
        int indexBits = (int)(encoding?.Table(1)?.Number(0, 4) ?? 32);
        return new BodyField(
            kind < TableShape.Types.Length ? TableShape.Types[kind].Name : "",
            field.Table(3)?.Number(0, 2) == 1,
            encoding is null ? 0 : Math.Clamp(indexBits / 8, 1, 8),
            encoding?.Number(0, 8) ?? 0,
            depth == DepthMax ? [] : [.. field.Tables(5).Select(child => Of(child, depth + 1))]);
    }
}
