using Apache.Arrow.Types;

namespace Apache.Arrow.Ipc;

/// <summary>A field as it is transported: with the number of its dictionary, and its child likewise.</summary>
internal sealed record IpcField(Field Field, long? DictionaryId, IpcField? Child)
{
    /// <summary>The fields of a schema with dictionaries numbered in order.</summary>
    internal static IpcField[] Number(Schema schema)
    {
        long dictionaries = 0;
        return [.. schema.FieldsList.Select(field => Number(field, ref dictionaries))];
    }

    private static IpcField Number(Field field, ref long dictionaries) => field.DataType switch
    {
        DictionaryType => new IpcField(field, dictionaries++, null),
        FixedSizeListType list => new IpcField(field, null, Number(list.ValueField, ref dictionaries)),
        _ => new IpcField(field, null, null),
    };
}
