using Apache.Arrow.Types;

namespace Apache.Arrow.Ipc;

/// <summary>A field as it is transported: with the number of its dictionary, and its children likewise.</summary>
/// <remarks>Of a field with a dictionary, the children are those of the dictionary's values.</remarks>
internal sealed record IpcField(Field Field, long? DictionaryId, IpcField[] Children)
{
    /// <summary>The type of the values, be they here or in a dictionary.</summary>
    internal IArrowType ValueType => Field.DataType is DictionaryType dictionary ? dictionary.ValueType : Field.DataType;

    /// <summary>The field of a dictionary's values.</summary>
    internal IpcField Values => new(new Field(Field.Name, ValueType, nullable: true), null, Children);

    /// <summary>The fields of a schema with dictionaries numbered in order.</summary>
    internal static IpcField[] Number(Schema schema)
    {
        long dictionaries = 0;
        return [.. schema.FieldsList.Select(field => Number(field, ref dictionaries))];
    }

    private static IpcField Number(Field field, ref long dictionaries)
    {
        long? id = field.DataType is DictionaryType ? dictionaries++ : null;
        var unnumbered = new IpcField(field, id, []);
        if (unnumbered.ValueType is not NestedType nested)
        {
            return unnumbered;
        }

        var children = new IpcField[nested.Fields.Count];
        for (int i = 0; i < children.Length; i++)
        {
            children[i] = Number(nested.Fields[i], ref dictionaries);
        }

        return unnumbered with { Children = children };
    }
}
